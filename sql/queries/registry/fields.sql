-- Every value offered for every field of every plant.
select plant_id, field, source, source_plant_id, value, is_selected, observed_at
from registry.plant_field
