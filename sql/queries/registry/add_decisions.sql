-- name: registry/add_decisions
-- Write decisions, in their order.
insert into registry.decision (
    action, source, source_plant_id, other_source, other_source_plant_id, field, value, valid_from, who, why,
    sensor, valid_at, last_value, first_value, from_crosswalk, decided_at
)
select
    action,
    nullif(source, ''),
    nullif(source_plant_id, ''),
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
    %(decided_at)s
from
    jsonb_to_recordset(%(decisions)s::jsonb) as decision (
        place integer,
        action text,
        source text,
        source_plant_id text,
        other_source text,
        other_source_plant_id text,
        field text,
        value text,
        valid_from date,
        who text,
        why text,
        sensor text,
        valid_at timestamptz,
        last_value double precision,
        first_value double precision,
        from_crosswalk boolean
    )
order by place
returning decision_id;
