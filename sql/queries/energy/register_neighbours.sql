-- name: energy/register_neighbours
-- Registers with suspect readings: the readings next to those and to both ends of the day, each as part of its run.
with register as (
    select s.*, m.suspects
    from energy_series as s
    inner join energy_measured as m using (sensor_id)
    where m.suspects is not null
),

anchor as (
    select distinct s.sensor_id, coalesce(s.sign, 1) as sign, a.at_utc
    from register as s
    cross join lateral unnest(s.suspects || s.start_utc || s.end_utc) as a (at_utc)
),

run as (
    select a.sensor_id, a.at_utc as anchor_utc, n.at_utc, n.value * a.sign as value_wh
    from anchor as a
    cross join lateral (
        (
            select r.period_start as at_utc, r.value
            from energy.reading as r
            where
                r.sensor_id = a.sensor_id
                and r.period_start < a.at_utc
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
            order by r.period_start desc
            limit %(before)s
        )
        union all
        (
            select r.period_start as at_utc, r.value
            from energy.reading as r
            where
                r.sensor_id = a.sensor_id
                and r.period_start >= a.at_utc
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
            order by r.period_start
            limit %(after)s
        )
    ) as n
),

placed as (
    select *, row_number() over (partition by sensor_id, anchor_utc order by at_utc) > 1 as is_next
    from run
)

select
    sensor_id,
    date_part('epoch', at_utc) as at_s,
    value_wh,
    bool_or(is_next) as is_next -- the reading right after the one before it in this list
from placed
group by sensor_id, at_utc, value_wh
order by sensor_id, at_utc;
