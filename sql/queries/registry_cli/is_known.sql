-- Whether a record of a source is known, as plant or not.
select 1 from registry.plant_alias where source = %(source)s and source_plant_id = %(source_plant_id)s
union all
select 1 from registry.not_a_plant where source = %(source)s and source_plant_id = %(source_plant_id)s
