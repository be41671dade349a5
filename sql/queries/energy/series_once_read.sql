-- name: energy/series_once_read
-- Which of these series have been read between an instant long ago and the end of the plant's day.
select s.sensor_id
from unnest(%(sensor_ids)s::integer[], %(ends_utc)s::timestamptz[]) as s (sensor_id, end_utc)
where
    exists (
        select
        from energy.reading as r
        where
            r.sensor_id = s.sensor_id
            and r.period_start < s.end_utc
            and r.period_start >= %(from_utc)s
            and r.period_start < %(to_utc)s
    )
order by s.sensor_id;
