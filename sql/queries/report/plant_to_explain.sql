-- name: report/plant_to_explain
-- A plant whose energy of the date is known.
select p.plant_code
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where e.energy_date = %(energy_date)s and e.produced_kwh is not null
order by p.plant_code collate "C"
limit 1;
