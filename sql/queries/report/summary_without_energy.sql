-- name: report/summary_without_energy
-- Active plants without any energy on the dates, and why: what is missing to compute it, else the newest null reason.
select
    p.plant_code,
    p.name,
    case
        when s.sensors = 0 then 'no_sensors'
        when p.timezone is null then 'no_timezone'
        when s.classified = 0 then 'no_classified_sensor'
        else coalesce(e.null_reason, 'not_computed')
    end as reason
from registry.plant as p
cross join
    lateral (
        select count(*) as sensors, count(r.quantity) as classified
        from registry.sensor as r
        where r.plant_id = p.plant_id and r.is_present
    ) as s
cross join
    lateral (
        select
            count(d.produced_kwh) as known_days,
            (array_agg(d.null_reason order by d.energy_date desc) filter (where d.null_reason is not null))[1]
                as null_reason
        from energy.plant_daily as d
        where d.plant_id = p.plant_id and d.energy_date = any(%(dates)s)
    ) as e
where p.status = 'active' and e.known_days = 0
order by lower(p.name) collate "C", p.plant_code collate "C";
