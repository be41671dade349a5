-- name: registry/plants
-- Every plant.
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
    retired_at
from registry.plant;
