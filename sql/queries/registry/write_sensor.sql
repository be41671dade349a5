-- name: registry/write_sensor
-- Bring registry.sensor to what is staged, touching only rows that differ; what is no longer staged is kept as gone.
with compared as (
    select
        staged.source,
        staged.source_sensor_id,
        kept.sensor_id,
        kept.sensor_id is null as is_new,
        ((
            staged.equipment_id, staged.plant_id, staged.name, staged.quantity, staged.source_unit, staged.unit,
            staged.is_cumulative, staged.sign, staged.is_main, staged.resolution, staged.timezone,
            staged.raptor_sensor_type, staged.is_reference, staged.is_present, staged.finding,
            staged.energy_method
        ) is distinct from (
            kept.equipment_id, kept.plant_id, kept.name, kept.quantity, kept.source_unit, kept.unit,
            kept.is_cumulative, kept.sign, kept.is_main, kept.resolution, kept.timezone,
            kept.raptor_sensor_type, kept.is_reference, kept.is_present, kept.finding,
            kept.energy_method
        ) and kept.sensor_id is not null) as is_changed,
        kept.is_present and not staged.is_present as is_gone
    from staged_sensor as staged
    left join registry.sensor as kept using (source, source_sensor_id)
),

added as (
    insert into registry.sensor (
        equipment_id, plant_id, source, source_sensor_id, name, quantity, source_unit, unit, is_cumulative, sign,
        is_main, resolution, timezone, raptor_sensor_type, is_reference, is_present, finding, energy_method
    )
    select
        equipment_id, plant_id, source, source_sensor_id, name, quantity, source_unit, unit, is_cumulative, sign,
        is_main, resolution, timezone, raptor_sensor_type, is_reference, is_present, finding, energy_method
    from staged_sensor
    join compared using (source, source_sensor_id)
    where compared.is_new
    order by source, length(source_sensor_id), source_sensor_id collate "C"
),

updated as (
    update registry.sensor
    set
        equipment_id = staged.equipment_id,
        plant_id = staged.plant_id,
        name = staged.name,
        quantity = staged.quantity,
        source_unit = staged.source_unit,
        unit = staged.unit,
        is_cumulative = staged.is_cumulative,
        sign = staged.sign,
        is_main = staged.is_main,
        resolution = staged.resolution,
        timezone = staged.timezone,
        raptor_sensor_type = staged.raptor_sensor_type,
        is_reference = staged.is_reference,
        is_present = staged.is_present,
        finding = staged.finding,
        energy_method = staged.energy_method
    from staged_sensor as staged
    join compared using (source, source_sensor_id)
    where sensor.sensor_id = compared.sensor_id and compared.is_changed
),

left_behind as (
    update registry.sensor
    set is_present = false
    where
        is_present
        and source = any(%(sources)s::text[])
        and not exists (
            select from staged_sensor as staged
            where staged.source = sensor.source and staged.source_sensor_id = sensor.source_sensor_id
        )
    returning sensor_id
)

select
    count(*) filter (where is_new) as new,
    count(*) filter (where is_changed) + (select count(*) from left_behind) as changed,
    count(*) filter (where is_gone) + (select count(*) from left_behind) as gone,
    count(*) filter (where not is_new and not is_changed) as same
from compared;
