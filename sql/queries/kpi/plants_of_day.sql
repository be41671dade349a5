-- name: kpi/plants_of_day
-- Energy of the date with each version of the plant, newest first: the one valid at the start of its own day counts.
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
    h.valid_from,
    h.technology,
    h.timezone,
    h.latitude,
    h.longitude,
    h.capacity_ac_kw,
    h.capacity_dc_kw,
    gateway.has_load,
    coalesce(metered.has_import_sensor, false) as has_import_sensor,
    coalesce(metered.has_export_sensor, false) as has_export_sensor
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
inner join lateral (
    select
        v.valid_from, v.technology, v.timezone, v.latitude, v.longitude, v.capacity_ac_kw, v.capacity_dc_kw
    from registry.plant_history as v
    where v.plant_id = e.plant_id and v.valid_from < %(kpi_date)s::date + interval '2 days'
    union all
    -- A plant without history is its own version.
    select
        p.first_seen_at, p.technology, p.timezone, p.latitude, p.longitude, p.capacity_ac_kw, p.capacity_dc_kw
    where not exists (
        select from registry.plant_history as v
        where v.plant_id = e.plant_id
    )
) as h on true
left join lateral (
    select bool_or(v.plant_with_load) as has_load
    from registry.plant_alias as a
    inner join voke.plant as v on a.source = 'voke' and a.source_plant_id = v.id
    where a.plant_id = e.plant_id
) as gateway on true
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
order by e.plant_id, h.valid_from desc;
