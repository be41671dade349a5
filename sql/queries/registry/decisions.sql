-- name: registry/decisions
-- Every decision people made, oldest first.
select
    decision_id,
    action,
    source,
    source_plant_id,
    other_source,
    other_source_plant_id,
    field,
    value,
    valid_from,
    who,
    why,
    decided_at,
    undone_at
from registry.decision
order by decision_id;
