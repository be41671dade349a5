-- name: quarantine/write_drift
-- Notes one difference between a field and its document; one that is known is seen again.
insert into quarantine.schema_drift (
    source, entity, column_name, kind, documented, seen, records, of_records, is_kept, run_id,
    first_seen_at, last_seen_at
) values (
    %(source)s, %(entity)s, %(column_name)s, %(kind)s, %(documented)s, %(seen)s, %(records)s, %(of_records)s,
    %(is_kept)s, %(run_id)s, %(seen_at)s::timestamptz, %(seen_at)s::timestamptz
)
on conflict (source, entity, column_name, kind) do update set
    documented = excluded.documented,
    seen = excluded.seen,
    records = excluded.records,
    of_records = excluded.of_records,
    is_kept = excluded.is_kept,
    run_id = excluded.run_id,
    last_seen_at = excluded.last_seen_at;
