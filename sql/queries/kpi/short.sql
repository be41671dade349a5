-- name: kpi/stored_value
-- One stored KPI of a plant and date.
select k.value, k.unit, k.numerator, k.denominator, k.coverage, k.null_reason, k.method, k.formula_version
from kpi.plant_daily as k
where k.plant_id = %(plant_id)s and k.kpi_date = %(kpi_date)s and k.kpi = %(kpi)s;
