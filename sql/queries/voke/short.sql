-- name: voke/embedded_alerts
-- Alerts inside the records of the plants now present.
select e.alert
from voke.plant as p
cross join lateral jsonb_array_elements(p.alerts) as e (alert)
where p.is_present and p.alerts is not null
order by p.id;

-- name: voke/guarded_ids
-- Ids of the plants now present; their devices are not counted.
select id from voke.plant
where is_present;

-- name: voke/named_sub_devices
-- Devices that telemetry of some plants may be of.
select plant_id, id, external_id from voke.sub_device
where external_id is not null and plant_id = any(%(plant_ids)s)
order by plant_id, id;

-- name: voke/present_plants
-- Plants whose devices are asked for.
select id, name from voke.plant
where is_present
order by id;

-- name: voke/present_sub_devices
-- Devices now present on some plants.
select id from voke.sub_device
where is_present and plant_id = any(%(plant_ids)s);
