-- Calls the readings of one night need: data for each sensor read, and its statistics; listings are few beside them.
select 2 * count(*)
from registry.sensor
where source = %(source)s and is_present and not is_reference and quantity is not null
