-- name: automation/end_run_problems
-- A run ended well: over is what failed of the same job and plant, or of a job that a night over all plants does too;
-- not where a later date failed than this run was for.
update automation.problem
set over_at = %(now_utc)s
where
    over_at is null
    and kind = 'run_failed'
    and last_seen_at <= %(now_utc)s
    and (subject = %(subject)s or details ->> 'job' = any(%(covered_jobs)s::text[]))
    and coalesce((details ->> 'last_date')::date <= %(last_date)s::date, true);
