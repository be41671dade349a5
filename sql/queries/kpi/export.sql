-- name: kpi/export
-- KPIs of a span of dates as CSV, one row per plant, date and KPI, with the status of the day's energy. A name that a
-- spreadsheet would take for a formula begins with an apostrophe, and control characters are blanks.
copy (
    select
        p.plant_code,
        regexp_replace(regexp_replace(p.name, '[[:cntrl:]]+', ' ', 'g'), '^(?=\s*[-=+@])', '''') as name,
        k.kpi_date,
        k.kpi,
        k.value,
        k.unit,
        k.null_reason,
        k.coverage,
        k.method,
        e.status as energy_status
    from kpi.plant_daily as k
    inner join registry.plant as p using (plant_id)
    left join energy.plant_daily as e on k.plant_id = e.plant_id and k.kpi_date = e.energy_date
    where k.kpi_date between %(from_date)s and %(to_date)s
    order by p.plant_code collate "C", k.kpi_date, k.kpi collate "C"
) to stdout (format csv, header);
