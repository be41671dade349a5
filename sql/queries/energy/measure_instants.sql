-- name: energy/measure_instants
-- Energy of instantaneous power over spans: straight lines between readings, none across a gap of more than 1.5 steps.
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
            min(l.at_utc) as first_utc,
            -- A line that crosses zero is a triangle on either side of it.
            coalesce(sum((l.value + l.next_value) / 2 * l.valid_s) filter (where l.value >= 0 and l.next_value >= 0), 0)
            + coalesce(
                sum(greatest(l.value, l.next_value) ^ 2 / abs(l.value - l.next_value) / 2 * l.valid_s)
                filter (where l.value * l.next_value < 0), 0
            ) as above_zero,
            coalesce(sum((l.value + l.next_value) / 2 * l.valid_s) filter (where l.value <= 0 and l.next_value <= 0), 0)
            - coalesce(
                sum(least(l.value, l.next_value) ^ 2 / abs(l.value - l.next_value) / 2 * l.valid_s)
                filter (where l.value * l.next_value < 0), 0
            ) as below_zero,
            coalesce(
                sum((l.value + l.next_value) / 2 * l.valid_s) filter (
                    where s.sign is null and l.at_utc >= s.bright_from_utc and l.at_utc < s.bright_until_utc
                ), 0
            ) as when_bright,
            range_agg(tstzrange(l.at_utc, l.next_utc)) filter (where l.valid_s is null) as gaps
        from (
            select
                w.at_utc,
                w.next_utc,
                case
                    when w.at_utc >= p.start_utc then w.value
                    else
                        w.value + (w.next_value - w.value)
                        * date_part('epoch', p.start_utc - w.at_utc) / date_part('epoch', w.next_utc - w.at_utc)
                end as value,
                case
                    when w.next_utc <= p.end_utc then w.next_value
                    else
                        w.value + (w.next_value - w.value)
                        * date_part('epoch', p.end_utc - w.at_utc) / date_part('epoch', w.next_utc - w.at_utc)
                end as next_value,
                case
                    when
                        w.next_utc = w.regular_utc and w.at_utc >= p.start_utc and w.next_utc <= p.end_utc
                        then s.step_s
                    when w.next_utc - w.at_utc <= s.longest_step
                        then date_part('epoch', least(w.next_utc, p.end_utc) - greatest(w.at_utc, p.start_utc))
                end as valid_s
            from (
                select
                    r.period_start as at_utc,
                    r.period_start + s.step as regular_utc,
                    lead(r.period_start, 1, p.end_utc + 2 * s.longest_step) over in_time as next_utc,
                    r.value,
                    lead(r.value) over in_time as next_value
                from energy.reading as r
                where
                    r.sensor_id = s.sensor_id
                    and r.period_start >= p.start_utc - s.longest_step
                    and r.period_start <= p.end_utc + s.longest_step
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
                window in_time as (order by r.period_start)
            ) as w
            where w.next_utc > p.start_utc and w.at_utc < p.end_utc
            offset 0 -- keeps valid_s from being computed once for each sum
        ) as l
    ) as m
where s.kind = 'instant';
