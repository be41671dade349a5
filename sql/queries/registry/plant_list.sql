-- name: registry/plant_list
-- The plants, for a person.
select
    p.plant_code,
    p.name,
    p.technology,
    round(p.capacity_ac_kw::numeric, 1) as ac_kw,
    round(p.capacity_dc_kw::numeric, 1) as dc_kw,
    p.timezone,
    p.country,
    p.status,
    (
        select string_agg(distinct a.source, ', ' order by a.source)
        from registry.plant_alias as a
        where a.plant_id = p.plant_id
    ) as known_in
from registry.plant as p
where %(with_past)s or p.status = 'active'
order by p.name, p.plant_code;
