-- name: registry/settled_meters
-- Main meters and check meters of all plants.
select distinct
    equipment.source,
    equipment.source_asset_id,
    case when sensor.is_main then 'main' else 'check' end as role
from registry.sensor
inner join registry.equipment using (equipment_id)
where sensor.is_main or sensor.finding = %(check_meter)s;
