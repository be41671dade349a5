-- name: registry/write_equipment
-- Bring registry.equipment to what is staged, touching only rows that differ; what is no longer staged is kept as gone.
with compared as (
    select
        staged.equipment_id,
        kept.equipment_id is null as is_new,
        ((
            staged.plant_id, staged.part_id, staged.doubted_since, staged.name, staged.equipment_type,
            staged.parent_equipment_id, staged.is_present, staged.capacity_ac_kw
        ) is distinct from (
            kept.plant_id, kept.part_id, kept.doubted_since, kept.name, kept.equipment_type, kept.parent_equipment_id,
            kept.is_present, kept.capacity_ac_kw
        ) and kept.equipment_id is not null) as is_changed,
        kept.is_present and not staged.is_present as is_gone
    from staged_equipment as staged
    left join registry.equipment as kept using (equipment_id)
),

added as (
    insert into registry.equipment (
        equipment_id, plant_id, part_id, doubted_since, source, source_asset_id, name, equipment_type,
        parent_equipment_id, is_present, capacity_ac_kw
    )
    select
        equipment_id, plant_id, part_id, doubted_since, source, source_asset_id, name, equipment_type,
        parent_equipment_id, staged.is_present, staged.capacity_ac_kw
    from staged_equipment as staged
    join compared using (equipment_id)
    where compared.is_new
),

updated as (
    update registry.equipment
    set
        plant_id = staged.plant_id,
        part_id = staged.part_id,
        doubted_since = staged.doubted_since,
        name = staged.name,
        equipment_type = staged.equipment_type,
        parent_equipment_id = staged.parent_equipment_id,
        is_present = staged.is_present,
        capacity_ac_kw = staged.capacity_ac_kw
    from staged_equipment as staged
    join compared using (equipment_id)
    where equipment.equipment_id = staged.equipment_id and compared.is_changed
),

left_behind as (
    update registry.equipment
    set is_present = false
    where
        is_present
        and source = any(%(sources)s::text[])
        and not exists (
            select from staged_equipment as staged
            where staged.equipment_id = equipment.equipment_id
        )
    returning equipment_id
)

select
    count(*) filter (where is_new) as new,
    count(*) filter (where is_changed) + (select count(*) from left_behind) as changed,
    count(*) filter (where is_gone) + (select count(*) from left_behind) as gone,
    count(*) filter (where not is_new and not is_changed) as same
from compared;
