-- name: report/groups_of_day
-- KPIs of each group of plants on a date, the whole fleet first.
select
    group_code,
    max(plants) filter (where kpi = 'energy_kwh') as plants,
    max(capacity_share) filter (where kpi = 'energy_kwh') as capacity_share,
    jsonb_object_agg(kpi, value) filter (where value is not null) as figures
from kpi.portfolio_daily
where kpi_date = %(report_date)s
group by group_code
order by group_code <> 'all', group_code collate "C";
