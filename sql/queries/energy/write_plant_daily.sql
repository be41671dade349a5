-- name: energy/write_plant_daily
-- Bring energy.plant_daily to the day's results, touching only rows that differ; a final value that moves is restated.
with compared as (
    select
        n.*,
        o.status as old_status,
        o.produced_kwh as old_produced_kwh,
        o.method as old_method,
        array(
            select told.flag
            from unnest(n.flags) with ordinality as told (flag, place)
            where told.flag <> all(o.flags)
            order by told.place
        ) as new_flags,
        o.plant_id is null as is_new,
        q.why as learned,
        coalesce(
            o.status in ('final', 'restated')
            and (
                (n.produced_kwh is null) <> (o.produced_kwh is null)
                or abs(n.produced_kwh - o.produced_kwh) > %(restated_above_kwh)s + 1e-9 -- floats
            ), false
        )
        -- A row that was taken away, as the plant was merged, is back.
        or (
            o.plant_id is null
            and n.produced_kwh is not null
            and (
                select r.new_value_kwh is null from energy.restatement as r
                where r.plant_id = n.plant_id and r.energy_date = n.energy_date
                order by r.recorded_at desc
                limit 1
            ) is true
        ) as is_restated
    from energy_result as n
    left join energy.plant_daily as o using (plant_id, energy_date)
    left join energy.queued_day as q on n.plant_id = q.plant_id and n.energy_date = q.day_date
),

judged as (
    select
        c.*,
        case
            when
                c.status = 'final'
                and (
                    c.is_restated
                    or c.old_status = 'restated'
                    or exists (
                        select from energy.restatement as r
                        where r.plant_id = c.plant_id and r.energy_date = c.energy_date
                    )
                )
                then 'restated'
            else c.status
        end as new_status
    from compared as c
),

restated as (
    insert into energy.restatement (
        plant_id, energy_date, recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
    )
    select
        plant_id, energy_date, computed_at, old_produced_kwh, produced_kwh, old_method, method,
        case
            when produced_kwh is null then concat_ws('; ', learned, 'no longer known: ' || null_reason)
            when old_produced_kwh is null then concat_ws('; ', learned, 'known now')
            else
                coalesce(
                    nullif(
                        concat_ws(
                            '; ',
                            learned,
                            'method changed from ' || nullif(old_method, method) || ' to ' || method,
                            'newly flagged ' || nullif(array_to_string(new_flags, ', '), '')
                        ), ''
                    ),
                    'late data'
                )
        end,
        run_id
    from judged
    where is_restated
    on conflict (plant_id, energy_date, recorded_at) do update
        set
            new_value_kwh = excluded.new_value_kwh,
            new_method = excluded.new_method,
            cause = excluded.cause,
            run_id = excluded.run_id
    returning plant_id
),

written as (
    insert into energy.plant_daily as o (
        plant_id, energy_date, produced_kwh, gap_kwh, uncertainty_kwh, imported_kwh, exported_kwh, method, coverage,
        status, null_reason, hours_in_day, run_id, computed_at, data_completeness, daylight_completeness, flags
    )
    select
        plant_id, energy_date, produced_kwh, gap_kwh, uncertainty_kwh, imported_kwh, exported_kwh, method, coverage,
        new_status, null_reason, hours_in_day, run_id, computed_at, data_completeness, daylight_completeness, flags
    from judged
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
        (
            o.produced_kwh, o.gap_kwh, o.uncertainty_kwh, o.imported_kwh, o.exported_kwh, o.method, o.coverage,
            o.status, o.null_reason, o.hours_in_day, o.data_completeness, o.daylight_completeness, o.flags
        ) is distinct from (
            excluded.produced_kwh, excluded.gap_kwh, excluded.uncertainty_kwh, excluded.imported_kwh,
            excluded.exported_kwh, excluded.method, excluded.coverage, excluded.status, excluded.null_reason,
            excluded.hours_in_day, excluded.data_completeness, excluded.daylight_completeness, excluded.flags
        )
    returning plant_id
)

select
    new_status as status,
    method,
    null_reason,
    count(*) as plants,
    count(*) filter (where plant_id in (select plant_id from written)) as written,
    count(*) filter (where is_restated) as restated
from judged
group by new_status, method, null_reason
order by new_status, method, null_reason;
