-- Devices now present on some plants.
select id from voke.sub_device where is_present and plant_id = any(%(plant_ids)s)
