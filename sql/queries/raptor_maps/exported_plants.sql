-- name: raptor_maps/exported_plants
-- Plants that may have rows in the file: exported technologies, with at least one sensor of a Raptor Maps type.
select
    p.plant_id,
    p.plant_code,
    p.name
from registry.plant as p
where
    p.technology = any(%(technologies)s)
    and p.status in ('active', 'retired')
    and exists (
        select 1 from registry.sensor as s
        where s.plant_id = p.plant_id and s.raptor_sensor_type is not null
    )
order by p.plant_code collate "C";
