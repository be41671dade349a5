-- name: access/due
-- Statements that give etl_rw what it does not own of the pipeline's schemas, and bi_ro what people may read: results,
-- and how runs ended; nothing received, no rejected payload, no account. None in a database that etl_rw does not own.
with own_schema as (
    select n.oid, n.nspname, n.nspowner
    from pg_catalog.pg_namespace as n
    where n.nspname = any(%(schemas)s)
),

etl as (
    select r.oid
    from pg_catalog.pg_roles as r
    inner join own_schema as s on s.nspowner = r.oid
    where r.rolname = 'etl_rw' and s.nspname = 'landing'
),

statements as (
    select 1 as place, format('alter schema %%I owner to etl_rw', s.nspname) as statement
    from own_schema as s, etl
    where s.nspowner <> etl.oid
    union all
    select
        2, format(
            'alter %%s %%s owner to etl_rw',
            case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, c.oid::regclass
        )
    from pg_catalog.pg_class as c, etl
    where
        c.relkind in ('r', 'p', 'v', 'm') and c.relowner <> etl.oid
        and (
            c.relnamespace in (select s.oid from own_schema as s)
            or c.relnamespace = 'public'::regnamespace and c.relname in (
                '_yoyo_log', '_yoyo_migration', '_yoyo_version', 'yoyo_lock'
            )
        )
    union all
    select 3, format('alter routine %%s owner to etl_rw', p.oid::regprocedure)
    from pg_catalog.pg_proc as p, etl
    where p.proowner <> etl.oid and p.pronamespace in (select s.oid from own_schema as s)
    union all
    select 4, format('grant usage on schema %%I to bi_ro', s.nspname)
    from own_schema as s, etl
    where s.nspname = any(%(readable)s) or s.nspname in ('landing', 'quarantine')
    union all
    select 5, format('grant select on %%s to bi_ro', c.oid::regclass)
    from pg_catalog.pg_class as c
    inner join own_schema as s on s.oid = c.relnamespace
    cross join etl
    where
        c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
        and (
            s.nspname = any(%(readable)s)
            or s.nspname = 'landing' and c.relname in ('heartbeat', 'run_issue', 'stream_run')
        )
    union all
    select
        6, 'grant select (rejected_id, source, entity, record_key, column_name, check_name, run_id, rejected_at, '
        || 'last_seen_at, times_seen, state) on quarantine.rejected_record to bi_ro'
    from etl
)

select statement
from statements
order by place, statement;
