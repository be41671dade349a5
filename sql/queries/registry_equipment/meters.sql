-- Main meters, check meters and meters still in question, of one plant or of all, in the order of their ids at the source.
select
    equipment.plant_id,
    equipment.equipment_id,
    equipment.source,
    equipment.source_asset_id,
    bool_or(sensor.is_main) as is_main,
    bool_or(sensor.finding is not distinct from %(check_meter)s::text) as is_check
from registry.sensor
join registry.equipment using (equipment_id)
where
    (sensor.is_main or sensor.finding in (%(check_meter)s::text, %(several_meters)s::text))
    and (%(plant_id)s::uuid is null or equipment.plant_id = %(plant_id)s::uuid)
group by equipment.equipment_id
order by
    equipment.plant_id,
    equipment.source,
    length(equipment.source_asset_id),
    equipment.source_asset_id collate "C"
