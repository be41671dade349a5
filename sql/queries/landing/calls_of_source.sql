-- name: landing/calls_of_source
-- Calls of a source since an instant: the most of one night, and those of the last day that no night made.
with run as (
    select
        run_id,
        bool_and(is_between_nights) as is_between
    from landing.stream_run
    where source = %(source)s and finished_at >= %(since)s
    group by run_id
),

call as (
    select
        run_id,
        sum(coalesce(answer_count, 1)) as calls,
        sum(coalesce(answer_count, 1)) filter (where fetched_at >= %(day_ago)s) as calls_of_day
    from landing."fetch"
    where source = %(source)s and fetched_at >= %(since)s
    group by run_id
)

select
    coalesce(max(call.calls) filter (where not run.is_between), 0) as calls_a_night,
    coalesce(sum(call.calls_of_day) filter (where run.is_between), 0) as calls_between
from run
inner join call using (run_id);
