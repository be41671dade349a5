-- Make one of a plant's meters in question the main one and the others check meters; without a main all stay in question.
with decided as (
    select
        sensor_id,
        coalesce(equipment_id = %(main_id)s::uuid, false) as is_main,
        case
            when %(main_id)s::uuid is null then %(several_meters)s::text
            when equipment_id <> %(main_id)s::uuid then %(check_meter)s::text
        end as finding
    from registry.sensor
    where
        equipment_id = any(%(equipment_ids)s::uuid[])
        and quantity in ('ac_power', 'production_energy')
        and not is_reference
)

update registry.sensor
set is_main = decided.is_main, finding = decided.finding
from decided
where
    sensor.sensor_id = decided.sensor_id
    and (sensor.is_main, sensor.finding) is distinct from (decided.is_main, decided.finding)
