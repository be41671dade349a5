-- Plants whose energy of a day is unknown, with the reason.
select p.plant_code || ' (' || p.name || '): ' || e.null_reason
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where e.energy_date = %(day)s and e.produced_kwh is null
order by p.plant_code
