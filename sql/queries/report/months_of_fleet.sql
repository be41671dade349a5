-- name: report/months_of_fleet
-- The fleet by month: energy summed over the days that are known, ratios as sum over sum, and how many days those are.
select
    date_trunc('month', kpi_date)::date as month_date,
    count(*) filter (where kpi = 'energy_kwh' and value is not null) as days,
    sum(value) filter (where kpi = 'energy_kwh') as produced_kwh,
    avg(capacity_share) filter (where kpi = 'energy_kwh' and value is not null) as capacity_share,
    sum(numerator) filter (where kpi = 'performance_ratio' and value is not null)
    / nullif(sum(denominator) filter (where kpi = 'performance_ratio' and value is not null), 0) as performance_ratio,
    sum(numerator) filter (where kpi = 'capacity_factor' and value is not null)
    / nullif(sum(denominator) filter (where kpi = 'capacity_factor' and value is not null), 0) as capacity_factor
from kpi.portfolio_daily
where group_code = 'all' and kpi_date between %(from_date)s and %(to_date)s
group by month_date
order by month_date desc;
