-- name: ravenwits/create_forecast_now
-- A place for the forecast retrieved now.
drop table if exists pg_temp.forecast_now;

create temp table forecast_now (
    plant_name text not null,
    period_end timestamptz not null,
    energy_kwh double precision not null
) on commit drop;
