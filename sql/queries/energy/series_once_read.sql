-- Which of these series have readings between two instants.
select s.sensor_id
from unnest(%(sensor_ids)s::integer[]) as s (sensor_id)
where exists (
    select
    from energy.reading as r
    where
        r.sensor_id = s.sensor_id
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
)
order by s.sensor_id
