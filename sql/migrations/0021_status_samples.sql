-- The connection of plants, of every source in one shape, and the KPI that rests on it.

comment on table voke.plant_status_sample is 'Connection of each plant at points in time.';

create view registry.status_sample as
select
    a.plant_id,
    a.source,
    a.source_plant_id,
    s.sampled_at,
    upper(s.status) = 'ONLINE' as is_connected
from voke.plant_status_sample as s
inner join registry.plant_alias as a on a.source = 'voke' and a.source_plant_id = s.plant_id
where not a.is_duplicate;
comment on view registry.status_sample is 'Whether a plant was connected at the times it was asked for, of every source.';
comment on column registry.status_sample.plant_id is 'Plant.';
comment on column registry.status_sample.source is 'System that was asked.';
comment on column registry.status_sample.source_plant_id is 'Id at the source of the record that was asked for.';
comment on column registry.status_sample.sampled_at is 'When it was asked.';
comment on column registry.status_sample.is_connected is 'Whether the source was in touch with it; NULL: not stated.';

create or replace view kpi.plant_daily_wide as
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
    max(d.value) filter (where d.kpi = 'self_sufficiency') as self_sufficiency,
    max(d.value) filter (where d.kpi = 'performance_ratio_25c') as performance_ratio_25c,
    max(d.value) filter (where d.kpi = 'forecast_energy_kwh') as forecast_energy_kwh,
    max(d.value) filter (where d.kpi = 'forecast_daily_error') as forecast_daily_error,
    max(d.value) filter (where d.kpi = 'forecast_nmae') as forecast_nmae,
    max(d.value) filter (where d.kpi = 'forecast_nrmse') as forecast_nrmse,
    max(d.value) filter (where d.kpi = 'forecast_nmbe') as forecast_nmbe,
    max(d.value) filter (where d.kpi = 'forecast_wape') as forecast_wape,
    max(d.value) filter (where d.kpi = 'forecast_skill') as forecast_skill,
    max(d.value) filter (where d.kpi = 'communication_availability') as communication_availability
from kpi.plant_daily as d
inner join registry.plant as p using (plant_id)
group by d.plant_id, p.plant_code, p.name, d.kpi_date;
comment on column kpi.plant_daily_wide.communication_availability is
    'Share of the time in which a source was in touch with the plant, fraction.';

-- Of connection too, days count whose energy is not final.
create or replace view kpi.plant_monthly as
with day as (
    select
        d.plant_id,
        date_trunc('month', d.kpi_date::timestamp)::date as month_date,
        d.kpi,
        d.unit,
        d.coverage,
        d.value is not null and e.status in ('final', 'restated') as is_final,
        d.value is not null and (
            e.status in ('final', 'restated')
            or d.kpi in ('data_completeness', 'daylight_completeness', 'communication_availability')
        ) as is_counted,
        d.value,
        d.numerator,
        d.denominator
    from kpi.plant_daily as d
    inner join energy.plant_daily as e on e.plant_id = d.plant_id and e.energy_date = d.kpi_date
),

month as (
    select
        plant_id,
        month_date,
        kpi,
        unit,
        sum(value) filter (where is_counted) as total,
        max(value) filter (where is_counted) as highest,
        sum(numerator) filter (where is_counted) / nullif(sum(denominator) filter (where is_counted), 0) as ratio,
        count(*) filter (where is_counted) as days_with_value,
        count(*) as days,
        count(*) filter (where is_final) as final_days,
        sum(coverage) filter (where is_counted) as covered_days,
        date_part('day', month_date + interval '1 month - 1 day') as days_in_month
    from day
    group by plant_id, month_date, kpi, unit
)

select
    plant_id,
    month_date,
    kpi,
    unit,
    case
        when
            kpi in (
                'energy_kwh', 'specific_yield', 'yield_ac', 'reference_yield', 'ref_yield_ghi', 'full_load_hours',
                'forecast_energy_kwh'
            )
            then total
        when kpi = 'peak_power_kw' then highest
        when kpi = 'forecast_nrmse' then sqrt(ratio)
        when kpi = 'forecast_skill' then 1 - sqrt(ratio)
        else ratio
    end as value,
    days_with_value,
    days,
    final_days >= 0.9 * days_in_month as is_final,
    covered_days / days_in_month as coverage
from month;
