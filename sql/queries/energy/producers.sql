-- Inverters and turbines of the plants, those without a usable sensor too.
select equipment_id, parent_equipment_id, plant_id, equipment_type, source, name, is_present
from registry.equipment
where plant_id = any(%(plant_ids)s::uuid[]) and equipment_type in ('inverter', 'turbine')
order by source, length(source_asset_id), source_asset_id collate "C"
