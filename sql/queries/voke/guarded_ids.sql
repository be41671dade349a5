-- Ids of the plants now present; their devices are not counted.
select id from voke.plant where is_present
