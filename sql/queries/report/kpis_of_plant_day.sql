-- name: report/kpis_of_plant_day
-- The KPIs of a plant's day, known or not.
select
    kpi,
    value,
    null_reason
from kpi.plant_daily
where plant_id = %(plant_id)s and kpi_date = %(report_date)s;
