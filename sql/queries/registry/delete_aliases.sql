-- Delete records that a person said are no plant.
delete from registry.plant_alias
using unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as gone (source, source_plant_id)
where plant_alias.source = gone.source and plant_alias.source_plant_id = gone.source_plant_id
