-- name: kpi/create_computed
-- Where the day's rows are staged before they are compared with what is stored.
drop table if exists pg_temp.kpi_computed;

create temporary table kpi_computed (
    plant_id uuid not null,
    kpi text not null,
    value double precision,
    unit text not null,
    numerator double precision,
    denominator double precision,
    coverage double precision,
    null_reason text,
    method text,
    formula_version integer not null
) on commit drop;
