-- name: energy/meter_changes
-- Exchanges of some meters that people declared, between two instants; of one instant the newest.
select distinct on (s.sensor_id, d.valid_at)
    s.sensor_id,
    d.valid_at,
    d.last_value,
    d.first_value,
    coalesce(s.source_unit, s.unit) as unit
from registry.sensor as s
inner join registry.decision as d on d.sensor = s.source || ':' || s.source_sensor_id
where
    s.sensor_id = any(%(sensor_ids)s::integer[])
    and d.action = 'meter_change'
    and d.undone_at is null
    and d.valid_at between %(from_utc)s and %(to_utc)s
order by s.sensor_id, d.valid_at, d.decision_id desc;
