-- The values each source offers for a plant.
select field, value, source, source_plant_id as record_id, is_selected as selected
from registry.plant_field
where plant_id = %(plant_id)s
order by field, is_selected desc, source, source_plant_id
