-- name: raptor_maps/last_accepted
-- What the receiver holds of a day: per part the bytes last accepted, unless a later upload ended nobody knows how.
select
    part,
    sha256,
    content_sha256,
    parts
from (
    select distinct on (part)
        part,
        sha256,
        content_sha256,
        parts,
        status
    from raptor_maps.delivery
    where
        observation_date = %(observation_date)s
        and (status = 'uploaded' or (attempted_at is not null and http_status is null))
    order by part, coalesce(uploaded_at, attempted_at) desc, delivery_id desc
) as latest
where status = 'uploaded'
order by part;
