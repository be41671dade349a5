-- name: energy/days_heard
-- By plant and source, the dates between two of which some sensor that tells energy has a reading, and those of the
-- plant that were computed.
select
    p.plant_code,
    h.source,
    array_agg(h.energy_date) as heard_dates,
    array(
        select e.energy_date from energy.plant_daily as e
        where e.plant_id = p.plant_id and e.energy_date between %(first_date)s::date and %(last_date)s::date
    ) as computed_dates
from (
    select distinct
        s.plant_id,
        s.source,
        d.energy_date
    from energy.sensor_daily as d
    inner join registry.sensor as s using (sensor_id)
    where d.energy_date between %(first_date)s::date and %(last_date)s::date and d.readings > 0
) as h
inner join registry.plant as p using (plant_id)
where p.status = 'active' and (%(plant_ids)s::uuid[] is null or p.plant_id = any(%(plant_ids)s::uuid[]))
group by p.plant_id, h.source
order by p.plant_code, h.source;
