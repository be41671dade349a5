-- name: energy/create_working_tables
-- The series of one day, the spans to measure them over, and what was measured; gone at the end of the transaction.
drop table if exists pg_temp.energy_series, pg_temp.energy_span, pg_temp.energy_measured;

create temp table energy_series (
    sensor_id integer not null,
    plant_id uuid not null,
    kind text not null, -- register, interval, instant
    step interval not null, -- from one reading to the next; 0 until observed
    sign smallint,
    wh_per_unit_s double precision, -- Wh that a value of 1 gives in a second
    highest_rise_wh double precision, -- a larger one from one reading to the next needs a closer look
    start_utc timestamptz not null,
    end_utc timestamptz not null,
    daylight tstzmultirange, -- NULL: the place is not known, or daylight does not matter
    bright_from_utc timestamptz, -- readings that tell which sign production has: of the longest stretch of daylight
    bright_until_utc timestamptz,
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
    before_start_utc timestamptz,
    before_start_wh double precision,
    after_start_utc timestamptz,
    after_start_wh double precision,
    before_end_utc timestamptz,
    before_end_wh double precision,
    after_end_utc timestamptz,
    after_end_wh double precision
) on commit drop;
