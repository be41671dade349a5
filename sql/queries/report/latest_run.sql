-- The run that wrote last, and when its last stream ended.
select run_id, finished_at
from landing.stream_run
order by finished_at desc, run_id
limit 1
