-- name: energy/learn_steps
-- Remember how far apart readings without a stated resolution usually are, and how far off whole steps; of the sensors
-- of `plant_ids`, NULL: of all.
with learned as (
    select
        d.sensor_id,
        percentile_disc(0.5) within group (order by d.step_s) as step_s
    from energy.sensor_daily as d
    inner join registry.sensor as s using (sensor_id)
    where
        d.energy_date > %(from_date)s
        and d.energy_date <= %(energy_date)s
        and d.step_s > 0
        and s.resolution = interval '0'
        and (%(plant_ids)s::uuid[] is null or s.plant_id = any(%(plant_ids)s::uuid[]))
    group by d.sensor_id
),

placed as (
    select
        l.sensor_id,
        make_interval(secs => l.step_s) as step,
        make_interval(secs => p.phase_s) as phase
    from learned as l
    cross join
        lateral (
            select mode() within group (order by round(n.at_s - floor(n.at_s / l.step_s) * l.step_s)) as phase_s
            from (
                select date_part('epoch', r.period_start) as at_s
                from energy.reading as r
                where
                    r.sensor_id = l.sensor_id
                    and r.period_start >= %(from_utc)s
                    and r.period_start < %(to_utc)s
                order by r.period_start
                limit 96
            ) as n
        ) as p
)

update registry.sensor as s
set learned_step = p.step, learned_phase = p.phase, learned_until = %(energy_date)s
from placed as p
where s.sensor_id = p.sensor_id and (s.learned_step, s.learned_phase) is distinct from (p.step, p.phase);
