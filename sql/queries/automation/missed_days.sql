-- name: automation/missed_days
-- Dates on which plants with sensors were in service and have no energy, newest first: since a plant was first seen
-- less the days that belong to its history, and not before the first date that can be computed. With `since_known` also
-- not before the first date that it has: what was before is its history, not yet caught up.
with plant as (
    select
        p.plant_id,
        greatest(
            (p.first_seen_at at time zone 'UTC')::date - %(onboarding_days)s::integer,
            %(first_date)s::date,
            case when %(since_known)s then known.first_date end
        ) as first_date
    from registry.plant as p
    cross join
        lateral (
            select min(e.energy_date) as first_date from energy.plant_daily as e
            where e.plant_id = p.plant_id
        ) as known
    where
        p.status = 'active'
        and (known.first_date is not null or not %(since_known)s)
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

select
    d.day_date,
    array_agg(l.plant_id order by l.plant_id) as plant_ids
from lacking as l
cross join
    lateral (
        select generate_series(l.first_date, %(last_date)s::date, interval '1 day')::date as day_date
    ) as d
where
    not exists (
        select from energy.plant_daily as e
        where e.plant_id = l.plant_id and e.energy_date = d.day_date
    )
    and not exists (
        select from registry.plant_history as h
        where
            h.plant_id = l.plant_id
            and h.status <> 'active'
            and h.valid_from <= d.day_date
            and (h.valid_to is null or h.valid_to > d.day_date)
    )
group by d.day_date
order by d.day_date desc;
