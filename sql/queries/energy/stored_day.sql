-- The energy of one plant and date as it stands.
select
    produced_kwh, imported_kwh, exported_kwh, method, coverage, status, null_reason, hours_in_day,
    data_completeness, daylight_completeness, flag, run_id, computed_at
from energy.plant_daily
where plant_id = %(plant_id)s and energy_date = %(energy_date)s
