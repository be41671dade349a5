-- name: energy/lost_days
-- Plants of a date that cannot be computed again: less than half of the readings they had are kept, or no sample.
--
-- A plant's readings are those of its sensors now, of those its energy was computed from, and of the plant it was
-- merged into. What is lost of one is lost of all that were merged with it: they are computed together or not at all.
-- Of a date before those that retention keeps all is lost (is_removed).
with plant as (
    select
        p.plant_id,
        p.plant_code,
        one.present_id as root_id,
        (%(day_date)s::date::timestamp at time zone coalesce(p.timezone, 'UTC')) as start_utc,
        ((%(day_date)s::date + 1)::timestamp at time zone coalesce(p.timezone, 'UTC')) as end_utc,
        coalesce(u.own_row ->> 'method', e.method) = 'voke_sampled' as is_sampled
    from registry.plant as p
    inner join energy.present_plant as one using (plant_id)
    left join energy.plant_daily as e on p.plant_id = e.plant_id and e.energy_date = %(day_date)s
    left join energy.unmerged_day as u on p.plant_id = u.plant_id and u.energy_date = %(day_date)s
    where p.plant_id = any(%(plant_ids)s::uuid[])
),

sensor as (
    select
        p.plant_id,
        s.sensor_id
    from plant as p
    inner join registry.sensor as s on s.plant_id in (p.plant_id, p.root_id)
    union
    select
        p.plant_id,
        used.sensor_id
    from plant as p
    inner join energy.plant_daily_candidate as c on p.plant_id = c.plant_id and c.energy_date = %(day_date)s
    cross join lateral unnest(c.sensor_ids) as used (sensor_id)
),

kept as (
    select
        p.root_id,
        coalesce(sum(d.readings), 0) as noted,
        coalesce(
            sum(
                (
                    select count(*) from energy.reading as r
                    where
                        r.sensor_id = s.sensor_id
                        and r.period_start >= p.start_utc
                        and r.period_start < p.end_utc
                        -- In any zone of the world: these bounds choose partitions.
                        and r.period_start >= %(from_utc)s
                        and r.period_start < %(to_utc)s
                )
            ) filter (where d.readings > 0), 0
        ) as found,
        bool_or(
            p.is_sampled
            and not exists (
                select from registry.energy_sample as o
                where
                    o.plant_id in (p.plant_id, p.root_id)
                    and o.sampled_at >= p.start_utc - interval '1 day'
                    and o.sampled_at < p.end_utc + interval '1 day'
            )
        ) as is_without_samples
    from plant as p
    left join sensor as s using (plant_id)
    left join energy.sensor_daily as d on s.sensor_id = d.sensor_id and d.energy_date = %(day_date)s
    group by p.root_id
)

select
    p.plant_id,
    p.plant_code,
    q.day_date,
    q.why
from plant as p
inner join kept as k using (root_id)
inner join energy.queued_day as q on p.plant_id = q.plant_id and q.day_date = %(day_date)s
where %(is_removed)s or 2 * k.found < k.noted or k.is_without_samples
order by p.plant_code;
