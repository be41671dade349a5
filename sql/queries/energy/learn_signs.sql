-- name: energy/learn_signs
-- How high power of unstated sign goes in either direction (0.999 quantiles in a span), and how small it stays at rest.
select
    s.sensor_id,
    greatest(h.quantiles[2], 0) as above,
    greatest(-h.quantiles[1], 0) as below,
    h.rest
from unnest(%(sensor_ids)s::integer[]) as s (sensor_id)
cross join
    lateral (
        select
            percentile_cont(array[0.001, 0.999]) within group (order by r.value) as quantiles,
            percentile_cont(0.01) within group (order by abs(r.value)) as rest
        from energy.reading as r
        where
            r.sensor_id = s.sensor_id
            and r.period_start >= %(from_utc)s
            and r.period_start < %(to_utc)s
            and r.value between -1e300 and 1e300
    ) as h
where h.quantiles is not null;
