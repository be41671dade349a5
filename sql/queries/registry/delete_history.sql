-- Delete versions that a revision took back.
delete from registry.plant_history
using unnest(%(plant_ids)s::uuid[], %(valid_froms)s::timestamptz[]) as gone (plant_id, valid_from)
where plant_history.plant_id = gone.plant_id and plant_history.valid_from = gone.valid_from
