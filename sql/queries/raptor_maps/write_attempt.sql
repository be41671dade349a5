-- name: raptor_maps/write_attempt
-- Notes that an upload begins, before its first byte leaves.
update raptor_maps.delivery
set
    status = 'built',
    http_status = null,
    url_host = null,
    uploaded_at = null,
    attempted_at = %(attempted_at)s,
    run_id = %(run_id)s
where
    observation_date = %(observation_date)s
    and part = %(part)s
    and sha256 = %(sha256)s;
