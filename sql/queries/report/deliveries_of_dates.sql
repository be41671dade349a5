-- name: report/deliveries_of_dates
-- The current state of each part of some dates, and whether a run touched it.
select distinct on (d.observation_date, d.part)
    d.observation_date,
    d.part,
    d.file_name,
    d.status,
    d.http_status,
    d.row_count,
    d.byte_count,
    d.uploaded_at,
    d.run_id = %(run_id)s as is_of_run
from raptor_maps.delivery as d
where d.observation_date = any(%(dates)s)
order by
    d.observation_date,
    d.part,
    d.run_id = %(run_id)s desc,
    coalesce(d.uploaded_at, d.attempted_at) desc nulls last,
    d.delivery_id desc;
