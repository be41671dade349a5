-- Meters in question become main or check meters.
update registry.sensor
set
    is_main = equipment_id = any(%(main_ids)s::uuid[]),
    finding = case when not equipment_id = any(%(main_ids)s::uuid[]) then %(check_meter)s::text end
where equipment_id = any(%(equipment_ids)s::uuid[]) and finding = %(several_meters)s
