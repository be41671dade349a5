-- name: registry/decisions
-- Every decision people made, oldest first.
select
    decision_id,
    action,
    coalesce(source, '') as source,
    coalesce(source_plant_id, '') as source_plant_id,
    other_source,
    other_source_plant_id,
    field,
    value,
    valid_from,
    who,
    why,
    sensor,
    valid_at,
    last_value,
    first_value,
    from_crosswalk,
    decided_at,
    undone_at,
    undone_by
from registry.decision
order by decision_id;
