-- Every time zone a plant has or had.
select timezone
from registry.plant
where timezone is not null
union
select timezone
from registry.plant_history
where timezone is not null
