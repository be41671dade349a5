-- name: quarantine/drift_of_run
-- What one stream of a run differed in from its document.
select
    column_name,
    kind,
    documented,
    seen,
    records,
    of_records,
    is_kept,
    first_seen_at = last_seen_at as is_new
from quarantine.schema_drift
where source = %(source)s and entity = %(entity)s and run_id = %(run_id)s
order by kind = 'extra_field', column_name, kind;

-- name: quarantine/rejected_field
-- One rejected field with its record's payload.
select * from quarantine.rejected_record
where rejected_id = %(rejected_id)s;

-- name: quarantine/rejected_fields
-- Rejected fields in one state, newest first.
select
    rejected_id, source, entity, record_key, column_name, check_name, value, times_seen, rejected_at, last_seen_at,
    waived_by, waived_why, waived_at
from quarantine.rejected_record
where state = %(state)s
order by last_seen_at desc, rejected_id;

-- name: quarantine/replayed
-- Marks rejected fields whose record has reached its table.
update quarantine.rejected_record set state = 'replayed'
where rejected_id = any(%(rejected_ids)s);

-- name: quarantine/waive
-- Lets rejected fields be, and notes who said so.
update quarantine.rejected_record
set state = 'waived', waived_by = %(who)s, waived_why = %(why)s, waived_at = %(now_utc)s
where rejected_id = any(%(rejected_ids)s)
returning rejected_id;

-- name: quarantine/waived_now
-- How many records of one listing are rejected for nothing but what a person let be.
select count(*)
from (
    select 1 as waived
    from quarantine.rejected_record
    where source = %(source)s and entity = %(entity)s and last_seen_at = %(seen_at)s
    group by record_key, payload_sha256
    having bool_and(state = 'waived')
) as record;
