-- The documented entities of each source, typed. Units stay the source's own here.
create schema ravenwits;
create schema voke;
create schema flexmeasures;

create table ravenwits.plant (
    id text primary key,
    name text not null,
    lat double precision not null,
    lon double precision not null,
    installed_capacity_mw double precision not null,
    nominal_capacity_mw double precision not null,
    area text not null,
    technology_type text not null,
    last_training_cnn_at text,
    last_training_trees_at text,
    agrupation text,
    customer_display_name text,
    timezone text,
    created_at timestamptz,
    updated_at timestamptz,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table ravenwits.forecast (
    plant_name text not null,
    period_end timestamptz not null,
    retrieved_at timestamptz not null,
    source_plant_id text,
    energy_kwh double precision not null,
    primary key (plant_name, period_end, retrieved_at)
) partition by range (period_end);

create table ravenwits.unavailability (
    id text primary key,
    plant_id text not null,
    start_time_utc timestamptz not null,
    end_time_utc timestamptz not null,
    available_power_mw double precision not null,
    availability_type text not null,
    observations text,
    source_unit text,
    source_value double precision,
    timezone_source text,
    created_at timestamptz,
    updated_at timestamptz,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table voke.plant (
    id text primary key,
    name text not null,
    serial_number text not null,
    type text not null,
    status text,
    lifecycle_status text,
    auth_method text,
    organization_id text,
    template_id text,
    template jsonb,
    metadata jsonb,
    activated_at timestamptz,
    last_seen_at timestamptz,
    last_auth_failure_at timestamptz,
    secret_rotated_at timestamptz,
    certificate_expires_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    auth_failure_count integer,
    certificate_fingerprint text,
    certificate_serial_number text,
    latitude double precision,
    longitude double precision,
    capacity_kwh double precision,
    fve_peak_power_kwp double precision,
    plant_with_load boolean,
    config_enabled boolean,
    esi_state text,
    external_plant_id text,
    description text,
    tag text,
    plant_groups jsonb,
    alerts jsonb,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table voke.plant_status_sample (
    plant_id text not null,
    sampled_at timestamptz not null,
    status text,
    last_seen_at timestamptz,
    primary key (plant_id, sampled_at)
) partition by range (sampled_at);

create table voke.alert (
    id text primary key,
    plant_id text not null,
    type text,
    severity text,
    status text,
    message text,
    created_at timestamptz,
    updated_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at timestamptz,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table voke.command (
    id text primary key,
    cmd_id text,
    plant_id text not null,
    command text,
    payload jsonb,
    response jsonb,
    response_status text,
    sent_at timestamptz,
    acked_at timestamptz,
    created_at timestamptz,
    fetched_at timestamptz not null
);

create table voke.sub_device (
    id text primary key,
    plant_id text not null,
    organization_id text,
    external_id text,
    name text,
    serial_number text,
    type text not null,
    status text,
    template_id text,
    metadata jsonb,
    last_seen_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table voke.certificate_stats (
    fetched_at timestamptz primary key,
    active integer not null,
    expired integer not null,
    expiring_soon integer not null,
    revoked integer not null,
    next_renewal_at timestamptz,
    at_risk_plants jsonb not null
);

create table voke.energy_sample (
    plant_id text not null,
    sampled_at timestamptz not null,
    energy_date date not null,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    self_consumption_pct double precision,
    primary key (plant_id, sampled_at)
) partition by range (sampled_at);

create table flexmeasures.asset_type (
    id bigint primary key,
    name text not null,
    description text,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table flexmeasures.asset (
    id bigint primary key,
    name text not null,
    account_id bigint,
    owner jsonb,
    latitude double precision,
    longitude double precision,
    generic_asset_type_id bigint,
    generic_asset_type jsonb,
    parent_asset_id bigint,
    child_assets jsonb,
    sensors jsonb,
    attributes jsonb,
    flex_context jsonb,
    flex_model jsonb,
    sensors_to_show jsonb,
    sensors_to_show_as_kpis jsonb,
    external_id text,
    description text,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table flexmeasures.sensor (
    id bigint primary key,
    name text not null,
    unit text,
    timezone text,
    event_resolution interval not null,
    generic_asset_id bigint not null,
    attributes jsonb,
    entity_address text,
    fetched_at timestamptz not null,
    is_present boolean not null
);

create table flexmeasures.kpi (
    asset_id bigint not null,
    kpi_date date not null,
    sensor_id bigint not null,
    title text not null,
    downsample_function text not null,
    unit text,
    value double precision,
    fetched_at timestamptz not null,
    primary key (asset_id, kpi_date, sensor_id, title, downsample_function)
);
comment on table flexmeasures.kpi is 'The server''s own daily KPIs, for reference only: it answers 0 where it has no data.';
