-- name: report/energy_of_span
-- Energy of each date and technology: what is final (or restated), and what is provisional.
select
    e.energy_date,
    coalesce(p.technology, 'other') as technology,
    sum(e.produced_kwh) filter (where e.status <> 'provisional') as final_kwh,
    sum(e.produced_kwh) filter (where e.status = 'provisional') as provisional_kwh
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where e.energy_date between %(from_date)s and %(to_date)s and e.produced_kwh is not null
group by e.energy_date, coalesce(p.technology, 'other')
order by e.energy_date, technology;
