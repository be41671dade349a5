-- name: kpi/sensors_of_day
-- Names of sensors and how many readings they have between two instants.
select
    s.sensor_id,
    s.name,
    e.name as equipment_name,
    s.source,
    s.source_sensor_id,
    (
        select count(*)
        from energy.reading as r
        where
            r.sensor_id = s.sensor_id
            and r.period_start >= %(start_utc)s
            and r.period_start < %(end_utc)s
    ) as readings
from registry.sensor as s
inner join registry.equipment as e using (equipment_id)
where s.sensor_id = any(%(sensor_ids)s)
order by s.sensor_id;
