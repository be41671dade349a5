-- Ids of a source whose plant a person has retired: their absence alarms nobody.
select a.source_plant_id
from registry.plant_alias as a
inner join registry.plant_alias as any_alias using (plant_id)
inner join registry.decision as d
    on d.source = any_alias.source and d.source_plant_id = any_alias.source_plant_id
where a.source = %(source)s and d.action = 'retire' and d.undone_at is null
