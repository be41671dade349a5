-- name: registry/records_by_code
-- The records of a plant, the one that stands for it in a decision first, and where each belongs by itself.
select
    a.source,
    a.source_plant_id,
    r.plant_id as home
from registry.plant as p
inner join registry.plant_alias as a using (plant_id)
left join registry.record as r using (source, source_plant_id)
where p.plant_code = %(plant_code)s
order by
    a.is_duplicate, a.is_present desc, a.first_seen_at, array_position(%(source_order)s::text[], a.source),
    a.source_plant_id;
