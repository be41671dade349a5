-- name: report/sensors_of_plant_day
-- What each series of a plant says of its day; a series without a row of the day has no figures.
select
    q.name as equipment_name,
    s.name as sensor_name,
    s.quantity,
    s.is_main,
    s.finding,
    d.readings,
    d.left_out,
    d.coverage,
    d.forward_kwh,
    d.null_reason,
    coalesce(d.flags, '{}') as flags
from registry.sensor as s
inner join registry.equipment as q using (equipment_id)
left join energy.sensor_daily as d on s.sensor_id = d.sensor_id and d.energy_date = %(report_date)s
where s.plant_id = %(plant_id)s and s.is_present
order by s.is_main desc, q.name collate "C", s.name collate "C", s.sensor_id;
