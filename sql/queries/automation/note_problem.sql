-- name: automation/note_problem
-- A trouble that was seen at an instant: a row begins, or goes on. What was over by then does not begin again.
insert into automation.problem as p (kind, subject, message, run_id, details, first_seen_at, last_seen_at, told_at)
select
    %(kind)s::text,
    %(subject)s::text,
    %(message)s,
    %(run_id)s,
    %(details)s,
    %(seen_at)s::timestamptz,
    %(seen_at)s::timestamptz,
    %(told_at)s
where
    not exists (
        select from automation.problem as o
        where o.kind = %(kind)s::text and o.subject = %(subject)s::text and o.over_at >= %(seen_at)s::timestamptz
    )
on conflict (kind, subject) where over_at is null do update
    set
        message = excluded.message,
        run_id = excluded.run_id,
        details = excluded.details,
        last_seen_at = excluded.last_seen_at
    where p.last_seen_at <= excluded.last_seen_at;
