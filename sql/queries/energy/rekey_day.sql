-- name: energy/rekey_day
-- Give a date that cannot be computed again to the plants that there are now, by what each plant had of its own.
--
-- The parts of a plant add up, but for duplicates; parts that are not known leave the sum provisional. What a part
-- alone says of power and sun says nothing of the whole: it is put aside with its row, and both are put back when a
-- part is a plant again. Reckoned from what was put aside, so that doing it again changes nothing.
with root as (
    select distinct present_id as plant_id
    from energy.present_plant
    where plant_id = any(%(plant_ids)s::uuid[])
),

member as (
    select
        p.plant_id,
        p.plant_code,
        r.plant_id as target_id,
        p.plant_id = any(%(duplicate_ids)s::uuid[]) as is_duplicate,
        u.plant_id is not null as was_put_aside,
        e.status as old_status,
        e.produced_kwh as old_kwh,
        e.method as old_method,
        case when u.plant_id is null then to_jsonb(e) else u.own_row end as own_row,
        case when u.plant_id is null then to_jsonb(m) else u.own_measured end as own_measured,
        count(*) over (partition by r.plant_id) > 1 as is_divided
    from root as r
    inner join energy.present_plant as one on r.plant_id = one.present_id
    inner join registry.plant as p on one.plant_id = p.plant_id
    left join energy.unmerged_day as u on p.plant_id = u.plant_id and u.energy_date = %(energy_date)s
    left join energy.plant_daily as e on p.plant_id = e.plant_id and e.energy_date = %(energy_date)s
    left join energy.plant_measured as m on p.plant_id = m.plant_id and m.energy_date = %(energy_date)s
    where p.plant_id = r.plant_id or u.own_row is not null or e.plant_id is not null
),

part as (
    select
        m.target_id,
        o.*
    from member as m
    cross join lateral jsonb_populate_record(null::energy.plant_daily, m.own_row) as o
    where m.own_row is not null and not m.is_duplicate
),

whole as (
    select
        target_id,
        sum(produced_kwh order by plant_id) as produced_kwh,
        case when bool_and(gap_kwh is not null) then sum(gap_kwh order by plant_id) end as gap_kwh,
        case when bool_and(uncertainty_kwh is not null) then sum(uncertainty_kwh order by plant_id) end
            as uncertainty_kwh,
        sum(imported_kwh order by plant_id) as imported_kwh,
        sum(exported_kwh order by plant_id) as exported_kwh,
        (array_agg(method order by produced_kwh desc nulls last, plant_id))[1] as method,
        min(coverage) as coverage,
        case when bool_and(status <> 'provisional' and produced_kwh is not null) then 'final' else 'provisional' end
            as status,
        case when count(produced_kwh) = 0 then min(null_reason) end as null_reason,
        max(hours_in_day) as hours_in_day,
        min(data_completeness) as data_completeness,
        min(daylight_completeness) as daylight_completeness,
        (
            select coalesce(array_agg(distinct told.flag order by told.flag), '{}')
            from part as own
            cross join lateral unnest(own.flags) as told (flag)
            where own.target_id = part.target_id
        ) as flags
    from part
    group by target_id
),

changed as (
    select
        m.plant_id,
        m.old_status,
        m.old_kwh,
        m.old_method,
        w.target_id is not null as is_there,
        w.produced_kwh,
        w.method,
        concat_ws(
            '; ',
            q.why,
            case when m.plant_id <> m.target_id then 'counted in ' || t.plant_code end
        ) as cause,
        coalesce(
            abs(m.old_kwh - w.produced_kwh) > %(restated_above_kwh)s, (m.old_kwh is null) <> (w.produced_kwh is null)
        )
        and (m.old_status in ('final', 'restated') or (m.old_status is null and m.was_put_aside)) as is_restated
    from member as m
    inner join registry.plant as t on m.target_id = t.plant_id
    left join whole as w on m.plant_id = w.target_id
    left join energy.queued_day as q on m.plant_id = q.plant_id and q.day_date = %(energy_date)s
),

