-- The records of a plant.
select
    source || ':' || source_plant_id as record, source_name as name, method, round(score::numeric, 3) as score,
    is_present as present, first_seen_at::date as first_seen
from registry.plant_alias
where plant_id = %(plant_id)s
order by 1
