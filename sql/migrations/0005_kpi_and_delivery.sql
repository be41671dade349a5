-- KPIs of each plant-local day, and what was sent to Raptor Maps.
create schema kpi;
create schema raptor_maps;

create table kpi.plant_daily (
    plant_id uuid not null references registry.plant (plant_id),
    kpi_date date not null,
    kpi text not null,
    value double precision,
    unit text not null,
    numerator double precision,
    denominator double precision,
    coverage double precision,
    null_reason text,
    method text,
    formula_version integer not null,
    run_id text not null,
    computed_at timestamptz not null,
    primary key (plant_id, kpi_date, kpi),
    check ((value is null) = (null_reason is not null))
) partition by range (kpi_date);

create table kpi.portfolio_daily (
    group_code text not null,
    kpi_date date not null,
    kpi text not null,
    value double precision,
    unit text not null,
    numerator double precision,
    denominator double precision,
    plants integer not null,
    capacity_share double precision,
    null_reason text,
    primary key (group_code, kpi_date, kpi)
);

create view kpi.plant_daily_wide as
select
    d.plant_id,
    p.plant_code,
    p.name,
    d.kpi_date,
    max(d.value) filter (where d.kpi = 'energy_kwh') as energy_kwh,
    max(d.value) filter (where d.kpi = 'specific_yield') as specific_yield,
    max(d.value) filter (where d.kpi = 'yield_ac') as yield_ac,
    max(d.value) filter (where d.kpi = 'reference_yield') as reference_yield,
    max(d.value) filter (where d.kpi = 'ref_yield_ghi') as ref_yield_ghi,
    max(d.value) filter (where d.kpi = 'performance_ratio') as performance_ratio,
    max(d.value) filter (where d.kpi = 'capacity_factor') as capacity_factor,
    max(d.value) filter (where d.kpi = 'full_load_hours') as full_load_hours,
    max(d.value) filter (where d.kpi = 'peak_power_kw') as peak_power_kw,
    max(d.value) filter (where d.kpi = 'data_completeness') as data_completeness,
    max(d.value) filter (where d.kpi = 'daylight_completeness') as daylight_completeness,
    max(d.value) filter (where d.kpi = 'self_consumption') as self_consumption,
    max(d.value) filter (where d.kpi = 'self_sufficiency') as self_sufficiency
from kpi.plant_daily as d
inner join registry.plant as p using (plant_id)
group by d.plant_id, p.plant_code, p.name, d.kpi_date;

create view kpi.plant_monthly as
with day as (
    select
        d.plant_id,
        date_trunc('month', d.kpi_date)::date as month_date,
        d.kpi,
        d.unit,
        d.coverage,
        d.value is not null and (
            e.status <> 'provisional'
            or d.kpi in ('reference_yield', 'ref_yield_ghi', 'data_completeness', 'daylight_completeness')
        ) as is_counted,
        d.value,
        d.numerator,
        d.denominator
    from kpi.plant_daily as d
    inner join energy.plant_daily as e on e.plant_id = d.plant_id and e.energy_date = d.kpi_date
)

select
    plant_id,
    month_date,
    kpi,
    unit,
    case
        when kpi in ('energy_kwh', 'specific_yield', 'yield_ac', 'reference_yield', 'ref_yield_ghi', 'full_load_hours')
            then sum(value) filter (where is_counted)
        when kpi = 'peak_power_kw' then max(value) filter (where is_counted)
        when sum(denominator) filter (where is_counted) > 0
            then sum(numerator) filter (where is_counted) / sum(denominator) filter (where is_counted)
    end as value,
    count(*) filter (where is_counted) as days_with_value,
    count(*) as days,
    count(*) filter (where is_counted) >= 0.9 * date_part('day', month_date + interval '1 month - 1 day') as is_final,
    avg(coverage) as coverage
from day
group by plant_id, month_date, kpi, unit;
comment on view kpi.plant_monthly is
    'Sums, peaks, and ratios of sums over the days that count: known and not provisional. Final: nine days in ten count.';

create table raptor_maps.delivery (
    delivery_id bigint generated always as identity primary key,
    observation_date date not null,
    part integer not null,
    file_name text not null,
    sha256 text not null,
    byte_count bigint not null,
    row_count bigint not null,
    status text not null check (status in ('built', 'uploaded', 'failed')),
    http_status integer,
    url_host text,
    uploaded_at timestamptz,
    run_id text not null,
    object_key text,
    parts integer not null,
    unique (observation_date, part, sha256)
);
