-- The plant of a code.
select plant_id, name, status, timezone
from registry.plant
where plant_code = %(plant_code)s
