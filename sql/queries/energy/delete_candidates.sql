-- Candidates of a date, to be written anew.
delete from energy.plant_daily_candidate
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[])
