-- name: landing/advisory_locks
-- The numbers of the advisory locks that are held in this database.
select (classid::bigint << 32) | objid::bigint
from pg_locks
where
    locktype = 'advisory'
    and objsubid = 1
    and granted
    and database = (
        select oid from pg_database
        where datname = current_database()
    );

-- name: landing/create_budget
-- The row that a budget is kept in, if there is none yet.
insert into landing.source_budget (source, budget, changed_at)
values (%(source)s, '{}', %(changed_at)s)
on conflict (source) do nothing;

-- name: landing/database_now
-- The clock of the database, to be compared with this machine's.
select now();

-- name: landing/delete_issues
-- Forgets what a run could not do or noticed about some subjects of a stage, before they are done again.
delete from landing.run_issue
where run_id = %(run_id)s and stage = %(stage)s and subject = any(%(subjects)s);

-- name: landing/fetch_by_id
-- One answer.
select *
from landing."fetch"
where fetch_id = %(fetch_id)s;

-- name: landing/fetches
-- What was received on some UTC days, in order.
select
    fetch_id, fetched_at, source, entity, path, query, http_status, record_count, byte_count, attempts, run_id,
    object_key, byte_offset, byte_length, sha256
from landing."fetch"
where fetched_at >= %(first)s::date and fetched_at < %(last)s::date + 1 and object_key is not null
order by fetched_at, fetch_id;

-- name: landing/fetches_by_object
-- What was received and stored, those of an object together, in the order of the bytes of its key.
select object_key, byte_offset, byte_length, sha256, byte_count
from landing."fetch"
where object_key is not null
order by object_key collate "C";

-- name: landing/fetches_known
-- Which of some objects of the archive the ledger knows.
select distinct object_key
from landing."fetch"
where object_key = any(%(object_keys)s) and fetched_at >= %(since)s and fetched_at <= %(until)s;

-- name: landing/forget_account
-- Forgets host and account of a source.
delete from landing.source_account
where source = %(source)s;

-- name: landing/forget_fetches
-- Forgets what was received before a UTC day.
delete from landing."fetch"
where fetched_at < %(first_kept)s::date;

-- name: landing/is_created
-- Whether the warehouse has tables to read.
select to_regclass('landing.stream_run') is not null;

-- name: landing/is_newer
-- Whether a night, or a sync, has ended after an instant.
select exists(
    select from landing.stream_run
    where finished_at > %(instant)s and not is_between_nights
);

-- name: landing/issues_of_run
-- Issues of one run, failures first.
select stage, subject, message, severity, energy_date
from landing.run_issue
where run_id = %(run_id)s
order by severity, stage, subject, energy_date, message;

-- name: landing/known_budget
-- What refusals and answers of a source have told of its limit; no row if it was never asked.
select
    paused_until,
    60 * limit_calls / limit_window_s as calls_per_minute,
    coalesce((budget ->> 'is_silent')::boolean, false) as is_silent
from landing.source_budget
where source = %(source)s;

-- name: landing/learned_limit
-- How many calls a minute the refusals of a source have left of late; no row where none are known.
select 60 * limit_calls / limit_window_s as calls_per_minute
from landing.source_budget
where source = %(source)s and limit_calls is not null;

-- name: landing/note_removed
-- Notes that nothing of a kind is kept of dates before one; a later one noted before stays.
insert into landing.removed as r (kind, before_date, removed_at)
values (%(kind)s, %(before_date)s, %(now_utc)s)
on conflict (kind) do update
    set
        before_date = greatest(r.before_date, excluded.before_date),
        removed_at = excluded.removed_at
returning before_date;

-- name: landing/outcomes_of_run
-- Outcomes of one run.
select
    source, entity, state, expected, got, quarantined, failed, retried, seconds, message,
    seen_new, seen_changed, seen_gone, is_transient, tries, is_between_nights
from landing.stream_run
where run_id = %(run_id)s
order by source, entity;

-- name: landing/partitions
-- Names of the partitions of one table.
select c.relname
from pg_inherits as i
inner join pg_class as c on c.oid = i.inhrelid
inner join pg_class as parent on parent.oid = i.inhparent
inner join pg_namespace as n on n.oid = parent.relnamespace
where n.nspname = %(schema)s and parent.relname = %(name)s
order by c.relname;

-- name: landing/removed_before
-- The latest date before which something of some kinds is no longer kept; NULL if all is.
select max(before_date) from landing.removed
where kind = any(%(kinds)s);

-- name: landing/retired_by_people
-- Ids of a source whose plant a person has retired: their absence alarms nobody.
select a.source_plant_id
from registry.plant_alias as a
inner join registry.plant_alias as any_alias using (plant_id)
inner join registry.decision as d
    on d.source = any_alias.source and d.source_plant_id = any_alias.source_plant_id
where a.source = %(source)s and d.action = 'retire' and d.undone_at is null;

-- name: landing/source_account
-- Host and account a source had at its first sync.
select host, account from landing.source_account
where source = %(source)s;

-- name: landing/source_budget
-- What is remembered of the calls of a source; nobody else changes it until the transaction ends.
select budget from landing.source_budget
where source = %(source)s
for update;

-- name: landing/streams_to_measure
-- How the streams of a run ended, with the answers of each that were kept, those of 429 and the calls made again.
select
    s.source,
    s.entity,
    s.state,
    coalesce(s.got, 0) as rows,
    s.retried as retries,
    s.seconds,
    s.message,
    s.finished_at,
    coalesce(f.calls, 0) as calls,
    coalesce(f.refusals, 0) as refusals
from landing.stream_run as s
left join (
    select
        source,
        entity,
        sum(coalesce(answer_count, 1))::integer as calls,
        count(*) filter (where http_status = 429)::integer as refusals
    from landing."fetch"
    where run_id = %(run_id)s and fetched_at >= %(began_at)s
    group by source, entity
) as f using (source, entity)
where s.run_id = %(run_id)s and s.state <> 'not_configured'
order by s.finished_at, s.source, s.entity;

-- name: landing/write_account
-- Remembers host and account of a source.
insert into landing.source_account (source, host, account, first_run_at)
values (%(source)s, %(host)s, %(account)s, %(first_run_at)s)
on conflict (
    source) do update set host = excluded.host, account = excluded.account
where (landing.source_account.host, landing.source_account.account) is distinct from (
    excluded.host, excluded.account
);

-- name: landing/write_budget
-- Writes what is remembered of the calls of a source.
update landing.source_budget
set
    budget = %(budget)s,
    paused_until = %(paused_until)s,
    limit_calls = %(limit_calls)s,
    limit_window_s = %(limit_window_s)s,
    changed_at = %(changed_at)s
where source = %(source)s;

-- name: landing/write_heartbeat
-- Notes a run of a job that ended well, unless the one noted before was for a later day; a job may have no days.
insert into landing.heartbeat as h (job, succeeded_at, run_id, dates)
values (%(job)s, %(succeeded_at)s, %(run_id)s, %(dates)s::date[])
on conflict (job) do update set
    succeeded_at = excluded.succeeded_at,
    run_id = excluded.run_id,
    dates = excluded.dates
where coalesce(excluded.dates[cardinality(excluded.dates)] >= h.dates[cardinality(h.dates)], true);

-- name: landing/write_issue
-- Notes what a run could not do or noticed.
insert into landing.run_issue (run_id, stage, subject, energy_date, severity, message)
values (%(run_id)s, %(stage)s, %(subject)s, %(energy_date)s, %(severity)s, %(message)s)
on conflict (run_id, stage, subject, message) do nothing;
