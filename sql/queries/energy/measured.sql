-- name: energy/measured
-- What was measured of each series, and how much of the day and of its daylight lacks data.
select
    s.sensor_id,
    m.readings,
    m.forward_wh,
    m.reverse_wh,
    m.bright_wh,
    s.step_s,
    m.suspects is not null as is_suspect,
    date_part('epoch', m.before_start_utc) as before_start_s,
    m.before_start_wh,
    date_part('epoch', m.after_start_utc) as after_start_s,
    m.after_start_wh,
    date_part('epoch', m.before_end_utc) as before_end_s,
    m.before_end_wh,
    date_part('epoch', m.after_end_utc) as after_end_s,
    m.after_end_wh,
    day.day_s,
    coalesce(missing.of_day_s, uncounted.of_day_s, 0) as missing_s,
    coalesce(s.daylight, '{}') <> '{}' as has_daylight,
    coalesce(missing.daylight_s, uncounted.daylight_s) as daylight_s,
    coalesce(missing.of_daylight_s, uncounted.of_daylight_s) as missing_daylight_s
from energy_measured as m
inner join energy_series as s using (sensor_id)
cross join lateral (select date_part('epoch', s.end_utc - s.start_utc) as day_s) as day
left join lateral (
    select
        in_gaps.of_day_s,
        in_gaps.of_daylight_s,
        in_gaps.daylight_s
    from (
        select
            coalesce((select sum(date_part('epoch', upper(g) - lower(g))) from unnest(m.gaps) as g), 0) as of_day_s,
            coalesce(
                (select sum(date_part('epoch', upper(g) - lower(g))) from unnest(m.gaps * sun.up) as g), 0
            ) as of_daylight_s,
            coalesce((select sum(date_part('epoch', upper(g) - lower(g))) from unnest(sun.up) as g), 0) as daylight_s
        from (
            -- An interval counts as daylight if its middle does: daylight rounded to the ends of the series' intervals.
            select
                tstzmultirange(tstzrange(s.start_utc, s.end_utc)) * case
                    when s.kind = 'interval' and m.first_utc is not null
                        then (
                            select
                                range_agg(tstzrange(
                                    date_bin(s.step, lower(d) + s.step / 2, m.first_utc),
                                    date_bin(s.step, upper(d) + s.step / 2, m.first_utc)
                                ))
                            from unnest(s.daylight) as d
                        )
                    else s.daylight
                end as up
        ) as sun
    ) as in_gaps
    where m.gaps <> '{}'
) as missing on true
left join lateral (
    -- A register has no intervals: readings are counted, each for one step.
    select
        day.day_s - m.readings * s.step_s as of_day_s,
        coalesce(sum(date_part('epoch', upper(d) - lower(d))), 0) as daylight_s,
        coalesce(sum(date_part('epoch', upper(d) - lower(d)) - counted.readings * s.step_s), 0) as of_daylight_s
    from unnest(s.daylight) as d
    cross join
        lateral (
            select count(*) as readings
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start >= lower(d)
                and r.period_start < upper(d)
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as counted
    having s.kind = 'register' and m.readings * s.step_s < day.day_s
) as uncounted on true
order by s.sensor_id;
