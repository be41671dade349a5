-- name: registry/delete_fields
-- Delete offered values that are no longer offered for that plant.
delete from registry.plant_field
using
    unnest(%(plant_ids)s::uuid[], %(fields)s::text[], %(sources)s::text[], %(source_plant_ids)s::text[])
        as gone (plant_id, field, source, source_plant_id)
where
    plant_field.plant_id = gone.plant_id
    and plant_field.field = gone.field
    and plant_field.source = gone.source
    and plant_field.source_plant_id = gone.source_plant_id;
