-- name: report/summary_kpi
-- KPIs of the dates: how many values, and how many are unknown for which reason.
select
    kpi,
    null_reason,
    count(*) as plant_days
from kpi.plant_daily
where kpi_date = any(%(dates)s)
group by kpi, null_reason
order by kpi, null_reason;
