-- name: registry/aliases
-- Every record of a source that is, or was, a plant.
select
    source,
    source_plant_id,
    plant_id,
    source_name,
    method,
    score,
    is_present,
    is_duplicate,
    absences,
    first_seen_at,
    last_seen_at,
    has_load
from registry.plant_alias;
