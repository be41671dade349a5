-- name: energy/usual_highest
-- How high the readings of some series usually go in a span: above one of a thousand, and above the highest of fewer.
select
    s.sensor_id,
    h.highest
from unnest(%(sensor_ids)s::integer[]) as s (sensor_id)
cross join
    lateral (
        select max(n.size) as highest
        from (
            select
                abs(r.value) as size,
                row_number() over (order by abs(r.value) desc) as place,
                count(*) over () as readings
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
                and r.value between -1e300 and 1e300
        ) as n
        where n.place > greatest(0.001 * n.readings, 1)
    ) as h
where h.highest is not null;
