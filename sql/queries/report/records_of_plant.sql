-- name: report/records_of_plant
-- The records of sources that are a plant, with their names and how they were found.
select
    source,
    source_plant_id,
    source_name,
    method,
    is_present,
    is_duplicate,
    first_seen_at,
    last_seen_at
from registry.plant_alias
where plant_id = %(plant_id)s
order by source, source_plant_id collate "C";
