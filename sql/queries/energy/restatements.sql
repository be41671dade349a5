-- How the energy of one plant and date was restated, oldest first.
select recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
from energy.restatement
where plant_id = %(plant_id)s and energy_date = %(energy_date)s
order by recorded_at
