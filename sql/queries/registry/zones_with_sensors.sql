-- name: registry/zones_with_sensors
-- The zones of the active plants with sensors, or of one of them; NULL where a plant has none.
select distinct p.timezone
from registry.plant as p
where
    p.status = 'active'
    and exists (
        select from registry.sensor as s
        where s.plant_id = p.plant_id
    )
    and (%(plant_code)s::text is null or p.plant_code = %(plant_code)s);
