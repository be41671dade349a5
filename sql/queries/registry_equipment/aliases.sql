-- Every record of every source with the plant it belongs to.
select source, source_plant_id, plant_id, is_present, is_duplicate
from registry.plant_alias
