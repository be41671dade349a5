-- name: kpi/connection_of_day
-- For how long of each plant's day it was told whether the plant was connected, and for how long it was.
--
-- A sample stands until the next one, for half an hour at most. Records of one plant are means of each other.
with sample as (
    select
        p.plant_id,
        p.start_utc,
        p.end_utc,
        s.source,
        s.source_plant_id,
        s.sampled_at,
        s.is_connected,
        lead(s.sampled_at) over (
            partition by p.plant_id, s.source, s.source_plant_id
            order by s.sampled_at
        ) as next_at
    from
        unnest(%(plant_ids)s::uuid[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
            as p (plant_id, start_utc, end_utc)
    inner join registry.status_sample as s using (plant_id)
    where
        s.sampled_at > p.start_utc - interval '30 minutes'
        and s.sampled_at < p.end_utc + interval '30 minutes'
        and s.sampled_at > %(from_utc)s::timestamptz - interval '30 minutes'
        and s.sampled_at < %(to_utc)s::timestamptz + interval '30 minutes'
        and s.is_connected is not null
),

stretch as (
    select
        plant_id,
        source,
        source_plant_id,
        is_connected,
        greatest(
            date_part(
                'epoch',
                least(next_at, sampled_at + interval '30 minutes', end_utc) - greatest(sampled_at, start_utc)
            ),
            0
        ) / 3600 as hours
    from sample
),

record as (
    select
        plant_id,
        sum(hours) as sampled_h,
        coalesce(sum(hours) filter (where is_connected), 0) as connected_h
    from stretch
    group by plant_id, source, source_plant_id
)

select
    plant_id,
    avg(sampled_h) as sampled_h,
    avg(connected_h) as connected_h
from record
group by plant_id
order by plant_id;
