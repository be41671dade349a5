-- name: kpi/write_computed
-- Writes the staged rows where they are new or differ in anything but the run; counts both.
with written as (
    insert into kpi.plant_daily (
        plant_id, kpi_date, kpi, value, unit, numerator, denominator, coverage, null_reason, method, formula_version,
        run_id, computed_at
    )
    select
        plant_id, %(kpi_date)s, kpi, value, unit, numerator, denominator, coverage, null_reason, method,
        formula_version, %(run_id)s, %(computed_at)s
    from kpi_computed
    on conflict (plant_id, kpi_date, kpi) do update
        set
            value = excluded.value,
            unit = excluded.unit,
            numerator = excluded.numerator,
            denominator = excluded.denominator,
            coverage = excluded.coverage,
            null_reason = excluded.null_reason,
            method = excluded.method,
            formula_version = excluded.formula_version,
            run_id = excluded.run_id,
            computed_at = excluded.computed_at
        where
        (
            kpi.plant_daily.value, kpi.plant_daily.unit, kpi.plant_daily.numerator, kpi.plant_daily.denominator,
            kpi.plant_daily.coverage, kpi.plant_daily.null_reason, kpi.plant_daily.method,
            kpi.plant_daily.formula_version
        ) is distinct from (
            excluded.value, excluded.unit, excluded.numerator, excluded.denominator, excluded.coverage,
            excluded.null_reason, excluded.method, excluded.formula_version
        )
    returning 1
)

select count(*) from written;
