-- name: raptor_maps/deliveries_since
-- Every part built or sent since a date, newest day first.
select
    observation_date,
    part,
    parts,
    file_name,
    row_count,
    byte_count,
    status,
    http_status,
    url_host,
    uploaded_at,
    attempted_at,
    sha256,
    object_key,
    run_id,
    is_current
from raptor_maps.delivery
where observation_date >= %(since_date)s
order by observation_date desc, part, delivery_id;
