-- name: energy/days_held
-- On how many other days around one each series was held at a value for an hour and more, as the highest of the day.
--
-- Days are counted from the series' own midnight. One that was held across its midnights stood still, which no limit
-- does.
select
    h.sensor_id,
    count(*) filter (
        where
        d.held_s >= 3600
        and d.held >= 0.75 * d.held_s / 86400 * d.readings
        and d.above <= 0.01 * d.readings
        and not d.is_across
    ) as days
from
    unnest(%(sensor_ids)s::integer[], %(held)s::float8[], %(starts_utc)s::timestamptz[])
        as h (sensor_id, held, start_utc)
cross join
    lateral (
        select
            count(*) as readings,
            count(*) filter (where abs(r.value) > 1.005 * abs(h.held)) as above,
            count(*) filter (where abs(r.value - h.held) <= 0.001 * abs(h.held)) as held,
            date_part(
                'epoch',
                max(r.period_start) filter (where abs(r.value - h.held) <= 0.001 * abs(h.held))
                - min(r.period_start) filter (where abs(r.value - h.held) <= 0.001 * abs(h.held))
            ) as held_s,
            abs((array_agg(r.value order by r.period_start))[1] - h.held) <= 0.001 * abs(h.held)
            or abs((array_agg(r.value order by r.period_start desc))[1] - h.held) <= 0.001 * abs(h.held) as is_across
        from energy.reading as r
        where
            r.sensor_id = h.sensor_id
            and r.period_start >= %(from_utc)s
            and r.period_start < %(to_utc)s
        group by floor(date_part('epoch', r.period_start - h.start_utc) / 86400)
        having floor(date_part('epoch', min(r.period_start) - h.start_utc) / 86400) <> 0
    ) as d
group by h.sensor_id;
