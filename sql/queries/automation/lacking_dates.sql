-- name: automation/lacking_dates
-- Dates up to one that plants in service lack: since their first one that is known, and since they were first seen.
-- What was before belongs to their history, which is caught up, and not missed.
with plant as (
    select
        p.plant_id,
        greatest(
            (
                select min(e.energy_date) from energy.plant_daily as e
                where e.plant_id = p.plant_id
            ),
            (p.first_seen_at at time zone 'UTC')::date,
            %(first_date)s::date
        ) as first_date
    from registry.plant as p
    where
        p.status = 'active'
        and exists (
            select from energy.plant_daily as e
            where e.plant_id = p.plant_id
        )
        and exists (
            select from registry.sensor as s
            where s.plant_id = p.plant_id
        )
),

lacking as (
    select
        p.plant_id,
        p.first_date
    from plant as p
    cross join
        lateral (
            select count(*) as days from energy.plant_daily as e
            where e.plant_id = p.plant_id and e.energy_date between p.first_date and %(last_date)s::date
        ) as known
    where known.days < %(last_date)s::date - p.first_date + 1
)

select distinct d.lacking_date
from lacking as l
cross join
    lateral (
        select generate_series(l.first_date, %(last_date)s::date, interval '1 day')::date as lacking_date
    ) as d
where
    not exists (
        select from energy.plant_daily as e
        where e.plant_id = l.plant_id and e.energy_date = d.lacking_date
    )
    and not exists (
        select from registry.plant_history as h
        where
            h.plant_id = l.plant_id
            and h.status <> 'active'
            and h.valid_from <= d.lacking_date
            and (h.valid_to is null or h.valid_to > d.lacking_date)
    )
order by d.lacking_date;
