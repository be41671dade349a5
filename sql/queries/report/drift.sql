-- name: report/drift
-- Fields that came otherwise than documented in the span of some instants, those whose value was lost first.
select
    source,
    entity,
    column_name,
    kind,
    left(documented, 80) as documented,
    left(seen, 80) as seen,
    records,
    of_records,
    is_kept,
    first_seen_at
from quarantine.schema_drift
where last_seen_at >= %(since_utc)s
order by is_kept, records desc, source, entity, column_name, kind;
