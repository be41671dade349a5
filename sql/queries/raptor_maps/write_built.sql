-- name: raptor_maps/write_built
-- Notes a part that is built; a row of the same bytes that has not been accepted keeps its last outcome. What a run was
-- to send and did not stays to be sent when the day is built again, whatever the later run is for.
insert into raptor_maps.delivery as d (
    observation_date, part, file_name, sha256, byte_count, row_count, status, run_id, object_key, parts, content_sha256,
    is_to_send
) values (
    %(observation_date)s,
    %(part)s,
    %(file_name)s,
    %(sha256)s,
    %(byte_count)s,
    %(row_count)s,
    'built',
    %(run_id)s,
    %(object_key)s,
    %(parts)s,
    %(content_sha256)s,
    %(is_to_send)s or exists (
        select from raptor_maps.undelivered as u
        where u.observation_date = %(observation_date)s
    )
)
on conflict (observation_date, part, sha256) do update set
    status = case when d.status = 'uploaded' then 'built' else d.status end,
    http_status = case when d.status = 'uploaded' then null else d.http_status end,
    url_host = case when d.status = 'uploaded' then null else d.url_host end,
    attempted_at = case when d.status = 'uploaded' then null else d.attempted_at end,
    uploaded_at = null,
    run_id = excluded.run_id,
    object_key = excluded.object_key,
    parts = excluded.parts,
    content_sha256 = excluded.content_sha256,
    is_to_send = excluded.is_to_send
where
d.status = 'uploaded'
or (d.object_key, d.parts, d.content_sha256, d.is_to_send)
is distinct from (excluded.object_key, excluded.parts, excluded.content_sha256, excluded.is_to_send);
