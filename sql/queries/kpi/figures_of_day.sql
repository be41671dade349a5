-- name: kpi/figures_of_day
-- Irradiation, energy at common valid times and highest quarter-hour power of each plant, from readings.
--
-- Every reading becomes a segment of a line a + b t (t: seconds since the day began). Sweeping over the starts and ends
-- of all segments, running sums of a and b are the sum of all series that are valid at the time; running counts say how
-- many they are.
with plant as (
    select
        t.*,
        date_part('epoch', t.end_utc - t.start_utc) as length_s
    from
        unnest(%(plant_ids)s::uuid[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
            as t (plant_id, start_utc, end_utc)
),

series as (
    select *
    from
        unnest(
            %(series_plant_ids)s::uuid[], %(roles)s::text[], %(sensor_ids)s::integer[], %(kinds)s::text[],
            %(signs)s::double precision[], %(steps_s)s::double precision[]
        ) as t (plant_id, role, sensor_id, kind, sign, step_s)
),

plant_series as (
    select
        p.plant_id,
        count(s.sensor_id) filter (where s.role = 'power') as power_sensors,
        -- An interval pairs only if the coarser of the two series and all of the finer one within it are valid.
        greatest(coalesce(max(s.step_s) filter (where s.role in ('power', 'irradiance_poa')), 900), 1) as bin_s
    from plant as p
    left join series as s using (plant_id)
    group by p.plant_id
),

reading as (
    select
        s.plant_id,
        s.role,
        s.kind,
        s.step_s,
        p.length_s,
        r.at_s,
        r.value,
        lead(r.at_s) over of_sensor as next_at_s,
        lead(r.value) over of_sensor as next_value
    from series as s
    inner join plant as p using (plant_id)
    cross join
        lateral (
            select
                date_part('epoch', r.period_start - p.start_utc) as at_s,
                case
                    when s.role <> 'power'
                        then
                            case
                                when
                                    r.value between %(lowest_w_per_m2)s and %(highest_w_per_m2)s
                                    then greatest(r.value, 0)
                            end
                    when r.value not between -1e300 and 1e300 then null -- not a number, infinite
                    when s.kind = 'register' then r.value * s.sign
                    else greatest(r.value * s.sign, 0)
                end as value
            from energy.reading as r
            where
                r.sensor_id = s.sensor_id
                and r.period_start >= p.start_utc - interval '2 hours'
                and r.period_start < p.end_utc + interval '2 hours'
                and r.period_start >= %(from_utc)s
                and r.period_start < %(to_utc)s
        ) as r
    window of_sensor as (partition by s.sensor_id order by r.at_s)
),

line as (
    select
        plant_id,
        role,
        greatest(at_s, 0) as from_s,
        least(next_at_s, length_s) as to_s,
        case kind
            when 'instant' then value - at_s * (next_value - value) / (next_at_s - at_s)
            else (next_value - value) * 3600 / (next_at_s - at_s)
        end as a,
        case kind when 'instant' then (next_value - value) / (next_at_s - at_s) else 0 end as b
    from reading
    where
        (kind = 'instant' and value is not null and next_value is not null or kind = 'register' and next_value >= value)
        and next_at_s - at_s <= 1.5 * step_s
    union all
    select
        plant_id,
        role,
        greatest(at_s, 0),
        least(at_s + step_s, next_at_s, length_s),
        case kind when 'energy' then value * 3600 / step_s else value end,
        0
    from reading
    where kind in ('mean', 'energy') and value is not null
),

segment as (
    select * from line
    where to_s > from_s
    union all
    select
        t.plant_id,
        'sun',
        greatest(date_part('epoch', t.rise_utc - p.start_utc), 0),
        least(date_part('epoch', t.set_utc - p.start_utc), p.length_s),
        0,
        0
    from
        unnest(%(sun_plant_ids)s::uuid[], %(rises_utc)s::timestamptz[], %(sets_utc)s::timestamptz[])
            as t (plant_id, rise_utc, set_utc)
    inner join plant as p using (plant_id)
    where t.set_utc > p.start_utc and t.rise_utc < p.end_utc
),

event as (
    select plant_id, role, from_s as at_s, 1 as n, a, b from segment
    union all
    select plant_id, role, to_s, -1, -a, -b from segment
    union all
    select p.plant_id, 'quarter', edge.at_s, 0, 0, 0
    from plant as p
    cross join lateral generate_series(0, p.length_s::integer, 900) as edge (at_s)
    union all
    select p.plant_id, 'bin', edge.at_s, 0, 0, 0
    from plant as p
    inner join plant_series as ps using (plant_id)
    cross join lateral (
        -- Bins lie on whole multiples of their width since 1970 in UTC, as servers cut their intervals.
        select least(greatest(n.n * ps.bin_s - date_part('epoch', p.start_utc), 0), p.length_s) as at_s
        from
            generate_series(
                floor(date_part('epoch', p.start_utc) / ps.bin_s)::bigint,
                ceil(date_part('epoch', p.end_utc) / ps.bin_s)::bigint
            ) as n (n)
    ) as edge
),

moment as (
    select
        plant_id,
        at_s,
        coalesce(sum(n) filter (where role = 'power'), 0) as power_n,
        coalesce(sum(a) filter (where role = 'power'), 0) as power_a,
        coalesce(sum(b) filter (where role = 'power'), 0) as power_b,
        coalesce(sum(n) filter (where role = 'irradiance_poa'), 0) as poa_n,
        coalesce(sum(a) filter (where role = 'irradiance_poa'), 0) as poa_a,
        coalesce(sum(b) filter (where role = 'irradiance_poa'), 0) as poa_b,
        coalesce(sum(n) filter (where role = 'irradiance_ghi'), 0) as ghi_n,
        coalesce(sum(a) filter (where role = 'irradiance_ghi'), 0) as ghi_a,
        coalesce(sum(b) filter (where role = 'irradiance_ghi'), 0) as ghi_b,
        coalesce(sum(n) filter (where role = 'sun'), 0) as sun_n
    from event
    group by plant_id, at_s
),

running as (
    select
        plant_id,
        at_s as from_s,
        lead(at_s) over of_plant as to_s,
        sum(power_n) over of_plant as power_n,
        sum(power_a) over of_plant as power_a,
        sum(power_b) over of_plant as power_b,
        sum(poa_n) over of_plant as poa_n,
        sum(poa_a) over of_plant as poa_a,
        sum(poa_b) over of_plant as poa_b,
        sum(ghi_n) over of_plant as ghi_n,
        sum(ghi_a) over of_plant as ghi_a,
        sum(ghi_b) over of_plant as ghi_b,
        sum(sun_n) over of_plant as sun_n
    from moment
    window of_plant as (partition by plant_id order by at_s)
),

piece as (
    select
        r.plant_id,
        floor((date_part('epoch', p.start_utc) + r.from_s) / ps.bin_s) as bin,
        floor(r.from_s / 900) as quarter,
        (r.to_s - r.from_s) / 3600 as hours,
        ps.power_sensors > 0 and r.power_n = ps.power_sensors as has_power,
        r.poa_n > 0 as has_poa,
        r.ghi_n > 0 as has_ghi,
        r.sun_n > 0 as has_sun,
        -- The mean of a line over a piece is its value in the middle.
        (r.power_a + r.power_b * (r.from_s + r.to_s) / 2) / 1000 as power_kw,
        (r.poa_a + r.poa_b * (r.from_s + r.to_s) / 2) / nullif(r.poa_n, 0) as poa_w_per_m2,
        (r.ghi_a + r.ghi_b * (r.from_s + r.to_s) / 2) / nullif(r.ghi_n, 0) as ghi_w_per_m2
    from running as r
    inner join plant as p using (plant_id)
    inner join plant_series as ps using (plant_id)
    where r.to_s > r.from_s
),

day as (
    select
        plant_id,
        sum(hours) filter (where has_sun) as sun_h,
        sum(poa_w_per_m2 * hours) filter (where has_poa) as poa_wh_per_m2,
        sum(hours) filter (where has_poa) as poa_h,
        sum(hours) filter (where has_poa and has_sun) as poa_sun_h,
        sum(ghi_w_per_m2 * hours) filter (where has_ghi) as ghi_wh_per_m2,
        sum(hours) filter (where has_ghi) as ghi_h,
        sum(hours) filter (where has_ghi and has_sun) as ghi_sun_h,
        sum(hours) filter (where has_power) as power_h,
        sum(hours) filter (where has_power and has_sun) as power_sun_h
    from piece
    group by plant_id
),

paired as (
    select
        b.plant_id,
        sum(b.energy_kwh) as paired_kwh,
        sum(b.poa_wh_per_m2) as paired_wh_per_m2,
        sum(b.hours) as paired_h,
        sum(b.sun_h) as paired_sun_h
    from (
        select
            plant_id,
            sum(power_kw * hours) as energy_kwh,
            sum(poa_w_per_m2 * hours) as poa_wh_per_m2,
            sum(hours) as hours,
            coalesce(sum(hours) filter (where has_sun), 0) as sun_h
        from piece
        group by plant_id, bin
        having bool_and(has_power and has_poa)
    ) as b
    group by b.plant_id
),

peak as (
    select
        q.plant_id,
        max(q.power_kw) as peak_power_kw
    from (
        select
            plant_id,
            sum(power_kw * hours) / sum(hours) as power_kw
        from piece
        group by plant_id, quarter
        having bool_and(has_power)
    ) as q
    group by q.plant_id
)

select
    plant_id,
    day.sun_h,
    day.poa_wh_per_m2,
    day.poa_h,
    day.poa_sun_h,
    day.ghi_wh_per_m2,
    day.ghi_h,
    day.ghi_sun_h,
    day.power_h,
    day.power_sun_h,
    paired.paired_kwh,
    paired.paired_wh_per_m2,
    paired.paired_h,
    paired.paired_sun_h,
    peak.peak_power_kw
from day
left join paired using (plant_id)
left join peak using (plant_id)
order by plant_id;
