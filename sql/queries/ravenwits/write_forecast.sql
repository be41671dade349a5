-- name: ravenwits/write_forecast
-- Adds forecast values (temp table forecast_now) that differ from the latest retrieved for their plant and period.
with plant_named as ( -- names are unique per customer; one that two present plants share says nothing
    select name, min(id) as id
    from ravenwits.plant
    where is_present
    group by name
    having count(*) = 1
),

latest as (
    select distinct on (plant_name, period_end) plant_name, period_end, energy_kwh
    from ravenwits.forecast
    where period_end between %(first_period_end)s and %(last_period_end)s
    order by plant_name, period_end, retrieved_at desc
),

differing as (
    select n.plant_name, n.period_end, n.energy_kwh, p.id as source_plant_id, l.energy_kwh is null as is_new
    from forecast_now as n
    left join latest as l using (plant_name, period_end)
    left join plant_named as p on p.name = n.plant_name
    where n.energy_kwh is distinct from l.energy_kwh
),

written as (
    insert into ravenwits.forecast (plant_name, period_end, retrieved_at, source_plant_id, energy_kwh)
    select plant_name, period_end, %(retrieved_at)s, source_plant_id, energy_kwh
    from differing
    on conflict (plant_name, period_end, retrieved_at) do update set
        source_plant_id = excluded.source_plant_id,
        energy_kwh = excluded.energy_kwh
)

select count(*) filter (where is_new) as new, count(*) filter (where not is_new) as changed from differing;
