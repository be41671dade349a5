-- name: registry/unplace_devices
-- Devices whose records are in no plant, and their sensors, are of none: what they measured counts nowhere.
with apart as (
    update registry.equipment
    set plant_id = null, part_id = null, doubted_since = null, is_present = false
    where plant_id is not null and equipment_id = any(%(equipment_ids)s::uuid[])
    returning equipment_id
)

update registry.sensor
set plant_id = null, is_present = false
from apart
where sensor.equipment_id = apart.equipment_id;
