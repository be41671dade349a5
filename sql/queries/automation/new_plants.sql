-- name: automation/new_plants
-- Active plants that became known after a moment: first seen, or seen with sensors for the first time. With who knows
-- them, what a record of theirs is doubted to be, and whether their days are to be computed.
with placed as (
    select
        p.*,
        first_data.known_at as data_since,
        exists(
            select from registry.sensor as s
            where s.plant_id = p.plant_id and s.is_present
        ) as has_sensors,
        exists(
            select from energy.plant_daily as e
            where e.plant_id = p.plant_id and e.produced_kwh is not null
        ) as has_energy,
        exists(
            select from energy.plant_daily as e
            where e.plant_id = p.plant_id
        ) as has_days
    from registry.plant as p
    cross join
        lateral (
            select min(a.first_seen_at) as known_at from registry.plant_alias as a
            where
                a.plant_id = p.plant_id
                and exists (
                    select from registry.sensor as s
                    where s.plant_id = p.plant_id and s.source = a.source
                )
        ) as first_data
    where p.status = 'active'
)

select
    p.plant_code,
    p.name,
    p.technology,
    p.country,
    p.latitude,
    p.longitude,
    p.timezone,
    coalesce(p.capacity_ac_kw, p.capacity_dc_kw) as capacity_kw,
    p.has_sensors,
    p.has_sensors and not p.has_days as needs_days,
    p.first_seen_at > %(after)s::timestamptz as is_new,
    greatest(p.first_seen_at, p.data_since) as known_at,
    array(
        select a.source || ':' || a.source_plant_id from registry.plant_alias as a
        where a.plant_id = p.plant_id and a.is_present
        order by a.source, a.source_plant_id
    ) as records,
    array(
        select m.source || ':' || m.source_plant_id || ' and ' || other.plant_code
        from registry.match_proposal as m
        inner join registry.plant as other on m.plant_id = other.plant_id
        left join registry.plant_alias as a on m.source = a.source and m.source_plant_id = a.source_plant_id
        where m.status = 'open' and p.plant_id in (m.plant_id, a.plant_id)
        order by m.proposal_id
    ) as doubts
from placed as p
where
    p.first_seen_at > %(after)s::timestamptz
    or (p.data_since > %(after)s::timestamptz and not p.has_energy)
order by known_at, p.plant_code;
