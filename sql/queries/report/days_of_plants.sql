-- name: report/days_of_plants
-- The days of a span of each plant that has any, or of one of them, oldest first, as arrays; a day without a row is
-- NULL in all of them.
with
figure as (
    select
        plant_id,
        kpi_date,
        max(value) filter (where kpi = 'performance_ratio') as performance_ratio,
        max(value) filter (where kpi = 'data_completeness') as data_completeness
    from kpi.plant_daily
    where
        kpi_date between %(from_date)s and %(to_date)s
        and kpi in ('performance_ratio', 'data_completeness')
        and (plant_id = %(plant_id)s or %(plant_id)s::uuid is null)
    group by plant_id, kpi_date
)

select
    p.plant_code,
    array_agg(e.produced_kwh order by d.day_date) as produced_kwh,
    array_agg(f.performance_ratio order by d.day_date) as performance_ratio,
    array_agg(f.data_completeness order by d.day_date) as data_completeness,
    array_agg(e.plant_id is not null order by d.day_date) as is_computed
from registry.plant as p
cross join
    (
        select generate_series::date as day_date
        from generate_series(%(from_date)s::date::timestamp, %(to_date)s::date::timestamp, interval '1 day')
    ) as d
left join energy.plant_daily as e on p.plant_id = e.plant_id and d.day_date = e.energy_date
left join figure as f on p.plant_id = f.plant_id and d.day_date = f.kpi_date
where
    p.status <> 'merged'
    and (p.plant_id = %(plant_id)s or %(plant_id)s::uuid is null)
    and exists (
        select from energy.plant_daily as x
        where x.plant_id = p.plant_id and x.energy_date between %(from_date)s and %(to_date)s
    )
group by p.plant_id, p.plant_code
order by p.plant_code collate "C";
