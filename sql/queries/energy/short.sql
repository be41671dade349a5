-- name: energy/day_spans
-- Measure every series over its day.
insert into energy_span (sensor_id, start_utc, end_utc)
select sensor_id, start_utc, end_utc
from energy_series
order by sensor_id;

-- name: energy/delete_candidates
-- Candidates of a date, to be written anew.
delete from energy.plant_daily_candidate
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/measured_sums
-- What was measured of each series over all of its spans.
select sensor_id, sum(forward_wh) as forward_wh, sum(reverse_wh) as reverse_wh
from energy_measured
group by sensor_id;

-- name: energy/plants_not_read
-- Plants some of whose sensors could not be read in a run.
select p.plant_id
from landing.run_issue as i
inner join registry.plant as p on p.plant_code = i.subject
where i.run_id = %(run_id)s and i.stage = %(stage)s;

-- name: energy/previous_methods
-- The method of each plant's energy of a date.
select plant_id, method
from energy.plant_daily
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]) and method is not null;

-- name: energy/producers
-- Inverters and turbines of the plants, those without a usable sensor too.
select equipment_id, parent_equipment_id, plant_id, equipment_type, source, name, is_present
from registry.equipment
where plant_id = any(%(plant_ids)s::uuid[]) and equipment_type in ('inverter', 'turbine')
order by source, length(source_asset_id), source_asset_id collate "C";

-- name: energy/restatements
-- How the energy of one plant and date was restated, oldest first.
select recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
from energy.restatement
where plant_id = %(plant_id)s and energy_date = %(energy_date)s
order by recorded_at;

-- name: energy/stored_day
-- The energy of one plant and date as it stands.
select
    produced_kwh, imported_kwh, exported_kwh, method, coverage, status, null_reason, hours_in_day,
    data_completeness, daylight_completeness, flag, run_id, computed_at
from energy.plant_daily
where plant_id = %(plant_id)s and energy_date = %(energy_date)s;

-- name: energy/unknown_energy
-- Plants whose energy of a day is unknown, with the reason.
select p.plant_code || ' (' || p.name || '): ' || e.null_reason
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where e.energy_date = %(day)s and e.produced_kwh is null
order by p.plant_code;
