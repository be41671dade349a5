-- name: energy/series
-- Sensors of the plants that can tell energy, irradiance or module temperature, with the device each sits on.
-- Columns in the order of `Series`, is_cumulative in the place of its kind.
select
    s.sensor_id,
    s.plant_id,
    s.equipment_id,
    e.parent_equipment_id,
    e.equipment_type,
    s.source,
    s.source_sensor_id,
    e.source_asset_id,
    e.name as equipment_name,
    s.quantity,
    s.is_cumulative,
    date_part('epoch', s.resolution) as resolution_s,
    date_part('epoch', s.learned_step) as learned_step_s,
    coalesce(s.sign, s.learned_sign) as sign,
    s.sign is null and s.learned_sign is not null as is_sign_learned,
    s.is_main,
    s.is_present and e.is_present as is_present,
    s.finding,
    s.energy_method,
    e.part_id,
    e.doubted_since,
    e.capacity_ac_kw as rating_kw
from registry.sensor as s
inner join registry.equipment as e using (equipment_id)
where
    s.plant_id = any(%(plant_ids)s::uuid[])
    and not s.is_reference
    and s.resolution < interval '1 day'
    and (
        s.quantity in ('ac_power', 'grid_power') and s.unit = 'W'
        or s.quantity in ('production_energy', 'import_energy', 'export_energy') and s.unit = 'Wh'
        or s.quantity in ('irradiance_poa', 'irradiance_ghi') and s.unit = 'W/m²'
        or s.quantity = 'module_temperature' and s.unit = '°C'
    )
order by s.sensor_id;
