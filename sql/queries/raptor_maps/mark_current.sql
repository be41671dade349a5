-- name: raptor_maps/mark_current
-- Marks which rows of a day are its parts as last built.
with marked as (
    select
        d.delivery_id,
        current_part.part is not null as is_current
    from raptor_maps.delivery as d
    left join unnest(%(parts)s::integer[], %(sha256s)s::text[]) as current_part (part, sha256) using (part, sha256)
    where d.observation_date = %(observation_date)s
)

update raptor_maps.delivery as d
set is_current = m.is_current
from marked as m
where d.delivery_id = m.delivery_id and d.is_current <> m.is_current;
