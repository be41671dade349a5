-- name: report/plants_of_day
-- Every plant of the fleet, and any other with energy of the date: its energy, KPIs and null reasons of that date.
select
    p.plant_code,
    p.name,
    p.technology,
    p.status = 'active' as is_active,
    coalesce(p.capacity_ac_kw, p.capacity_dc_kw) as capacity_kw,
    exists(
        select from registry.sensor as s
        where s.plant_id = p.plant_id and s.is_present
    ) as has_sensors,
    e.plant_id is not null as was_run,
    e.produced_kwh,
    e.gap_kwh,
    e.uncertainty_kwh,
    e.method,
    e.coverage,
    e.status,
    e.null_reason,
    coalesce(e.flags, '{}') as flags,
    coalesce(k.figures, '{}') as figures,
    coalesce(k.null_reasons, '{}') as null_reasons,
    k.performance_kwh,
    k.performance_reference_kwh,
    (
        select string_agg(distinct lower(u.kind), ', ')
        from registry.unavailability as u
        where
            u.plant_id = p.plant_id
            and u.begins_at < (%(report_date)s::date + 1)::timestamp at time zone p.timezone
            and u.ends_at > %(report_date)s::date::timestamp at time zone p.timezone
    ) as announced,
    p.latitude,
    p.longitude,
    p.country
from registry.plant as p
left join energy.plant_daily as e on p.plant_id = e.plant_id and e.energy_date = %(report_date)s
left join lateral (
    select
        jsonb_object_agg(d.kpi, d.value) filter (where d.value is not null) as figures,
        jsonb_object_agg(d.kpi, d.null_reason) filter (where d.value is null) as null_reasons,
        max(d.numerator) filter (where d.kpi = 'performance_ratio' and d.value is not null) as performance_kwh,
        max(d.denominator) filter (where d.kpi = 'performance_ratio' and d.value is not null)
            as performance_reference_kwh
    from kpi.plant_daily as d
    where d.plant_id = p.plant_id and d.kpi_date = %(report_date)s
) as k on true
where p.status = 'active' or (p.status = 'retired' and e.plant_id is not null)
order by
    array_position(array['solar', 'hybrid', 'wind', 'storage', 'other'], p.technology) nulls last,
    e.plant_id is null,
    lower(p.name) collate "C",
    p.plant_code collate "C";
