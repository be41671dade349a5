-- name: report/open_problems
-- What is broken now, what nobody has acknowledged first, the oldest first.
select
    problem_id,
    kind,
    subject,
    message,
    since,
    acknowledged_by
from automation.broken_now
order by acknowledged_by is not null, since, problem_id;
