-- name: report/lowest_performance
-- The plants with the lowest performance ratio on a date, and how many have one.
select
    p.name,
    p.plant_code,
    r.value as performance_ratio,
    y.value as specific_yield,
    c.value as data_completeness,
    count(*) over () as plants
from kpi.plant_daily as r
inner join registry.plant as p using (plant_id)
left join kpi.plant_daily as y
    on r.plant_id = y.plant_id and y.kpi = 'specific_yield' and y.kpi_date = %(day)s
left join kpi.plant_daily as c
    on r.plant_id = c.plant_id and c.kpi = 'data_completeness' and c.kpi_date = %(day)s
where r.kpi_date = %(day)s and r.kpi = 'performance_ratio' and r.value is not null
order by r.value, p.plant_code collate "C"
limit %(most)s;
