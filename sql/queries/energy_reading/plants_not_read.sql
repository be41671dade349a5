-- Plants some of whose sensors could not be read in a run.
select p.plant_id
from landing.run_issue as i
inner join registry.plant as p on p.plant_code = i.subject
where i.run_id = %(run_id)s and i.room = %(room)s
