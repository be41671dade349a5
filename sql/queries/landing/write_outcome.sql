-- name: landing/write_outcome
-- Writes the outcome of one stream of one run.
insert into landing.stream_run (
    run_id, source, entity, state, expected, got, quarantined, failed, retried, seconds, message,
    seen_new, seen_changed, seen_gone, is_transient, tries, is_between_nights, finished_at
) values (
    %(run_id)s, %(source)s, %(entity)s, %(state)s, %(expected)s, %(got)s, %(quarantined)s, %(failed)s, %(retried)s,
    %(seconds)s, %(message)s, %(seen_new)s, %(seen_changed)s, %(seen_gone)s,
    %(is_transient)s, %(tries)s, %(is_between_nights)s, %(finished_at)s
)
on conflict (run_id, source, entity) do update set
    state = excluded.state,
    expected = excluded.expected,
    got = excluded.got,
    quarantined = excluded.quarantined,
    failed = excluded.failed,
    retried = excluded.retried,
    seconds = excluded.seconds,
    message = excluded.message,
    seen_new = excluded.seen_new,
    seen_changed = excluded.seen_changed,
    seen_gone = excluded.seen_gone,
    is_transient = excluded.is_transient,
    tries = excluded.tries,
    is_between_nights = excluded.is_between_nights,
    finished_at = excluded.finished_at;
