-- name: energy/usual_highest
-- The 0.999 quantile of the size of some series' readings in a span.
select
    s.sensor_id,
    h.highest
from unnest(%(sensor_ids)s::integer[]) as s (sensor_id)
cross join
    lateral (
        select percentile_cont(0.999) within group (order by abs(r.value)) as highest
        from energy.reading as r
        where
            r.sensor_id = s.sensor_id
            and r.period_start >= %(from_utc)s
            and r.period_start < %(to_utc)s
            and r.value between -1e300 and 1e300
    ) as h
where h.highest is not null;
