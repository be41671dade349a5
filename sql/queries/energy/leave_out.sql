-- Plants whose day has not ended yet are for a later run.
delete from energy_day
where not is_over
returning plant_code
