-- name: report/energy_of_plant_day
-- The energy of a plant's day as it counts.
select
    produced_kwh,
    imported_kwh,
    exported_kwh,
    gap_kwh,
    uncertainty_kwh,
    method,
    coverage,
    data_completeness,
    status,
    null_reason,
    flags,
    hours_in_day,
    computed_at
from energy.plant_daily
where plant_id = %(plant_id)s and energy_date = %(report_date)s;
