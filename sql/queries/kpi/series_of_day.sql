-- name: kpi/series_of_day
-- Which sensors give a plant's irradiance and power of the day, what kind they are, and how far apart they are read.
with plant as (
    select *
    from
        unnest(%(plant_ids)s::uuid[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
            as t (plant_id, start_utc, end_utc)
),

used as (
    -- Power comes from the sensors energy itself was computed from, of whichever of its methods saw the whole day best.
    select
        p.plant_id,
        'power' as role,
        c.method,
        used.sensor_id,
        c.method = e.method and c.method <> 'register_difference' as is_own_method
    from plant as p
    inner join energy.plant_daily as e on p.plant_id = e.plant_id and e.energy_date = %(kpi_date)s
    inner join energy.plant_daily_candidate as c on p.plant_id = c.plant_id and c.energy_date = %(kpi_date)s
    cross join lateral unnest(c.sensor_ids) as used (sensor_id)
    where e.produced_kwh is not null and c.produced_kwh is not null
    union all
    select
        p.plant_id,
        s.quantity,
        s.quantity,
        s.sensor_id,
        true
    from plant as p
    inner join registry.sensor as s using (plant_id)
    where s.quantity in ('irradiance_poa', 'irradiance_ghi') and not s.is_reference and s.unit = 'W/m²'
),

typed as (
    select
        u.*,
        coalesce(s.sign, 1) as sign,
        date_part('epoch', s.resolution) as resolution_s,
        case
            when u.role <> 'power' and s.resolution > interval '0' then 'mean'
            when u.role <> 'power' then 'instant'
            when s.quantity = 'production_energy' and s.unit = 'Wh' and s.is_cumulative then 'register'
            when s.quantity = 'production_energy' and s.unit = 'Wh' and s.resolution > interval '0' then 'energy'
            when s.quantity = 'ac_power' and s.unit = 'W' and s.resolution > interval '0' then 'mean'
            when s.quantity = 'ac_power' and s.unit = 'W' then 'instant'
        end as kind
    from used as u
    inner join registry.sensor as s using (sensor_id)
),

spaced as (
    select
        t.plant_id,
        t.role,
        t.method,
        t.sensor_id,
        t.is_own_method,
        t.sign,
        t.kind,
        coalesce(measured.step_s, nullif(t.resolution_s, 0)) as step_s
    from typed as t
    inner join plant as p using (plant_id)
    left join lateral (
        select percentile_disc(0.5) within group (order by g.gap_s) as step_s
        from (
            select date_part('epoch', lead(r.period_start) over (order by r.period_start) - r.period_start) as gap_s
            from energy.reading as r
            where
                t.kind in ('instant', 'register')
                and r.sensor_id = t.sensor_id
                and r.period_start >= p.start_utc
                and r.period_start < p.end_utc
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as g
    ) as measured on true
    where t.kind is not null
),

judged as (
    select
        s.*,
        max(s.step_s) over method_of_plant <= 3600 and bool_and(s.step_s is not null) over method_of_plant as is_usable,
        max(s.step_s) over method_of_plant > 900 as is_coarse
    from spaced as s
    window method_of_plant as (
        -- One irradiance sensor more or less is no reason to leave out the others.
        partition by s.plant_id, s.role, s.method, case when s.role <> 'power' then s.sensor_id end
    )
),

ranked as (
    select
        j.*,
        case
            when j.role = 'power'
                then
                    dense_rank()
                        over (
                            partition by j.plant_id, j.role
                            order by
                                j.is_coarse,
                                not j.is_own_method,
                                array_position(
                                    array['power_integral', 'interval_energy', 'register_difference', 'inverter_sum'],
                                    j.method
                                )
                        )
            else 1
        end as choice
    from judged as j
    where j.is_usable
)

select
    plant_id,
    role,
    case when role = 'power' and method = 'register_difference' then 'register_increments' else method end as method,
    sensor_id,
    kind,
    sign,
    step_s
from ranked
where choice = 1
order by plant_id, role, sensor_id;
