-- name: energy/measure_registers
-- Registers around both ends of their spans, how many readings lie between, and those that need a closer look.
insert into energy_measured (
    sensor_id, readings, suspects,
    before_start_utc, before_start_wh, after_start_utc, after_start_wh,
    before_end_utc, before_end_wh, after_end_utc, after_end_wh
)
select
    s.sensor_id,
    m.readings,
    m.suspects,
    before_start.at_utc,
    before_start.value * coalesce(s.sign, 1),
    after_start.at_utc,
    after_start.value * coalesce(s.sign, 1),
    before_end.at_utc,
    before_end.value * coalesce(s.sign, 1),
    after_end.at_utc,
    after_end.value * coalesce(s.sign, 1)
from energy_span as p
inner join energy_series as s using (sensor_id)
cross join
    lateral (
        select
            count(*) filter (where c.at_utc >= p.start_utc and c.at_utc < p.end_utc) as readings,
            array_agg(c.at_utc) filter (where c.rise not between 0 and s.highest_rise_wh) as suspects
        from (
            select
                r.period_start as at_utc,
                (r.value - lag(r.value) over (order by r.period_start)) * coalesce(s.sign, 1) as rise
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start >= p.start_utc - s.reach - s.step
                and r.period_start <= p.end_utc + s.reach + s.step
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as c
    ) as m
left join lateral (
    select r.period_start as at_utc, r.value
    from energy.reading as r
    where
        r.sensor_id = s.sensor_id
        and r.period_start >= p.start_utc - s.reach
        and r.period_start <= p.start_utc
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
    order by r.period_start desc
    limit 1
) as before_start on true
left join lateral (
    select r.period_start as at_utc, r.value
    from energy.reading as r
    where
        r.sensor_id = s.sensor_id
        and r.period_start >= p.start_utc
        and r.period_start <= p.start_utc + s.reach
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
    order by r.period_start
    limit 1
) as after_start on true
left join lateral (
    select r.period_start as at_utc, r.value
    from energy.reading as r
    where
        r.sensor_id = s.sensor_id
        and r.period_start >= p.end_utc - s.reach
        and r.period_start <= p.end_utc
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
    order by r.period_start desc
    limit 1
) as before_end on true
left join lateral (
    select r.period_start as at_utc, r.value
    from energy.reading as r
    where
        r.sensor_id = s.sensor_id
        and r.period_start >= p.end_utc
        and r.period_start <= p.end_utc + s.reach
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
    order by r.period_start
    limit 1
) as after_end on true
where s.kind = 'register';
