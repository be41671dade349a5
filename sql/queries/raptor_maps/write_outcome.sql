-- name: raptor_maps/write_outcome
-- The receipt of an upload, or its failure.
update raptor_maps.delivery
set
    status = %(status)s,
    http_status = %(http_status)s,
    url_host = %(url_host)s,
    uploaded_at = %(uploaded_at)s,
    run_id = %(run_id)s
where
    observation_date = %(observation_date)s
    and part = %(part)s
    and sha256 = %(sha256)s;
