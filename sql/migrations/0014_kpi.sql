-- Forecasts of every source in one shape, KPIs that rest on them, and months of days that are final or restated.

-- By it the forecasts of one record are found; the primary key begins with the name.
create index on ravenwits.forecast (source_plant_id, period_end);

create view registry.forecast as
select
    a.plant_id,
    a.source,
    a.source_plant_id,
    f.period_end,
    f.retrieved_at,
    f.energy_kwh,
    case when not a.is_present then a.last_seen_at end as listed_until
from ravenwits.forecast as f
inner join registry.plant_alias as a on a.source = 'ravenwits' and a.source_plant_id = f.source_plant_id
where not a.is_duplicate;
comment on view registry.forecast is
    'What was forecast when, of every source, by plant; of records joined in one plant each forecasts a part of it.';
comment on column registry.forecast.plant_id is 'Plant.';
comment on column registry.forecast.source is 'System that forecast it.';
comment on column registry.forecast.source_plant_id is 'Id at the source of the record it was forecast for.';
comment on column registry.forecast.period_end is 'End of the period; periods of a plant are as long as these ends are apart.';
comment on column registry.forecast.retrieved_at is 'When the value was first received; it stands until a later one.';
comment on column registry.forecast.energy_kwh is 'Forecast energy of the period, kWh.';
comment on column registry.forecast.listed_until is 'When the source last listed the record; NULL: it still does.';

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
    max(d.value) filter (where d.kpi = 'forecast_skill') as forecast_skill
from kpi.plant_daily as d
inner join registry.plant as p using (plant_id)
group by d.plant_id, p.plant_code, p.name, d.kpi_date;
comment on column kpi.plant_daily_wide.performance_ratio_25c is
    'Performance ratio as if the modules were at 25 °C, fraction.';
comment on column kpi.plant_daily_wide.forecast_energy_kwh is 'Energy forecast before the day began, kWh.';
comment on column kpi.plant_daily_wide.forecast_daily_error is
    'Distance of that from the energy produced, over what nominal AC capacity gives in the day, fraction.';
comment on column kpi.plant_daily_wide.forecast_nmae is
    'Mean absolute error of the forecast over all 24 hours, by nominal AC capacity, fraction.';
comment on column kpi.plant_daily_wide.forecast_nrmse is
    'Root mean square error of the forecast over all 24 hours, by nominal AC capacity, fraction.';
comment on column kpi.plant_daily_wide.forecast_nmbe is
    'Mean error of the forecast over all 24 hours, by nominal AC capacity; positive: too much was forecast; fraction.';
comment on column kpi.plant_daily_wide.forecast_wape is 'Sum of absolute errors over energy produced, fraction.';
comment on column kpi.plant_daily_wide.forecast_skill is
    'What the forecast does better than the production of a day earlier: 1 is perfect, 0 no better; fraction.';

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
            e.status in ('final', 'restated') or d.kpi in ('data_completeness', 'daylight_completeness')
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
comment on view kpi.plant_monthly is
    'Sums, peaks, and ratios of sums over the days that count: known, and final or restated (completeness: known).';
comment on column kpi.plant_monthly.value is
    'The value in unit: sum, highest, or sum of numerators over sum of denominators; NULL: no day counts.';
comment on column kpi.plant_monthly.is_final is
    'Whether nine days in ten of the month are known, and final or restated.';
comment on column kpi.plant_monthly.coverage is
    'Share of the month that the value stands for, 0 to 1: the coverage of the days that count over all its days.';

comment on table kpi.portfolio_daily is
    'KPIs of groups of plants, over those whose value is known and whose day is final or restated; all is the only group.';
comment on column kpi.portfolio_daily.numerator is 'Sum of the numerators of the plants that count; NULL: no ratio.';
comment on column kpi.portfolio_daily.denominator is 'Sum of the denominators of the plants that count; NULL: no ratio.';
comment on column kpi.portfolio_daily.plants is 'How many plants count.';
comment on column kpi.portfolio_daily.capacity_share is
    'Their share of the capacity (AC, else DC) of the group''s plants active that day, 0 to 1; NULL: no capacity is known.';
comment on column kpi.plant_daily.numerator is
    'What value divides, so that longer periods can be summed (below the root, if any); NULL: no ratio, or not known.';
