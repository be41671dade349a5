-- name: registry/history
-- The versions of some plants, oldest first.
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
    valid_from,
    valid_to,
    recorded_at
from registry.plant_history
where plant_id = any(%(plant_ids)s::uuid[])
order by plant_id, valid_from;
