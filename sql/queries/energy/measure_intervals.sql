-- name: energy/measure_intervals
-- Energy of series of intervals over their spans: of an interval that reaches out of the span, its share by time.
insert into energy_measured (
    sensor_id, readings, first_utc, forward_wh, reverse_wh, bright_wh, gaps
)
select
    s.sensor_id,
    m.readings,
    m.first_utc,
    case when s.sign = -1 then -m.below_zero else m.above_zero end * s.wh_per_unit_s,
    case when s.sign = -1 then m.above_zero else -m.below_zero end * s.wh_per_unit_s,
    m.when_bright * s.wh_per_unit_s,
    (
        coalesce(m.gaps, '{}')
        + tstzmultirange(tstzrange(p.start_utc, greatest(p.start_utc, coalesce(m.first_utc, p.end_utc))))
    ) * tstzmultirange(tstzrange(p.start_utc, p.end_utc))
from energy_span as p
inner join energy_series as s using (sensor_id)
cross join
    lateral (
        select
            count(*) as readings,
            min(i.at_utc) as first_utc,
            coalesce(sum(i.value * i.valid_s) filter (where i.value > 0), 0) as above_zero,
            coalesce(sum(i.value * i.valid_s) filter (where i.value < 0), 0) as below_zero,
            coalesce(
                sum(i.value * i.valid_s) filter (
                    where s.sign is null and i.at_utc >= s.bright_from_utc and i.at_utc < s.bright_until_utc
                ), 0
            ) as when_bright,
            range_agg(tstzrange(i.until_utc, i.next_utc)) filter (where i.next_utc > i.until_utc) as gaps
        from (
            select
                w.at_utc,
                w.until_utc,
                w.next_utc,
                w.value,
                case
                    when
                        w.at_utc >= p.start_utc and w.until_utc <= p.end_utc and w.next_utc >= w.until_utc
                        then s.step_s
                    else
                        date_part(
                            'epoch', least(w.until_utc, w.next_utc, p.end_utc) - greatest(w.at_utc, p.start_utc)
                        )
                end as valid_s
            from (
                select
                    r.period_start as at_utc,
                    r.period_start + s.step as until_utc,
                    lead(r.period_start, 1, p.end_utc) over (order by r.period_start) as next_utc,
                    r.value
                from energy.reading as r
                where
                    r.sensor_id = s.sensor_id
                    and r.period_start > p.start_utc - s.step
                    and r.period_start < p.end_utc
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
            ) as w
            where w.next_utc > p.start_utc
            offset 0 -- keeps valid_s from being computed once for each sum
        ) as i
    ) as m
where s.kind = 'interval';
