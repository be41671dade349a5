-- name: energy/delete_windows
-- Deletes all readings of these windows.
delete from energy.reading as r
using
    unnest(%(sensor_ids)s::integer[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
        as w (sensor_id, start_utc, end_utc)
where
    r.sensor_id = w.sensor_id
    and r.period_start >= w.start_utc
    and r.period_start < w.end_utc
    and r.period_start >= %(from_utc)s
    and r.period_start < %(to_utc)s;
