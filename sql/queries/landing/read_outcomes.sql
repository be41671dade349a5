-- Outcomes of one run.
select
    source, entity, state, expected, got, quarantined, failed, retried, seconds, message,
    seen_new, seen_changed, seen_gone
from landing.stream_run
where run_id = %(run_id)s
order by source, entity
