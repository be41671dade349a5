-- One entry per real plant, who calls it what, and why we believe so.
create schema registry;

create table registry.plant (
    plant_id uuid primary key,
    plant_code text not null unique,
    name text not null,
    technology text check (technology in ('solar', 'wind', 'storage', 'hybrid', 'other')),
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    commissioned_at date,
    status text not null check (status in ('active', 'retired', 'merged')),
    merged_into uuid references registry.plant (plant_id),
    first_seen_at timestamptz not null,
    updated_at timestamptz not null,
    retired_at timestamptz
);

create table registry.plant_alias (
    source text not null,
    source_plant_id text not null,
    plant_id uuid not null references registry.plant (plant_id),
    source_name text not null,
    method text not null check (method in ('decision', 'external_id', 'name_place', 'new')),
    score double precision,
    is_present boolean not null,
    is_duplicate boolean not null default false,
    absences integer not null default 0,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (source, source_plant_id)
);
create index on registry.plant_alias (plant_id);
comment on column registry.plant_alias.absences is 'Successive complete listings without this record.';
comment on column registry.plant_alias.is_duplicate is
    'A person said that this record repeats another of its source: its capacity and energy do not add up.';

create table registry.not_a_plant (
    source text not null,
    source_plant_id text not null,
    source_name text not null,
    reason text not null,
    primary key (source, source_plant_id)
);

create table registry.plant_field (
    plant_id uuid not null references registry.plant (plant_id),
    field text not null,
    source text not null,
    source_plant_id text not null,
    value text,
    is_selected boolean not null,
    observed_at timestamptz not null,
    primary key (plant_id, field, source, source_plant_id)
);

create table registry.plant_history (
    plant_id uuid not null references registry.plant (plant_id),
    valid_from timestamptz not null,
    valid_to timestamptz,
    recorded_at timestamptz not null,
    plant_code text not null,
    name text not null,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    commissioned_at date,
    status text not null,
    merged_into uuid,
    first_seen_at timestamptz not null,
    updated_at timestamptz not null,
    retired_at timestamptz,
    primary key (plant_id, valid_from)
);

create table registry.plant_history_superseded (
    like registry.plant_history including defaults,
    superseded_at timestamptz not null default now()
);
create index on registry.plant_history_superseded (plant_id, valid_from);

create table registry.match_proposal (
    proposal_id bigint generated always as identity primary key,
    source text not null,
    source_plant_id text not null,
    plant_id uuid not null references registry.plant (plant_id),
    score double precision not null,
    evidence jsonb not null,
    status text not null default 'open' check (status in ('open', 'accepted', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    unique (source, source_plant_id, plant_id)
);

create table registry.decision (
    decision_id bigint generated always as identity primary key,
    action text not null,
    source text,
    source_plant_id text,
    other_source text,
    other_source_plant_id text,
    field text,
    value text,
    valid_from date,
    who text not null,
    why text,
    decided_at timestamptz not null default now(),
    undone_at timestamptz
);

create table registry.equipment (
    equipment_id uuid primary key,
    plant_id uuid not null references registry.plant (plant_id),
    source text not null,
    source_asset_id text not null,
    name text not null,
    equipment_type text not null check (
        equipment_type in ('inverter', 'combiner', 'meter', 'weather_station', 'battery', 'turbine', 'other')
    ),
    parent_equipment_id uuid references registry.equipment (equipment_id) deferrable initially deferred,
    is_present boolean not null,
    unique (source, source_asset_id)
);

create table registry.sensor (
    sensor_id integer generated always as identity primary key,
    equipment_id uuid not null references registry.equipment (equipment_id),
    plant_id uuid not null references registry.plant (plant_id),
    source text not null,
    source_sensor_id text not null,
    name text not null,
    quantity text,
    source_unit text,
    unit text,
    is_cumulative boolean not null,
    sign smallint check (sign in (1, -1)),
    is_main boolean not null,
    resolution interval not null,
    timezone text,
    raptor_sensor_type text,
    is_reference boolean not null default false,
    is_present boolean not null,
    finding text,
    unique (source, source_sensor_id)
);
create index on registry.sensor (plant_id);
comment on column registry.sensor.quantity is 'What is measured; NULL: could not be classified, see finding.';
comment on column registry.sensor.is_reference is 'A value per day computed elsewhere: compared with, never an input.';
comment on column registry.sensor.sign is '+1: positive values are production; -1: positive values are consumption; NULL: not stated.';
