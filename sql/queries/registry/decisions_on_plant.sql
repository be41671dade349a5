-- name: registry/decisions_on_plant
-- Decisions on the records and the meters of a plant.
select
    d.decision_id,
    d.action,
    d.source || ':' || d.source_plant_id as record,
    d.other_source || ':' || d.other_source_plant_id as other,
    d.field,
    d.value,
    d.valid_from,
    d.sensor,
    d.valid_at,
    d.last_value,
    d.first_value,
    d.who,
    d.why,
    d.decided_at::date as decided,
    d.undone_at::date as undone,
    d.undone_by
from registry.decision as d
where
    exists (
        select from registry.plant_alias as a
        where
            a.plant_id = %(plant_id)s
            and (a.source, a.source_plant_id) in (
                (d.source, d.source_plant_id), (d.other_source, d.other_source_plant_id)
            )
    )
    or exists (
        select from registry.sensor as s
        where s.plant_id = %(plant_id)s and d.sensor = s.source || ':' || s.source_sensor_id
    )
order by d.decided_at, d.decision_id;
