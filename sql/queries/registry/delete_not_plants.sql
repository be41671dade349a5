-- Delete records that are plants now, or that their source no longer has.
delete from registry.not_a_plant
using unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as gone (source, source_plant_id)
where not_a_plant.source = gone.source and not_a_plant.source_plant_id = gone.source_plant_id
