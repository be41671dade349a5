-- name: report/kpis_in_figures
-- How many KPIs of plants are known on a date, and the middle plant of those with a value.
select
    count(*) filter (where value is not null) as known,
    count(*) filter (where value is null) as unknown,
    count(value) filter (where kpi = 'performance_ratio') as plants_with_performance_ratio,
    percentile_cont(0.5) within group (order by value) filter (where kpi = 'performance_ratio') as performance_ratio,
    percentile_cont(0.5) within group (order by value) filter (where kpi = 'capacity_factor') as capacity_factor,
    percentile_cont(0.5) within group (order by value) filter (where kpi = 'specific_yield') as specific_yield
from kpi.plant_daily
where kpi_date = %(day)s;
