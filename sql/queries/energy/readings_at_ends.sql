-- name: energy/readings_at_ends
-- The readings of some series next to both ends of a day, on either side of them.
select distinct
    s.sensor_id,
    n.period_start,
    n.value
from unnest(%(sensor_ids)s::integer[]) as s (sensor_id)
cross join (values (%(from_utc)s::timestamptz), (%(to_utc)s::timestamptz)) as e (at_utc)
cross join
    lateral (
        (
            select
                r.period_start,
                r.value
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start <= e.at_utc
                and r.period_start >= %(from_utc)s::timestamptz - interval '36 hours'
            order by r.period_start desc
            limit 1
        )
        union all
        (
            select
                r.period_start,
                r.value
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start > e.at_utc
                and r.period_start <= %(to_utc)s::timestamptz + interval '36 hours'
            order by r.period_start
            limit 1
        )
    ) as n
order by s.sensor_id, n.period_start;
