-- name: kpi/delete_orphaned
-- Removes the date's rows of plants that no longer have energy for it (merged since, for example).
delete from kpi.plant_daily as k
using energy.present_plant as p
where
    k.plant_id = p.plant_id
    and k.kpi_date = %(kpi_date)s
    and k.kpi = any(%(kpis)s)
    and (
        %(plant_ids)s::uuid[] is null
        or p.plant_id = any(%(plant_ids)s::uuid[])
        or p.present_id = any(%(plant_ids)s::uuid[])
    )
    -- Hashed once, whatever the planner believes of a table that has just been filled.
    and p.plant_id not in (
        select e.plant_id from energy.plant_daily as e
        where e.energy_date = %(kpi_date)s
    );
