-- One plant by its code.
select p.*, m.plant_code as merged_into_code
from registry.plant as p
left join registry.plant as m on m.plant_id = p.merged_into
where p.plant_code = %(plant_code)s
