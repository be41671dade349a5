-- name: report/left_out_of_day
-- Readings of a plant's sensors that were left out in a window, or after which a register began anew, and why.
select
    q.name as equipment_name,
    s.name as sensor_name,
    f.flag,
    count(*) as readings,
    min(f.period_start) as first_utc,
    max(f.period_start) as last_utc
from energy.reading_flag as f
inner join registry.sensor as s using (sensor_id)
inner join registry.equipment as q using (equipment_id)
where
    s.plant_id = %(plant_id)s
    and f.period_start >= %(begins_utc)s and f.period_start < %(ends_utc)s
group by s.sensor_id, q.name, s.name, f.flag
order by readings desc, s.sensor_id, f.flag;
