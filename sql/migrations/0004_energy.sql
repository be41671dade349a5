-- Readings in canonical units and the energy of each plant-local day.
create schema energy;

create table energy.reading (
    sensor_id integer not null,
    period_start timestamptz not null,
    value double precision not null,
    primary key (sensor_id, period_start)
) partition by range (period_start);
comment on table energy.reading is
    'Value in the sensor''s canonical unit, labelled with the start of its interval (an instant for instantaneous sensors); the sensor''s sign is not applied.';

create table energy.plant_daily (
    plant_id uuid not null references registry.plant (plant_id),
    energy_date date not null,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    method text check (
        method in (
            'register_difference', 'interval_energy', 'power_integral', 'inverter_sum', 'voke_telemetry', 'voke_sampled'
        )
    ),
    coverage double precision check (coverage between 0 and 1),
    status text not null check (status in ('provisional', 'final', 'restated')),
    null_reason text,
    hours_in_day double precision not null,
    run_id text not null,
    computed_at timestamptz not null,
    data_completeness double precision,
    daylight_completeness double precision,
    flag text,
    primary key (plant_id, energy_date),
    check ((produced_kwh is null) = (null_reason is not null))
);

create table energy.plant_daily_candidate (
    plant_id uuid not null references registry.plant (plant_id),
    energy_date date not null,
    method text not null,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    coverage double precision,
    data_completeness double precision,
    daylight_completeness double precision,
    null_reason text,
    sensor_ids integer[] not null default '{}',
    hours_in_day double precision not null,
    run_id text not null,
    computed_at timestamptz not null,
    primary key (plant_id, energy_date, method)
) partition by range (energy_date);

create table energy.restatement (
    plant_id uuid not null references registry.plant (plant_id),
    energy_date date not null,
    recorded_at timestamptz not null,
    old_value_kwh double precision,
    new_value_kwh double precision,
    old_method text,
    new_method text,
    cause text not null,
    run_id text not null,
    primary key (plant_id, energy_date, recorded_at)
);
