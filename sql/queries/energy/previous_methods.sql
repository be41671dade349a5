-- The method of each plant's energy of a date.
select plant_id, method
from energy.plant_daily
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]) and method is not null
