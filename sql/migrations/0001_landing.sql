-- What was asked, what came back, how each stream ended, and what was rejected.
create schema landing;
create schema quarantine;

create table landing.fetch (
    fetch_id bigint generated always as identity,
    source text not null,
    entity text not null,
    path text not null,
    http_status integer not null,
    fetched_at timestamptz not null,
    object_key text,
    sha256 text,
    byte_count bigint not null,
    record_count integer,
    attempts integer not null,
    run_id text not null,
    primary key (fetch_id, fetched_at)
) partition by range (fetched_at);
comment on table landing.fetch is 'One row per archived response body; path holds no query and no secret.';

create table landing.stream_run (
    run_id text not null,
    source text not null,
    entity text not null,
    state text not null
        check (state in ('complete', 'incomplete', 'failed', 'not_permitted', 'not_configured')),
    expected integer,
    got integer,
    quarantined integer not null default 0,
    failed integer not null default 0,
    retried integer not null default 0,
    seconds double precision not null default 0,
    message text,
    seen_new integer,
    seen_changed integer,
    seen_gone integer,
    finished_at timestamptz not null default now(),
    primary key (run_id, source, entity)
);
create index on landing.stream_run (source, entity, finished_at);
comment on table landing.stream_run is 'Outcome of each stream of each run; a failed stream keeps its last good rows.';

create table landing.source_account (
    source text primary key,
    host text,
    account text,
    first_run_at timestamptz not null default now()
);
comment on table landing.source_account is 'Host and account each source had at its first sync; never a token or key.';

create table landing.run_issue (
    run_id text not null,
    room text not null,
    subject text not null,
    energy_date date,
    severity text not null check (severity in ('failure', 'finding')),
    message text not null,
    recorded_at timestamptz not null default now(),
    primary key (run_id, room, subject, message)
);
comment on table landing.run_issue is 'What a run could not do (failure: exit 1) or noticed (finding), in words.';

create table quarantine.rejected_record (
    rejected_id bigint generated always as identity primary key,
    source text not null,
    entity text not null,
    record_key text,
    column_name text not null,
    check_name text not null,
    value text,
    payload jsonb not null,
    payload_sha256 text not null,
    run_id text not null,
    rejected_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    times_seen integer not null default 1,
    state text not null default 'open' check (state in ('open', 'replayed', 'waived')),
    unique nulls not distinct (source, entity, record_key, column_name, check_name, payload_sha256)
);
comment on table quarantine.rejected_record is 'One row per failed field of a rejected record, payload as received.';
