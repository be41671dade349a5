-- name: report/energy_in_figures
-- What the table holds of the energy of a date; energy that is final or was restated counts as final.
select
    count(*) filter (where d.is_final) as plants_final,
    count(*) filter (where d.is_known and not d.is_final) as plants_provisional,
    count(*) filter (where not d.is_known) as plants_unknown,
    sum(d.produced_kwh) filter (where d.is_final) as final_kwh,
    sum(d.produced_kwh) filter (where d.is_known and not d.is_final) as provisional_kwh,
    sum(d.gap_kwh) filter (where d.is_known) as gap_kwh,
    sqrt(sum(d.uncertainty_kwh ^ 2) filter (where d.is_final)) as final_uncertainty_kwh,
    percentile_cont(0.5) within group (order by d.data_completeness) as median_completeness
from (
    select
        produced_kwh,
        gap_kwh,
        uncertainty_kwh,
        data_completeness,
        produced_kwh is not null as is_known,
        produced_kwh is not null and status <> 'provisional' as is_final
    from energy.plant_daily
    where energy_date = %(day)s
) as d;
