-- name: quarantine/write_rejected
-- Adds rejected fields (temp table rejected_now); what is known already only counts up.
insert into quarantine.rejected_record (
    source,
    entity,
    record_key,
    column_name,
    check_name,
    value,
    payload,
    payload_sha256,
    run_id,
    rejected_at,
    last_seen_at
)
select distinct on (record_key, column_name, check_name, payload_sha256)
    %(source)s, %(entity)s, record_key, column_name, check_name, value, payload, payload_sha256, %(run_id)s,
    %(seen_at)s::timestamptz, %(seen_at)s::timestamptz
from rejected_now
on conflict (source, entity, record_key, column_name, check_name, payload_sha256) do update set
    value = excluded.value,
    payload = excluded.payload,
    run_id = excluded.run_id,
    last_seen_at = excluded.last_seen_at,
    times_seen = quarantine.rejected_record.times_seen + 1,
    state = case quarantine.rejected_record.state when 'waived' then 'waived' else 'open' end;
