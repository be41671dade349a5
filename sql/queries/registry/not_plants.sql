-- Every record of a source that is no plant.
select source, source_plant_id, source_name, reason
from registry.not_a_plant
