-- name: energy/common_time
-- Of each plant's devices together: how much of the day and of its daylight lacks the data of one of them.
with member as (
    select *
    from unnest(%(plant_ids)s::uuid[], %(sensor_ids)s::integer[]) as t (plant_id, sensor_id)
),

lost as (
    select
        member.plant_id,
        date_part('epoch', min(s.end_utc) - min(s.start_utc)) as day_s,
        range_agg(m.gaps) as gaps,
        coalesce(
            (array_agg(s.daylight))[1] * tstzmultirange(tstzrange(min(s.start_utc), min(s.end_utc))), '{}'
        ) as daylight
    from member
    inner join energy_measured as m using (sensor_id)
    inner join energy_series as s using (sensor_id)
    group by member.plant_id
)

select
    plant_id,
    day_s,
    coalesce((select sum(date_part('epoch', upper(g) - lower(g))) from unnest(gaps) as g), 0) as missing_s,
    coalesce((select sum(date_part('epoch', upper(g) - lower(g))) from unnest(gaps * daylight) as g), 0)
        as missing_daylight_s,
    coalesce((select sum(date_part('epoch', upper(d) - lower(d))) from unnest(daylight) as d), 0) as daylight_s
from lost;
