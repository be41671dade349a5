-- name: energy/sensors_to_read
-- Sensors of one source whose readings are wanted: classified, no daily references, on active plants with a zone.
select
    s.plant_id, p.plant_code, p.timezone, s.sensor_id, s.source_sensor_id, s.source_unit, s.resolution,
    s.is_cumulative
from registry.sensor as s
inner join registry.plant as p using (plant_id)
where
    s.source = %(source)s
    and s.is_present
    and not s.is_reference
    and s.quantity is not null
    and s.unit is not null
    and p.status = 'active'
    and p.timezone is not null
    and (%(plant_code)s::text is null or p.plant_code = %(plant_code)s)
    and mod(('x' || left(p.plant_id::text, 8))::bit(32)::bigint, %(shards)s) = %(shard)s - 1
order by p.plant_code, s.sensor_id;
