-- name: automation/acknowledge_problems
-- Who knows of some problems that are not over, and what they say.
update automation.problem
set acknowledged_by = %(who)s, acknowledged_why = %(why)s, acknowledged_at = %(now_utc)s
where problem_id = any(%(problem_ids)s::bigint[]) and over_at is null
returning problem_id;

-- name: automation/active_zones
-- The time zones of the active plants, where they have one.
select distinct timezone from registry.plant
where status = 'active' and timezone is not null;

-- name: automation/end_checks
-- Checks that passed again.
update automation.problem set over_at = %(now_utc)s
where over_at is null and kind = %(kind)s and subject = any(%(subjects)s::text[]) and last_seen_at <= %(now_utc)s;

-- name: automation/end_jobs
-- What failed of some jobs is over.
update automation.problem set over_at = %(now_utc)s
where
    over_at is null
    and kind = 'run_failed'
    and last_seen_at <= %(now_utc)s
    and details ->> 'job' = any(%(jobs)s::text[]);

-- name: automation/end_problems
-- Problems of some kinds that are not seen any more, but for those of which nothing is known now.
update automation.problem
set over_at = %(now_utc)s
where
    over_at is null
    and kind = any(%(kinds)s::text[])
    and last_seen_at <= %(now_utc)s
    and not exists (
        select from unnest(%(seen_kinds)s::text[], %(seen_subjects)s::text[]) as s (kind, subject)
        where s.kind = problem.kind and s.subject = problem.subject
    )
    and subject <> all(%(unknown_subjects)s::text[]);

-- name: automation/freshness
-- By plant and source, what should have arrived and what did: silent plants, then some silent sensors, then the others.
select
    plant_code,
    name,
    source,
    expected_date,
    last_date,
    sensors,
    heard_sensors,
    silent_sensors,
    is_silent
from automation.freshness
where silent_sensors > 0 or %(include_fresh)s
order by is_silent desc, silent_sensors = 0, plant_code, source;

-- name: automation/has_active_plants
-- Whether the registry knows any plant in service.
select count(*) > 0 from registry.plant
where status = 'active';

-- name: automation/mark_over_told
-- The webhook took the message that these are over.
update automation.problem set over_told_at = %(now_utc)s
where problem_id = any(%(problem_ids)s::bigint[]);

-- name: automation/mark_told
-- The webhook took the message that these began.
update automation.problem set told_at = %(now_utc)s
where problem_id = any(%(problem_ids)s::bigint[]);

-- name: automation/night_succeeded
-- When a night last ended well, and whether that of all plants is known to fail; where none ever did, when the first
-- sync was; NULL: there was none.
select
    coalesce(
        (
            select succeeded_at from landing.heartbeat
            where job = 'nightly_sync'
        ),
        (select min(first_run_at) from landing.source_account)
    ) as since,
    exists(
        select from landing.heartbeat
        where job = 'nightly_sync'
    ) as has_succeeded,
    exists(
        select from automation.problem
        where over_at is null and kind = 'run_failed' and subject = 'nightly_sync'
    ) as is_known_to_fail,
    array(
        select kind from automation.problem
        where over_at is null and kind in ('nightly_overdue', 'missed_days')
    ) as open_kinds;

-- name: automation/partitioned_tables
-- Tables that are partitioned, which all are by month.
select n.nspname || '.' || c.relname as table_name
from pg_catalog.pg_partitioned_table as p
inner join pg_catalog.pg_class as c on c.oid = p.partrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by table_name;

-- name: automation/plant_codes
-- The codes of the active plants.
select
    plant_id,
    plant_code
from registry.plant
where status = 'active';

-- name: automation/problems
-- Problems, those that are not over first, then the newest; `include_over`: also those that are.
select
    problem_id,
    kind,
    subject,
    message,
    first_seen_at as since,
    last_seen_at,
    over_at,
    acknowledged_by,
    acknowledged_why,
    acknowledged_at,
    told_at,
    run_id,
    details
from automation.problem
where over_at is null or %(include_over)s
order by over_at is not null, first_seen_at desc, problem_id desc;

-- name: automation/settle_over
-- Without a webhook nobody is told of what is over, then or later.
update automation.problem set over_told_at = over_at
where over_told_at is null and over_at is not null;

-- name: automation/silent_subjects
-- What is told as silent now.
select subject from automation.problem
where over_at is null and kind in ('plant_silent', 'sensors_silent');

-- name: automation/sources_read
-- Sources of which sensors could be read the last time they were asked, with the plants of which some could not.
select
    s.source,
    array(
        select i.subject from landing.run_issue as i
        where i.run_id = o.run_id and i.stage = %(stage)s and i.severity = 'failure'
    ) as unread_plants
from (
    select distinct source from registry.sensor
) as s
cross join
    lateral (
        select
            r.state,
            r.run_id
        from landing.stream_run as r
        where r.source = s.source and r.entity = %(entity)s and r.run_id <> all(%(under_way)s::text[])
        order by r.finished_at desc
        limit 1
    ) as o
where o.state in ('complete', 'incomplete');

-- name: automation/undelivered_days
-- Days that were built to be sent, and the receiver has not accepted.
select observation_date
from raptor_maps.undelivered
where status <> 'changed'
order by observation_date;

-- name: automation/untold_problems
-- Problems of which the webhook has not taken the message that they began, or that they are over; oldest first.
select
    problem_id,
    kind,
    subject,
    message,
    run_id,
    first_seen_at,
    over_at,
    told_at is null and acknowledged_at is null as is_begin_untold
from automation.problem
where
    (told_at is null and acknowledged_at is null and over_told_at is null)
    or (over_told_at is null and over_at is not null)
order by problem_id
limit 1000;
