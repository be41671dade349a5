-- How many plant days a run restated.
select count(*) from energy.restatement where run_id = %(run_id)s
