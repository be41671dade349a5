-- What is measured at the gateways of an energy platform, and energy that is told apart from that of other meters.

create table voke.metric (
    id text primary key,
    plant_id text not null,
    device text not null,
    metric text not null,
    unit text,
    last_seen_at timestamptz not null,
    fetched_at timestamptz not null
);
comment on table voke.metric is 'Series of telemetry, one row each: what a plant or one of its sub-devices has ever sent.';
comment on column voke.metric.id is 'Plant, externalId of the sub-device (or -) and metric, with slashes between.';
comment on column voke.metric.plant_id is 'Plant that sent it.';
comment on column voke.metric.device is 'externalId of the sub-device it is of; -: of the plant itself.';
comment on column voke.metric.metric is 'Name that the device template gives it.';
comment on column voke.metric.unit is 'Unit as stated with the latest value; NULL: not stated.';
comment on column voke.metric.last_seen_at is 'Time of the latest value when it was last asked for.';
comment on column voke.metric.fetched_at is 'When it was last asked for.';

alter table registry.sensor add column energy_method text;
comment on column registry.sensor.energy_method is
    'What energy from it is called, as it is told apart from that of other meters of the plant; NULL: by its kind.';
