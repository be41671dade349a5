-- name: registry/write_precedence
-- State whose value of which field is taken, as it is now.
with stated as (
    select
        field,
        source,
        rank,
        tolerance
    from
        jsonb_to_recordset(%(rows)s::jsonb) as stated (
            field text, source text, rank integer, tolerance double precision
        )
),

gone as (
    delete from registry.field_precedence as known
    where
        not exists (
            select from stated
            where stated.field = known.field and stated.source = known.source
        )
)

insert into registry.field_precedence as known (field, source, rank, tolerance)
select
    field,
    source,
    rank,
    tolerance
from stated
on conflict (field, source) do update
    set rank = excluded.rank, tolerance = excluded.tolerance
    where (known.rank, known.tolerance) is distinct from (excluded.rank, excluded.tolerance);
