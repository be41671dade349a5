-- name: energy/queue_touched
-- Queue the days of what the registry touched and nobody took yet; counts them.
--
-- Days are those that were computed: of the plant, of its sensors (whatever plant they were of), of plants merged
-- into it, what it had before it was merged, and those of its samples that were computed for anybody. Readings do not
-- tell: a margin of them is read beyond the days of a run. A row of registry.touched is taken by its number, not by a
-- mark that moves on: numbers may be committed in another order than they were given.
with fresh as (
    select t.*
    from registry.touched as t
    where not exists (
        select from energy.touched_taken as k
        where k.touched_id = t.touched_id
    )
),

stretch as (
    select
        p.plant_id,
        f.why,
        f.touched_id,
        coalesce((f.from_utc at time zone coalesce(p.timezone, 'UTC'))::date, '-infinity') as first_date,
        coalesce(((f.to_utc - interval '1 microsecond') at time zone coalesce(p.timezone, 'UTC'))::date, 'infinity')
            as last_date
    from fresh as f
    inner join energy.present_plant as touched on f.plant_id = touched.plant_id
    -- Where several became one, all have to be computed in one transaction.
    inner join energy.present_plant as one on touched.present_id = one.present_id
    inner join registry.plant as p on one.plant_id = p.plant_id
),

computed as (
    select
        e.plant_id,
        e.energy_date as day_date
    from energy.plant_daily as e
    where e.plant_id in (select plant_id from stretch)
    union
    select
        s.plant_id,
        d.energy_date
    from registry.sensor as s
    inner join energy.sensor_daily as d using (sensor_id)
    where s.plant_id in (select plant_id from stretch)
    union
    select
        one.present_id,
        e.energy_date
    from energy.present_plant as one
    inner join energy.plant_daily as e using (plant_id)
    where one.present_id in (select plant_id from stretch)
    union
    select
        u.plant_id,
        u.energy_date
    from energy.unmerged_day as u
    where u.plant_id in (select plant_id from stretch)
    union
    select
        o.plant_id,
        o.energy_date
    from energy.orphaned_day as o
    where o.plant_id in (select plant_id from stretch)
    union
    select
        sampled.plant_id,
        sampled.day_date
    from (
        select distinct
            s.plant_id,
            (s.sampled_at at time zone coalesce(p.timezone, 'UTC'))::date as day_date
        from registry.energy_sample as s
        inner join registry.plant as p using (plant_id)
        where s.plant_id in (select plant_id from stretch)
    ) as sampled
    where
        exists (
            select from energy.plant_daily as e
            where e.energy_date = sampled.day_date
        )
),

queued as (
    insert into energy.queued_day as q (plant_id, day_date, why, queued_at)
    select
        c.plant_id,
        c.day_date,
        string_agg(distinct s.why, '; '),
        %(now_utc)s
    from computed as c
    inner join stretch as s on c.plant_id = s.plant_id and c.day_date between s.first_date and s.last_date
    group by c.plant_id, c.day_date
    on conflict (day_date, plant_id) do update
        set
            why = case when strpos(q.why, excluded.why) > 0 then q.why else q.why || '; ' || excluded.why end,
            energy_computed_at = null
    returning 1
),

taken as (
    insert into energy.touched_taken (touched_id, taken_at)
    select
        touched_id,
        %(now_utc)s
    from fresh
    on conflict do nothing
)

select count(*) from queued;
