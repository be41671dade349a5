-- name: energy/sensor_readings
-- All sensors of a plant with the number, first and last of their readings in a span.
select
    s.sensor_id,
    s.source,
    s.source_sensor_id,
    s.name,
    e.name as equipment_name,
    e.equipment_type,
    s.quantity,
    s.unit,
    s.is_cumulative,
    s.resolution,
    s.sign,
    s.learned_sign,
    s.learned_step,
    s.learned_phase,
    s.is_main,
    s.is_reference,
    s.is_present,
    s.finding,
    r.readings,
    r.first_utc,
    r.last_utc
from registry.sensor as s
inner join registry.equipment as e using (equipment_id)
cross join
    lateral (
        select count(*) as readings, min(r.period_start) as first_utc, max(r.period_start) as last_utc
        from energy.reading as r
        where r.sensor_id = s.sensor_id and r.period_start >= %(from_utc)s and r.period_start < %(to_utc)s
    ) as r
where s.plant_id = %(plant_id)s
order by s.sensor_id;