told as (
    insert into energy.restatement (
        plant_id, energy_date, recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
    )
    select
        plant_id, %(energy_date)s, %(now_utc)s, old_kwh, produced_kwh, old_method, method,
        coalesce(nullif(cause, ''), 'what it had of its own'), %(run_id)s
    from changed
    where is_restated
    on conflict (plant_id, energy_date, recorded_at) do update
        set
            new_value_kwh = excluded.new_value_kwh,
            new_method = excluded.new_method,
            cause = excluded.cause,
            run_id = excluded.run_id
),

put_aside as (
    insert into energy.unmerged_day (plant_id, energy_date, own_row, own_measured, merged_at)
    select
        plant_id, %(energy_date)s, own_row, own_measured, %(now_utc)s
    from member
    where is_divided
    on conflict (energy_date, plant_id) do nothing
),

put_back as (
    delete from energy.unmerged_day as u using member as m
    where u.plant_id = m.plant_id and u.energy_date = %(energy_date)s and not m.is_divided
),

written as (
    insert into energy.plant_daily as o (
        plant_id, energy_date, produced_kwh, gap_kwh, uncertainty_kwh, imported_kwh, exported_kwh, method, coverage,
        status, null_reason, hours_in_day, run_id, computed_at, data_completeness, daylight_completeness, flags
    )
    select
        w.target_id, %(energy_date)s, w.produced_kwh, w.gap_kwh, w.uncertainty_kwh, w.imported_kwh, w.exported_kwh,
        w.method, w.coverage,
        case
            when
                w.status = 'final'
                and (
                    c.is_restated
                    or exists (
                        select from energy.restatement as r
                        where r.plant_id = w.target_id and r.energy_date = %(energy_date)s
                    )
                )
                then 'restated'
            else w.status
        end,
        w.null_reason, w.hours_in_day, %(run_id)s, %(now_utc)s, w.data_completeness, w.daylight_completeness, w.flags
    from whole as w
    inner join changed as c on w.target_id = c.plant_id
    inner join member as m on w.target_id = m.plant_id
    where m.is_divided or m.was_put_aside
    on conflict (plant_id, energy_date) do update
        set
            produced_kwh = excluded.produced_kwh,
            gap_kwh = excluded.gap_kwh,
            uncertainty_kwh = excluded.uncertainty_kwh,
            imported_kwh = excluded.imported_kwh,
            exported_kwh = excluded.exported_kwh,
            method = excluded.method,
            coverage = excluded.coverage,
            status = excluded.status,
            null_reason = excluded.null_reason,
            hours_in_day = excluded.hours_in_day,
            run_id = excluded.run_id,
            computed_at = excluded.computed_at,
            data_completeness = excluded.data_completeness,
            daylight_completeness = excluded.daylight_completeness,
            flags = excluded.flags
        where
        (o.produced_kwh, o.imported_kwh, o.exported_kwh, o.coverage, o.status, o.flags)
        is distinct from (
            excluded.produced_kwh, excluded.imported_kwh, excluded.exported_kwh, excluded.coverage, excluded.status,
            excluded.flags
        )
),

gone as (
    delete from energy.plant_daily as e using changed as c
    where e.plant_id = c.plant_id and e.energy_date = %(energy_date)s and not c.is_there
),

measured_gone as (
    delete from energy.plant_measured as e using member as m
    where e.plant_id = m.plant_id and e.energy_date = %(energy_date)s and m.is_divided
),

measured_back as (
    insert into energy.plant_measured
    select o.*
    from member as m
    cross join lateral jsonb_populate_record(null::energy.plant_measured, m.own_measured) as o
    where not m.is_divided and m.was_put_aside and m.own_measured is not null
    on conflict (plant_id, energy_date) do nothing
)

select
    plant_id,
    is_restated
from changed
order by plant_id;
