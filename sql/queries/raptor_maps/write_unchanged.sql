-- name: raptor_maps/write_unchanged
-- Notes that an accepted part belongs to the day as it is now accepted, though other parts of it changed.
update raptor_maps.delivery
set
    parts = %(parts)s,
    content_sha256 = %(content_sha256)s
where
    observation_date = %(observation_date)s
    and part = %(part)s
    and sha256 = %(sha256)s
    and (parts, content_sha256) is distinct from (%(parts)s::integer, %(content_sha256)s::text);
