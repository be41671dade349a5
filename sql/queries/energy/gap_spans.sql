-- name: energy/gap_spans
-- From here on measure every device of these plants over the times another one of the same plant has no data.
with member as (
    select *
    from unnest(%(plant_ids)s::uuid[], %(sensor_ids)s::integer[]) as t (plant_id, sensor_id)
),

lost as (
    select member.plant_id, range_agg(m.gaps) as gaps
    from member
    inner join energy_measured as m using (sensor_id)
    group by member.plant_id
),

old_spans as (
    delete from energy_span
),

old_measurements as (
    delete from energy_measured
)

insert into energy_span (sensor_id, start_utc, end_utc)
select member.sensor_id, lower(g), upper(g)
from member
inner join lost using (plant_id)
inner join energy_measured as m using (sensor_id)
cross join lateral unnest(lost.gaps - m.gaps) as g
order by member.sensor_id, lower(g);
