-- What a FlexMeasures server tells of its own work.

create table flexmeasures.audit_event (
    asset_id bigint not null,
    event_at timestamptz not null,
    event text not null,
    active_user_name text,
    active_user_id bigint,
    primary key (asset_id, event_at, event)
);
comment on table flexmeasures.audit_event is 'What was done to the assets of plants on the server.';
comment on column flexmeasures.audit_event.asset_id is 'Asset whose history it is part of.';
comment on column flexmeasures.audit_event.event_at is 'When it was done, UTC.';
comment on column flexmeasures.audit_event.event is 'What was done, in the words of the server.';
comment on column flexmeasures.audit_event.active_user_name is 'Name of the user who did it; NULL: not told.';
comment on column flexmeasures.audit_event.active_user_id is 'Id of that user; NULL: not told.';

create table flexmeasures.job (
    job_id text primary key,
    asset_id bigint not null,
    queue text,
    entity_kind text,
    entity_id bigint,
    entity text,
    status text,
    err text,
    enqueued_at timestamptz,
    metadata_hash text,
    fetched_at timestamptz not null
);
comment on table flexmeasures.job is 'Jobs of the assets of plants, as the server last told of them; it forgets them within days.';
comment on column flexmeasures.job.job_id is 'Id of the job in its queue.';
comment on column flexmeasures.job.asset_id is 'Asset whose jobs were asked for.';
comment on column flexmeasures.job.queue is 'Queue it is in, such as scheduling or forecasting.';
comment on column flexmeasures.job.entity_kind is 'asset or sensor: what it is for.';
comment on column flexmeasures.job.entity_id is 'Id of that asset or sensor; NULL: not told.';
comment on column flexmeasures.job.entity is 'Kind, name and id of it, as newer servers say.';
comment on column flexmeasures.job.status is 'Such as queued, started, finished or failed.';
comment on column flexmeasures.job.err is 'Why it failed; NULL: it did not.';
comment on column flexmeasures.job.enqueued_at is 'When it was put into the queue, UTC.';
comment on column flexmeasures.job.metadata_hash is 'Hash of what it was given.';
comment on column flexmeasures.job.fetched_at is 'When it was last told of, UTC.';

create table flexmeasures.sensor_status (
    sensor_id bigint not null,
    source_type text not null,
    is_stale boolean,
    staleness interval,
    staleness_since timestamptz,
    reason text,
    resolution interval,
    name text,
    asset_name text,
    relation text,
    fetched_at timestamptz not null,
    primary key (sensor_id, source_type)
);
comment on table flexmeasures.sensor_status is
'Whether the server misses data, of the sensors of plants whose latest day was not known whole when it was asked.';
comment on column flexmeasures.sensor_status.sensor_id is 'Id of the sensor at the server.';
comment on column flexmeasures.sensor_status.source_type is 'Kind of data source that was looked at; empty: not told.';
comment on column flexmeasures.sensor_status.is_stale is 'Whether the server misses data.';
comment on column flexmeasures.sensor_status.staleness is 'How old the latest data were then.';
comment on column flexmeasures.sensor_status.staleness_since is 'Since when data are missing, UTC.';
comment on column flexmeasures.sensor_status.reason is 'Why it is stale, or not, in the words of the server.';
comment on column flexmeasures.sensor_status.resolution is 'Resolution of the sensor.';
comment on column flexmeasures.sensor_status.name is 'Name of the sensor.';
comment on column flexmeasures.sensor_status.asset_name is 'Name of its asset.';
comment on column flexmeasures.sensor_status.relation is 'How sensor and asset belong together, in the words of the server.';
comment on column flexmeasures.sensor_status.fetched_at is 'When the server said so, UTC.';
