-- name: quarantine/rejected_keys
-- Ids of records rejected from the latest listing, which was taken at one moment (none good: whatever is open).
select distinct record_key
from quarantine.rejected_record
where
    source = %(source)s
    and entity = %(entity)s
    and record_key is not null
    and last_seen_at >= coalesce(%(seen_at)s::timestamptz, '-infinity');
