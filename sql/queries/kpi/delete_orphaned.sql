-- name: kpi/delete_orphaned
-- Removes the date's rows of plants that no longer have energy for it (merged since, for example).
delete from kpi.plant_daily as k
where
    k.kpi_date = %(kpi_date)s
    and k.kpi = any(%(kpis)s)
    and (%(plant_ids)s::uuid[] is null or k.plant_id = any(%(plant_ids)s::uuid[]))
    and not exists (
        select 1 from energy.plant_daily as e
        where e.plant_id = k.plant_id and e.energy_date = %(kpi_date)s
    );
