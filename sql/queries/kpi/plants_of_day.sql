-- name: kpi/plants_of_day
-- Energy of the date with what its readings add up to, and what the plant could measure.
-- After plant and code come the columns of `Energy`, then those of `Figures`.
select
    e.plant_id,
    p.plant_code,
    e.produced_kwh,
    e.imported_kwh,
    e.exported_kwh,
    e.method,
    e.coverage,
    e.null_reason,
    e.hours_in_day,
    e.data_completeness,
    e.daylight_completeness,
    e.flags,
    m.sun_h,
    m.poa_wh_per_m2,
    m.poa_h,
    m.poa_sun_h,
    m.ghi_wh_per_m2,
    m.ghi_h,
    m.ghi_sun_h,
    m.power_h,
    m.power_sun_h,
    m.paired_kwh,
    m.paired_wh_per_m2,
    m.paired_h,
    m.paired_sun_h,
    m.warm_kwh,
    m.warm_wh_per_m2,
    m.warm_corrected_wh_per_m2,
    m.warm_h,
    m.warm_sun_h,
    m.peak_power_kw,
    m.pv_kwh,
    m.pv_coverage,
    m.power_method,
    m.power_step_s,
    m.power_sensor_ids,
    m.poa_sensor_ids,
    m.ghi_sensor_ids,
    m.temperature_sensor_ids,
    m.suspect_sensor_ids,
    m.temperature_coefficient_per_k,
    said.has_load,
    coalesce(metered.has_import_sensor, false) as has_import_sensor,
    coalesce(metered.has_export_sensor, false) as has_export_sensor
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
left join energy.plant_measured as m on e.plant_id = m.plant_id and m.energy_date = %(kpi_date)s
left join lateral (
    select bool_or(a.has_load) as has_load
    from registry.plant_alias as a
    where a.plant_id = e.plant_id
) as said on true
left join lateral (
    select
        bool_or(s.quantity in ('import_energy', 'grid_power')) as has_import_sensor,
        bool_or(s.quantity in ('export_energy', 'grid_power')) as has_export_sensor
    from registry.sensor as s
    where s.plant_id = e.plant_id and not s.is_reference
) as metered on true
where
    e.energy_date = %(kpi_date)s
    and (%(plant_ids)s::uuid[] is null or e.plant_id = any(%(plant_ids)s::uuid[]))
order by e.plant_id;
