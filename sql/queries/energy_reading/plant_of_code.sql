-- The plant of a code.
select plant_id from registry.plant where plant_code = %(plant_code)s
