-- name: report/candidates_of_day
-- What every method that was possible says of a plant's day, the chosen one first.
select
    c.method,
    coalesce(c.method = e.method, false) as is_chosen,
    c.produced_kwh,
    c.gap_kwh,
    c.uncertainty_kwh,
    c.coverage,
    c.null_reason,
    c.flags,
    (
        select array_agg(concat_ws(' ', q.name, s.name) order by s.sensor_id)
        from registry.sensor as s
        inner join registry.equipment as q using (equipment_id)
        where s.sensor_id = any(c.sensor_ids)
    ) as sensors
from energy.plant_daily_candidate as c
left join energy.plant_daily as e on c.plant_id = e.plant_id and c.energy_date = e.energy_date
where c.plant_id = %(plant_id)s and c.energy_date = %(report_date)s
order by is_chosen desc, c.method;
