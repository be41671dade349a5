-- Id of a plant, and the code of the plant it was merged into, if it was.
select
    p.plant_id,
    p.name,
    p.status,
    other.plant_code as merged_into_code
from registry.plant as p
left join registry.plant as other on p.merged_into = other.plant_id
where p.plant_code = %(plant_code)s
