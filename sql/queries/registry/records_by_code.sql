-- name: registry/records_by_code
-- The records of a plant, the one that stands for it in a decision first.
select a.source, a.source_plant_id
from registry.plant as p
inner join registry.plant_alias as a using (plant_id)
where p.plant_code = %(plant_code)s
order by a.is_present desc, a.first_seen_at, a.source, a.source_plant_id;
