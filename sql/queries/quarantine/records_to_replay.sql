-- name: quarantine/records_to_replay
-- Rejected records as last received, the oldest first: those that wait, or those of the fields that are named.
select
    source,
    entity,
    array_agg(rejected_id) as rejected_ids,
    (array_agg(payload order by last_seen_at desc))[1] as payload,
    max(last_seen_at) as seen_at
from quarantine.rejected_record
where
    case
        when %(rejected_ids)s::bigint[] is null then state = 'open'
        else
            (source, entity, record_key, payload_sha256) in (
                select n.source, n.entity, n.record_key, n.payload_sha256
                from quarantine.rejected_record as n
                where n.rejected_id = any(%(rejected_ids)s::bigint[])
            )
            or rejected_id = any(%(rejected_ids)s::bigint[])
    end
group by source, entity, record_key, payload_sha256
order by max(last_seen_at), min(rejected_id);
