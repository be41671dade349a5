-- name: energy/plant_versions
-- Every version of the plants, newest first, that may be valid on the date; a plant without history is its own version.
-- Whether samples tell its energy is asked of plants without sensors alone.
with version as (
    select
        plant_id, valid_from, status, timezone, technology, latitude, longitude, capacity_ac_kw, capacity_dc_kw
    from registry.plant_history
    where valid_from < %(energy_date)s::date + interval '2 days'
    union all
    select
        p.plant_id, p.first_seen_at, p.status, p.timezone, p.technology, p.latitude, p.longitude,
        p.capacity_ac_kw, p.capacity_dc_kw
    from registry.plant as p
    where not exists (
        select from registry.plant_history as h
        where h.plant_id = p.plant_id
    )
)

select
    p.plant_code,
    p.status as present_status,
    measured.sensors,
    doubted.doubted_since,
    case
        when measured.sensors = 0
            then
                exists (
                    select from registry.energy_sample as s
                    where s.plant_id = p.plant_id
                )
        else false
    end as is_sampled,
    v.*
from registry.plant as p
inner join version as v using (plant_id)
cross join
    lateral (
        select count(*) as sensors from registry.sensor as s
        where s.plant_id = p.plant_id
    ) as measured
left join (
    select plant_id, min(doubted_since) as doubted_since
    from registry.equipment
    where doubted_since is not null
    group by plant_id
) as doubted using (plant_id)
where %(plant_ids)s::uuid[] is null or p.plant_id = any(%(plant_ids)s::uuid[])
order by p.plant_code, v.valid_from desc;
