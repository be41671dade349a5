-- name: report/deliveries_of_dates
-- The state of each part of some dates as last built, and whether a run touched it.
select
    observation_date,
    part,
    file_name,
    status,
    http_status,
    row_count,
    byte_count,
    uploaded_at,
    run_id = %(run_id)s as is_of_run
from raptor_maps.delivery
where is_current and observation_date = any(%(dates)s)
order by observation_date, part;
