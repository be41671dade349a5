-- name: registry/create_staged_sensor
-- A place for the sensors as classified now; their sensor_id is the registry's to give.
drop table if exists pg_temp.staged_sensor;

create temp table staged_sensor on commit drop as
select
    equipment_id, plant_id, source, source_sensor_id, name, quantity, source_unit, unit, is_cumulative, sign, is_main,
    resolution, timezone, raptor_sensor_type, is_reference, is_present, finding,
    energy_method
from registry.sensor
with no data;
