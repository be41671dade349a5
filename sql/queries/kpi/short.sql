-- name: kpi/delete_groups
-- Figures of a date of groups that no longer are.
delete from kpi.portfolio_daily
where kpi_date = %(kpi_date)s and group_code <> all(%(group_codes)s::text[]);

-- name: kpi/sensors
-- Sensors by id, with the equipment they sit on.
select s.sensor_id, s.name, e.name as equipment_name, s.source, s.source_sensor_id
from registry.sensor as s
inner join registry.equipment as e using (equipment_id)
where s.sensor_id = any(%(sensor_ids)s)
order by s.sensor_id;

-- name: kpi/stored_value
-- One stored KPI of a plant and date.
select k.value, k.unit, k.numerator, k.denominator, k.coverage, k.null_reason, k.method, k.formula_version
from kpi.plant_daily as k
where k.plant_id = %(plant_id)s and k.kpi_date = %(kpi_date)s and k.kpi = %(kpi)s;
