-- When each job last ended well, for a monitor outside: a night that never began tells nobody by itself.

create table landing.heartbeat (
    job text primary key,
    succeeded_at timestamptz not null,
    run_id text not null,
    dates date [] not null
);
comment on table landing.heartbeat is
'The last run of a job over all plants that ended well; a run over days before those of the last one is not noted.';
comment on column landing.heartbeat.job is 'Name of the job: nightly_sync.';
comment on column landing.heartbeat.succeeded_at is 'When that run ended.';
comment on column landing.heartbeat.run_id is 'Run.';
comment on column landing.heartbeat.dates is 'The plant-local dates it was for, in order.';
