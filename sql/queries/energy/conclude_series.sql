-- What each series says of its day: energy, shares of the day with data, or why there is no energy.
with measured as (
    select
        s.*,
        m.readings,
        m.first_utc,
        m.forward_wh,
        m.reverse_wh,
        m.bright_wh,
        m.gaps,
        m.is_unexplained,
        d.daylight,
        date_part('epoch', s.end_utc - s.start_utc) as day_s,
        -- Between two readings a register lies on the line between them, if they are near enough to each other.
        case
            when m.before_start_utc = s.start_utc then m.before_start_wh
            when m.after_start_utc - m.before_start_utc <= s.reach
                then
                    m.before_start_wh
                    + (m.after_start_wh - m.before_start_wh)
                    * date_part('epoch', s.start_utc - m.before_start_utc)
                    / date_part('epoch', m.after_start_utc - m.before_start_utc)
        end as start_wh,
        case
            when m.before_end_utc = s.end_utc then m.before_end_wh
            when m.after_end_utc - m.before_end_utc <= s.reach
                then
                    m.before_end_wh
                    + (m.after_end_wh - m.before_end_wh)
                    * date_part('epoch', s.end_utc - m.before_end_utc)
                    / date_part('epoch', m.after_end_utc - m.before_end_utc)
        end as end_wh
    from energy_measured as m
    inner join energy_series as s using (sensor_id)
    inner join energy_day as d using (plant_id)
), shared as (
    select
        m.*,
        1 - least(greatest(coalesce(missing.of_day_s, uncounted.of_day_s, 0) / m.day_s, 0), 1) as data_completeness,
        case
            when m.daylight = '{}' then null
            when missing.daylight_s > 0 then 1 - missing.of_daylight_s / missing.daylight_s
            when uncounted.daylight_s > 0
                then 1 - least(greatest(uncounted.of_daylight_s / uncounted.daylight_s, 0), 1)
            when m.daylight is not null and missing.daylight_s is null and uncounted.daylight_s is null then 1
        end as daylight_completeness
    from measured as m
    left join lateral (
        select
            coalesce((select sum(date_part('epoch', upper(g) - lower(g))) from unnest(m.gaps) as g), 0) as of_day_s,
            coalesce(
                (select sum(date_part('epoch', upper(g) - lower(g))) from unnest(m.gaps * sun.up) as g), 0
            ) as of_daylight_s,
            coalesce((select sum(date_part('epoch', upper(u) - lower(u))) from unnest(sun.up) as u), 0) as daylight_s
        from (
            -- An interval counts as daylight if its middle does: daylight rounded to the ends of the series' intervals.
            select
                tstzmultirange(tstzrange(m.start_utc, m.end_utc)) * case
                    when m.kind = 'interval' and m.first_utc is not null
                        then (
                            select
                                range_agg(tstzrange(
                                    date_bin(m.step, lower(d) + m.step / 2, m.first_utc),
                                    date_bin(m.step, upper(d) + m.step / 2, m.first_utc)
                                ))
                            from unnest(m.daylight) as d
                        )
                    else m.daylight
                end as up
        ) as sun
        where m.gaps <> '{}'
    ) as missing on true
    left join lateral (
        -- A register has no intervals: readings are counted, each for one step.
        select
            m.day_s - m.readings * m.step_s as of_day_s,
            coalesce(sum(date_part('epoch', upper(d) - lower(d))), 0) as daylight_s,
            coalesce(sum(date_part('epoch', upper(d) - lower(d)) - counted.readings * m.step_s), 0) as of_daylight_s
        from unnest(m.daylight) as d
        cross join lateral (
            select count(*) as readings
            from energy.reading as r
            where
                r.sensor_id = m.sensor_id
                and r.period_start >= lower(d)
                and r.period_start < upper(d)
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as counted
        having m.kind = 'register' and m.readings * m.step_s < m.day_s
    ) as uncounted on true
), reasoned as (
    select
        *,
        case
            when kind = 'register' and is_unexplained then 'meter_unexplained'
            when kind = 'register' and start_wh is not null and end_wh is not null then null
            when readings = 0 then 'no_data'
            when kind = 'register' then 'low_completeness'
            when forward_wh + reverse_wh - forward_wh - reverse_wh = 0 then null
            else 'inconsistent_inputs' -- not a number, or infinite
        end as null_reason
    from shared
)

insert into energy_known (
    sensor_id, readings, forward_kwh, reverse_kwh, bright_wh, coverage, data_completeness, daylight_completeness,
    completeness, null_reason, start_wh, end_wh
)
select
    r.sensor_id,
    r.readings,
    case
        when r.null_reason is null
            -- To the milliwatt-hour: below it, sums of floats differ with the order of the rows.
            then round((case when r.kind = 'register' then r.end_wh - r.start_wh else r.forward_wh end / 1000)::numeric, 6)
    end,
    case when r.null_reason is null then round((r.reverse_wh / 1000)::numeric, 6) end,
    coalesce(r.bright_wh, 0),
    c.coverage,
    r.data_completeness,
    r.daylight_completeness,
    case when r.kind = 'register' then c.coverage else coalesce(r.daylight_completeness, c.coverage) end,
    r.null_reason,
    r.start_wh,
    r.end_wh
from reasoned as r
cross join lateral (
    select
        case when r.kind <> 'register' then r.data_completeness when r.null_reason is null then 1 else 0 end as coverage
) as c
