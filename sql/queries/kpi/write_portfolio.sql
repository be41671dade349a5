-- name: kpi/write_portfolio
-- Combines the date's KPIs of a group's plants, and writes what is new or differs; counts it.
--
-- A plant counts if its value is known and its day final or restated; of completeness every day counts. Sums run in the
-- order of the plants, so that the same rows give the same digits.
with plant as (
    select * from unnest(%(plant_ids)s::uuid[], %(capacities_kw)s::double precision[]) as t (plant_id, capacity_kw)
),

wanted as (
    select *
    from
        unnest(%(kpis)s::text[], %(units)s::text[], %(combines)s::text[])
        with ordinality as t (kpi, unit, combine, place)
),

figure as (
    select
        w.place, -- numbers are sorted several times as fast as names
        p.plant_id,
        p.capacity_kw,
        k.value,
        k.numerator,
        k.denominator,
        -- A value that may still change is not complete.
        case when k.value is null then k.null_reason else 'low_completeness' end as reason,
        k.value is not null
        and (w.combine = 'sum' or k.denominator > 0)
        and (e.status in ('final', 'restated') or w.combine = 'completeness') as is_counted
    from plant as p
    cross join wanted as w
    left join kpi.plant_daily as k on p.plant_id = k.plant_id and k.kpi_date = %(kpi_date)s and w.kpi = k.kpi
    left join energy.plant_daily as e on p.plant_id = e.plant_id and e.energy_date = %(kpi_date)s
),

total as (
    select
        place,
        sum(value order by plant_id) filter (where is_counted) as value,
        sum(numerator order by plant_id) filter (where is_counted) as numerator,
        sum(denominator order by plant_id) filter (where is_counted) as denominator,
        count(*) filter (where is_counted) as plants,
        coalesce(sum(capacity_kw order by plant_id) filter (where is_counted), 0)
        / nullif(sum(capacity_kw order by plant_id), 0) as capacity_share,
        coalesce(
            mode() within group (order by reason) filter (where reason <> 'not_applicable'),
            max(reason),
            'no_data'
        ) as reason
    from figure
    group by place
),

combined as (
    select
        w.kpi,
        w.unit,
        case w.combine
            when 'sum' then value
            when 'root' then sqrt(numerator / denominator)
            when 'skill' then 1 - sqrt(numerator / denominator)
            else numerator / denominator
        end as value,
        numerator,
        denominator,
        plants,
        capacity_share,
        reason
    from total as t
    inner join wanted as w using (place)
),

written as (
    insert into kpi.portfolio_daily as d (
        group_code, kpi_date, kpi, value, unit, numerator, denominator, plants, capacity_share, null_reason
    )
    select
        %(group_code)s,
        %(kpi_date)s,
        kpi,
        value,
        unit,
        numerator,
        denominator,
        plants,
        capacity_share,
        case when value is null then reason end
    from combined
    on conflict (group_code, kpi_date, kpi) do update
        set
            value = excluded.value,
            unit = excluded.unit,
            numerator = excluded.numerator,
            denominator = excluded.denominator,
            plants = excluded.plants,
            capacity_share = excluded.capacity_share,
            null_reason = excluded.null_reason
        where
        (d.value, d.unit, d.numerator, d.denominator, d.plants, d.capacity_share, d.null_reason)
        is distinct from (
            excluded.value, excluded.unit, excluded.numerator, excluded.denominator, excluded.plants,
            excluded.capacity_share, excluded.null_reason
        )
    returning 1
)

select count(*) from written;
