-- name: kpi/forecasts_of_day
-- What was forecast for each plant's day before the day began, and how far off it was.
--
-- Errors run over the periods of the coarser grid, the forecast's or the meter's, within the day whose quarters of an
-- hour were all measured, without those under an announced limit: a forecast is not wrong by what was not let through.
-- `paired_*` are over those for which that holds a day earlier too, with the sun in the same place. A plant is one row
-- until its periods are spread out: no step depends on what the planner believes of a fresh table.
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
        dense_rank() over (partition by t.plant_id, t.source order by t.source_plant_id) as part,
        dense_rank() over (
            partition by t.plant_id order by array_position(%(sources)s::text[], t.source), t.source
        ) as turn
    from told as t
),

whole as (
    -- Each system forecasts the whole plant, the first in the order of sources counts. Its records of one plant are
    -- parts of it: a period counts if each part has it.
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
    where turn = 1
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

limited as (
    select
        plant_id,
        range_agg(tstzrange(begins_at, ends_at)) as limits
    from registry.unavailability
    where begins_at < ends_at and begins_at < %(to_utc)s and ends_at > %(from_utc)s::timestamptz - interval '24 hours'
    group by plant_id
),

period as (
    select
        f.plant_id,
        f.start_utc,
        f.step_s,
        e.period_end,
        e.energy_kwh,
        e.retrieved_at,
        least(e.period_end, f.end_utc)
        - greatest(e.period_end - make_interval(secs => f.step_s), f.start_utc) as in_day,
        m.quarter_kwh,
        case
            when coalesce(900 * round(b.power_step_s / 900), 0) <= greatest(f.step_s, 900 * round(m.power_step_s / 900))
                then b.quarter_kwh
        end as earlier_quarter_kwh,
        -- 24 hours earlier the quarter has another number where the day before had a clock change.
        cardinality(b.quarter_kwh) - 96 as quarters_more,
        -- The coarser of both grids, at least quarters of an hour.
        greatest(f.step_s, 900 * round(m.power_step_s / 900), 900) as grid_s,
        coalesce(l.limits, '{}') as limits
    from forecast as f
    left join limited as l on f.plant_id = l.plant_id
    left join energy.plant_measured as m on f.plant_id = m.plant_id and m.energy_date = %(kpi_date)s
    left join energy.plant_measured as b on f.plant_id = b.plant_id and b.energy_date = %(kpi_date)s::date - 1
    cross join
        lateral
        unnest(f.period_ends, f.energies_kwh, f.retrieved_ats) as e (period_end, energy_kwh, retrieved_at)
    where e.period_end - make_interval(secs => f.step_s) < f.end_utc
),

gridded as (
    -- Forecasts finer than the grid are added up to it, between whole multiples of its step.
    select
        plant_id,
        step_s,
        grid_s / 3600 as hours,
        grid_s / 900 as quarters,
        -- Quarters of the day before it, negative where it begins before the day.
        (date_part('epoch', g.grid_end - p.start_utc) - p.grid_s) / 900 as quarters_before,
        g.grid_end,
        quarter_kwh,
        earlier_quarter_kwh,
        quarters_more,
        limits,
        sum(energy_kwh order by period_end) as energy_kwh
    from period as p
    cross join
        lateral (
            select
                case
                    when p.grid_s = p.step_s then p.period_end
                    else to_timestamp(ceil(date_part('epoch', p.period_end) / p.grid_s) * p.grid_s)
                end as grid_end
        ) as g
    group by
        plant_id, start_utc, step_s, grid_s, g.grid_end, quarter_kwh, earlier_quarter_kwh, quarters_more, limits
    having count(*) * step_s = grid_s
),

compared as (
    select
        g.*,
        own.kwh as own_kwh,
        earlier.kwh as earlier_kwh
    from gridded as g
    -- A slice that reaches beyond the day has fewer elements than the period has quarters.
    inner join lateral (
        select sum(q.kwh::double precision) as kwh
        from unnest(g.quarter_kwh[g.quarters_before::integer + 1:(g.quarters_before + g.quarters)::integer]) as q (kwh)
        where
            g.quarters_before = floor(g.quarters_before)
            and not g.limits && tstzrange(g.grid_end - make_interval(secs => 3600 * g.hours), g.grid_end)
        having count(q.kwh) = g.quarters
    ) as own on true
    left join lateral (
        select sum(q.kwh::double precision) as kwh
        from
            unnest(
                g.earlier_quarter_kwh[
                    g.quarters_before::integer + 1 + g.quarters_more
                    :(g.quarters_before + g.quarters)::integer + g.quarters_more
                ]
            ) as q (kwh)
        where
            not g.limits && tstzrange(
                g.grid_end - make_interval(hours => 24, secs => 3600 * g.hours), g.grid_end - interval '24 hours'
            )
        having count(q.kwh) = g.quarters
    ) as earlier on true
),

error as (
    select
        plant_id,
        sum(hours order by grid_end) as compared_h,
        sum(energy_kwh - own_kwh order by grid_end) as error_kwh,
        sum(abs(energy_kwh - own_kwh) order by grid_end) as absolute_error_kwh,
        sum((energy_kwh - own_kwh) ^ 2 / hours order by grid_end) as squared_error_kw2h,
        sum(own_kwh order by grid_end) as observed_kwh,
        sum(hours order by grid_end) filter (where earlier_kwh is not null) as paired_h,
        sum((energy_kwh - own_kwh) ^ 2 / hours order by grid_end) filter (where earlier_kwh is not null)
            as paired_squared_error_kw2h,
        sum((earlier_kwh - own_kwh) ^ 2 / hours order by grid_end) as persistence_squared_error_kw2h
    from compared
    group by plant_id
),

told_energy as (
    select
        plant_id,
        step_s,
        max(retrieved_at) as vintage_utc,
        sum(energy_kwh * date_part('epoch', in_day) / step_s order by period_end) as energy_kwh,
        sum(date_part('epoch', in_day) / 3600 order by period_end) as hours
    from period
    group by plant_id, step_s
)

select
    t.*,
    e.compared_h,
    e.error_kwh,
    e.absolute_error_kwh,
    e.squared_error_kw2h,
    e.observed_kwh,
    e.paired_h,
    e.paired_squared_error_kw2h,
    e.persistence_squared_error_kw2h
from told_energy as t
left join error as e using (plant_id)
order by t.plant_id;
