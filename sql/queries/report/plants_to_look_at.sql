-- name: report/plants_to_look_at
-- The plants whose energy of a date is not known, may still change or was measured in part, the worst first, and how
-- many these are.
select
    p.name,
    p.plant_code,
    d.produced_kwh,
    d.coverage,
    d.status,
    d.null_reason,
    d.flags,
    count(*) over () as plants
from energy.plant_daily as d
inner join registry.plant as p using (plant_id)
where
    d.energy_date = %(day)s
    and (d.produced_kwh is null or d.status = 'provisional' or d.coverage < %(whole)s or d.flags <> '{}')
order by d.produced_kwh is not null, d.status <> 'provisional', d.coverage, p.plant_code collate "C"
limit %(most)s;
