-- name: energy/delete_orphaned
-- Delete the rows of a date of plants that have no energy of their own on it any more; what had been final is put on
-- record. Those of `plant_ids` and what was merged into them, NULL: all.
with orphan as (
    select
        e.*,
        q.why,
        case
            when p.status = 'merged' then 'counted in ' || target.plant_code
            else 'no energy of its own on this day'
        end as reason
    from energy.plant_daily as e
    inner join registry.plant as p using (plant_id)
    inner join energy.present_plant as one using (plant_id)
    inner join registry.plant as target on one.present_id = target.plant_id
    left join energy.queued_day as q on e.plant_id = q.plant_id and e.energy_date = q.day_date
    where
        e.energy_date = %(energy_date)s
        and (
            %(plant_ids)s::uuid[] is null
            or e.plant_id = any(%(plant_ids)s::uuid[])
            or one.present_id = any(%(plant_ids)s::uuid[])
        )
        -- Joined, as a list of ten thousand would be gone through for each row.
        and not exists (
            select from unnest(%(computed_ids)s::uuid[]) as computed (plant_id)
            where e.plant_id = computed.plant_id
        )
        and p.plant_code <> all(%(not_over)s::text[])
        -- What has ended and measures nothing more, as its only record is another plant since, had these days.
        and not (
            p.status = 'retired'
            and not exists (
                select from registry.sensor as s
                where s.plant_id = p.plant_id
            )
            and exists (
                select from registry.plant_history as h
                where
                    h.plant_id = p.plant_id
                    and h.status = 'active'
                    and h.valid_from <= %(energy_date)s::date::timestamp at time zone coalesce(h.timezone, 'UTC')
                    and h.valid_to > %(energy_date)s::date::timestamp at time zone coalesce(h.timezone, 'UTC')
            )
        )
),

told as (
    insert into energy.restatement (
        plant_id, energy_date, recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
    )
    select
        plant_id, energy_date, %(now_utc)s, produced_kwh, null, method, null, concat_ws('; ', why, reason), %(run_id)s
    from orphan
    where status in ('final', 'restated') and produced_kwh is not null
    on conflict (plant_id, energy_date, recorded_at) do update
        set new_value_kwh = null, new_method = null, cause = excluded.cause, run_id = excluded.run_id
    returning plant_id
),

noted as (
    insert into energy.orphaned_day (plant_id, energy_date)
    select
        plant_id,
        energy_date
    from orphan
    on conflict do nothing
),

gone as (
    delete from energy.plant_daily as e using orphan as o
    where e.plant_id = o.plant_id and e.energy_date = o.energy_date
),

candidates_gone as (
    delete from energy.plant_daily_candidate as c using orphan as o
    where c.plant_id = o.plant_id and c.energy_date = %(energy_date)s
),

measured_gone as (
    delete from energy.plant_measured as m using orphan as o
    where m.plant_id = o.plant_id and m.energy_date = %(energy_date)s
)

select
    count(*) as deleted,
    (select count(*) from told) as restated
from orphan;
