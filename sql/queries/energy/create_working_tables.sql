-- What one date's computation works on, from plants to rows; gone at the end of the transaction.
drop table if exists
    pg_temp.energy_day, pg_temp.energy_series, pg_temp.energy_span, pg_temp.energy_measured, pg_temp.energy_known,
    pg_temp.energy_member, pg_temp.energy_common, pg_temp.energy_candidate, pg_temp.energy_exchange,
    pg_temp.energy_finding, pg_temp.energy_result;

create temp table energy_day (
    plant_id uuid primary key,
    plant_code text not null,
    technology text,
    capacity_kw double precision, -- nominal AC, or DC where only that is known
    latitude double precision,
    longitude double precision,
    is_over boolean not null,
    start_utc timestamptz, -- NULL: the zone is not known
    end_utc timestamptz,
    hours double precision not null,
    daylight tstzmultirange, -- NULL: the place is not known, or daylight does not matter
    bright_from_utc timestamptz, -- the longest stretch of daylight, or the whole day
    bright_until_utc timestamptz
) on commit drop;

create temp table energy_series (
    sensor_id integer primary key,
    plant_id uuid not null,
    equipment_id uuid not null,
    equipment_type text not null,
    equipment_name text not null,
    position bigint not null, -- in the order of the devices' ids at their source
    quantity text not null,
    kind text not null, -- register, interval, instant
    method text, -- NULL: no production
    is_main boolean not null,
    is_check boolean not null,
    is_present boolean not null,
    sign smallint,
    step interval not null, -- from one reading to the next; 0 until observed
    wh_per_unit_s double precision not null, -- Wh that a value of 1 gives in a second
    highest_rise_wh double precision not null, -- a larger one from one reading to the next needs a closer look
    start_utc timestamptz not null,
    end_utc timestamptz not null,
    bright_from_utc timestamptz not null,
    bright_until_utc timestamptz not null,
    step_s double precision not null generated always as (date_part('epoch', step)) stored,
    longest_step interval not null generated always as (1.5 * step) stored,
    reach interval not null generated always as (greatest(1.5 * step, interval '1 hour')) stored
) on commit drop;

create temp table energy_span (
    sensor_id integer not null,
    start_utc timestamptz not null,
    end_utc timestamptz not null
) on commit drop;

create temp table energy_measured (
    sensor_id integer not null,
    readings bigint not null,
    first_utc timestamptz,
    forward_wh double precision,
    reverse_wh double precision,
    bright_wh double precision,
    gaps tstzmultirange, -- without valid data, within the span
    suspects timestamptz[], -- readings below the one before, or too far above it
    is_unexplained boolean not null default false,
    before_start_utc timestamptz,
    before_start_wh double precision,
    after_start_utc timestamptz,
    after_start_wh double precision,
    before_end_utc timestamptz,
    before_end_wh double precision,
    after_end_utc timestamptz,
    after_end_wh double precision
) on commit drop;

create temp table energy_known (
    sensor_id integer primary key,
    readings bigint not null,
    forward_kwh double precision, -- in the direction of the quantity; exactly one of this and null_reason is NULL
    reverse_kwh double precision,
    bright_wh double precision not null, -- forward less reverse by daylight, if the sign is not stated
    coverage double precision not null, -- share of the day whose energy is known
    data_completeness double precision not null,
    daylight_completeness double precision,
    completeness double precision not null, -- what the thresholds are compared with
    null_reason text,
    start_wh double precision, -- a register at both ends of the day, counted on over falls
    end_wh double precision
) on commit drop;

create temp table energy_member (
    plant_id uuid not null,
    sensor_id integer not null
) on commit drop;

create temp table energy_common (
    plant_id uuid primary key,
    coverage double precision not null,
    daylight_completeness double precision
) on commit drop;

create temp table energy_candidate (
    plant_id uuid not null,
    method text not null,
    produced_kwh double precision,
    reverse_kwh double precision,
    coverage double precision not null,
    data_completeness double precision not null,
    daylight_completeness double precision,
    completeness double precision not null,
    null_reason text,
    sensor_ids integer[] not null
) on commit drop;

create temp table energy_exchange (
    plant_id uuid primary key,
    imported_kwh double precision,
    exported_kwh double precision
) on commit drop;

create temp table energy_finding (
    plant_id uuid not null,
    kind text not null,
    detail text not null
) on commit drop;

create temp table energy_result (like energy.plant_daily including defaults) on commit drop
