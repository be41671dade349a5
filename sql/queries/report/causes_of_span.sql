-- name: report/causes_of_span
-- How many plants lacked energy, or had it only in part or for the time being, on each date of a span, by cause.
select
    e.energy_date,
    case
        when e.null_reason is not null then e.null_reason
        when e.status = 'provisional' then 'provisional'
        else 'partly_measured'
    end as cause,
    count(*) as plants
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where
    e.energy_date between %(from_date)s and %(to_date)s
    and p.status <> 'merged'
    and (e.null_reason is not null or e.status = 'provisional' or e.data_completeness < %(whole)s)
group by e.energy_date, cause
order by e.energy_date, cause;
