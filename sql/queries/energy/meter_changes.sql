-- name: energy/meter_changes
-- Exchanges of some meters that people declared, each sensor's between two instants; of one instant the newest.
select distinct on (s.sensor_id, d.valid_at)
    s.sensor_id,
    d.valid_at,
    d.last_value,
    d.first_value,
    coalesce(s.source_unit, s.unit) as unit
from
    unnest(%(sensor_ids)s::integer[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
        as asked (sensor_id, start_utc, end_utc)
inner join registry.sensor as s on asked.sensor_id = s.sensor_id
inner join registry.decision as d on d.sensor = s.source || ':' || s.source_sensor_id
where
    d.action = 'meter_change'
    and d.undone_at is null
    and d.valid_at between asked.start_utc and asked.end_utc
order by s.sensor_id, d.valid_at, d.decision_id desc;
