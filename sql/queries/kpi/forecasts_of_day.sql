-- name: kpi/forecasts_of_day
-- What was forecast for each plant's day before the day began, and how far off it was.
--
-- Errors run over the forecast's own periods within the day whose quarters of an hour were all measured; `paired_*`
-- over those for which the same quarters a day earlier, with the sun in the same place, were measured as well. A plant
-- is one row until its periods are spread out: no step depends on what the planner believes of a fresh table.
with told as (
    -- A value stands until another one is written: what stood when the day began is the latest until then.
    select distinct on (f.plant_id, f.source, f.source_plant_id, f.period_end)
        f.plant_id,
        p.start_utc,
        p.end_utc,
        f.source,
        f.source_plant_id,
        f.period_end,
        f.energy_kwh,
        f.retrieved_at
    from
        unnest(%(plant_ids)s::uuid[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
            as p (plant_id, start_utc, end_utc)
    inner join registry.forecast as f using (plant_id)
    where
        f.period_end > p.start_utc
        and f.period_end <= p.end_utc + interval '1 day'
        and f.period_end > %(from_utc)s
        and f.period_end <= %(to_utc)s
        and f.retrieved_at <= p.start_utc
        and (f.listed_until is null or f.listed_until >= p.start_utc)
    order by f.plant_id, f.source, f.source_plant_id, f.period_end, f.retrieved_at desc
),

part as (
    select
        t.*,
        dense_rank() over (partition by t.plant_id order by t.source, t.source_plant_id) as part
    from told as t
),

whole as (
    -- Records of one plant are parts of it: a period counts if each part has it.
    select
        plant_id,
        start_utc,
        end_utc,
        period_end,
        sum(energy_kwh order by part) as energy_kwh,
        max(retrieved_at) as retrieved_at,
        count(*) as parts,
        max(max(part)) over (partition by plant_id) as all_parts
    from part
    group by plant_id, start_utc, end_utc, period_end
),

spaced as (
    select
        w.*,
        date_part('epoch', w.period_end - lag(w.period_end) over (partition by w.plant_id order by w.period_end))
            as step_s
    from whole as w
    where w.parts = w.all_parts
),

forecast as (
    select
        plant_id,
        start_utc,
        end_utc,
        mode() within group (order by step_s) as step_s,
        array_agg(period_end order by period_end) as period_ends,
        array_agg(energy_kwh order by period_end) as energies_kwh,
        array_agg(retrieved_at order by period_end) as retrieved_ats
    from spaced
    group by plant_id, start_utc, end_utc
),

period as (
    select
        f.plant_id,
        f.step_s,
        e.period_end,
        e.energy_kwh,
        e.retrieved_at,
        f.step_s / 3600 as hours,
        f.step_s / 900 as quarters,
        -- Quarters of the day before the period, negative where it begins before the day.
        (date_part('epoch', e.period_end - f.start_utc) - f.step_s) / 900 as quarters_before,
        date_part('epoch', least(e.period_end, f.end_utc) - f.start_utc) as until_s,
        m.quarter_kwh,
        b.quarter_kwh as earlier_quarter_kwh,
        -- 24 hours earlier the quarter has another number where the day before had a clock change.
        cardinality(b.quarter_kwh) - 96 as quarters_more
    from forecast as f
    left join energy.plant_measured as m on f.plant_id = m.plant_id and m.energy_date = %(kpi_date)s
    left join energy.plant_measured as b on f.plant_id = b.plant_id and b.energy_date = %(kpi_date)s::date - 1
    cross join
        lateral
        unnest(f.period_ends, f.energies_kwh, f.retrieved_ats) as e (period_end, energy_kwh, retrieved_at)
    where e.period_end - make_interval(secs => f.step_s) < f.end_utc
),

compared as (
    select
        p.*,
        (p.until_s - greatest(p.quarters_before * 900, 0)) / p.step_s as share_in_day,
        own.kwh as own_kwh,
        earlier.kwh as earlier_kwh
    from period as p
    -- A slice that reaches beyond the day has fewer elements than the period has quarters.
    left join lateral (
        select sum(q.kwh::double precision) as kwh
        from unnest(p.quarter_kwh[p.quarters_before::integer + 1:(p.quarters_before + p.quarters)::integer]) as q (kwh)
        where p.quarters_before = floor(p.quarters_before)
        having count(q.kwh) = p.quarters
    ) as own on true
    left join lateral (
        select sum(q.kwh::double precision) as kwh
        from
            unnest(
                p.earlier_quarter_kwh[
                    p.quarters_before::integer + 1 + p.quarters_more
                    :(p.quarters_before + p.quarters)::integer + p.quarters_more
                ]
            ) as q (kwh)
        where own.kwh is not null
        having count(q.kwh) = p.quarters
    ) as earlier on true
)

select
    plant_id,
    step_s,
    max(retrieved_at) as vintage_utc,
    sum(energy_kwh * share_in_day order by period_end) as energy_kwh,
    sum(hours * share_in_day order by period_end) as hours,
    sum(hours order by period_end) filter (where own_kwh is not null) as compared_h,
    sum(energy_kwh - own_kwh order by period_end) as error_kwh,
    sum(abs(energy_kwh - own_kwh) order by period_end) as absolute_error_kwh,
    sum((energy_kwh - own_kwh) ^ 2 / hours order by period_end) as squared_error_kw2h,
    sum(own_kwh order by period_end) as observed_kwh,
    sum(hours order by period_end) filter (where earlier_kwh is not null) as paired_h,
    sum((energy_kwh - own_kwh) ^ 2 / hours order by period_end) filter (where earlier_kwh is not null)
        as paired_squared_error_kw2h,
    sum((earlier_kwh - own_kwh) ^ 2 / hours order by period_end) as persistence_squared_error_kw2h
from compared
group by plant_id, step_s
order by plant_id;
