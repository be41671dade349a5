-- name: quarantine/close_rejected
-- Closes what waits of records that are good in a later listing: they have reached their table.
update quarantine.rejected_record set state = 'replayed'
where
    state = 'open'
    and source = %(source)s
    and entity = %(entity)s
    and record_key = any(%(keys)s)
    and last_seen_at < %(seen_at)s;
