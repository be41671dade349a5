-- name: registry/record_of_plant
-- The record that stands for a plant in a decision.
select a.source, a.source_plant_id
from registry.plant as p
inner join registry.plant_alias as a using (plant_id)
where p.plant_code = %(plant_code)s
order by a.is_present desc, a.first_seen_at, a.source, a.source_plant_id
limit 1;
