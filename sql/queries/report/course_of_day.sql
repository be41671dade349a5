-- name: report/course_of_day
-- The course of a plant's day: energy of each quarter of an hour, and the sensors that give the irradiance.
select
    quarter_kwh,
    case when cardinality(poa_sensor_ids) > 0 then poa_sensor_ids else ghi_sensor_ids end as irradiance_sensor_ids,
    cardinality(poa_sensor_ids) > 0 as is_plane_of_array,
    suspect_sensor_ids
from energy.plant_measured
where plant_id = %(plant_id)s and energy_date = %(report_date)s;
