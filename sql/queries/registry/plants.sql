-- name: registry/plants
-- Every plant, and whether its history has been begun.
select
    plant_id,
    plant_code,
    name,
    technology,
    latitude,
    longitude,
    timezone,
    country,
    capacity_ac_kw,
    capacity_dc_kw,
    storage_kwh,
    commissioned_at,
    status,
    merged_into,
    first_seen_at,
    updated_at,
    retired_at,
    exists(
        select from registry.plant_history as version
        where version.plant_id = plant.plant_id
    ) as has_history
from registry.plant;
