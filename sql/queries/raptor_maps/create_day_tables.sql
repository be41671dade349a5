-- name: raptor_maps/create_day_tables
-- Tables of one build: each plant's window, and each sensor with all that its rows have in common.
create temporary table raptor_day_window (
    plant_id uuid not null,
    start_utc timestamptz not null,
    end_utc timestamptz not null,
    zone text not null
) on commit drop;

create temporary table raptor_day_sensor (
    ordinal bigint not null,
    sensor_id integer not null,
    start_utc timestamptz not null,
    end_utc timestamptz not null,
    zone text not null,
    sign double precision not null,
    is_register boolean not null,
    is_quarter_hourly boolean not null,
    prefix bytea not null,
    content_key bytea not null,
    lacking text,
    left_out text
) on commit drop;
