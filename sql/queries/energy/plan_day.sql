-- The plants of the date in the version valid when it began in that version's own zone, else in their oldest one.
with zone as (
    select *
    from
        unnest(%(zones)s::text[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[], %(are_over)s::boolean[])
            as t (timezone, start_utc, end_utc, is_over)
), version as (
    select plant_id, valid_from, status, timezone, technology, latitude, longitude, capacity_ac_kw, capacity_dc_kw
    from registry.plant_history
    where valid_from < %(energy_date)s::date + interval '2 days'
    union all
    select plant_id, first_seen_at, status, timezone, technology, latitude, longitude, capacity_ac_kw, capacity_dc_kw
    from registry.plant
    where not exists (select from registry.plant_history as h where h.plant_id = plant.plant_id)
), dated as (
    select
        v.*,
        z.timezone is not null as has_zone,
        z.start_utc,
        z.end_utc,
        coalesce(z.is_over, %(is_over_in_utc)s) as is_over,
        v.valid_from <= coalesce(z.start_utc, %(energy_date)s::timestamp at time zone 'UTC') as is_begun
    from version as v
    left join zone as z using (timezone)
    where %(plant_ids)s::uuid[] is null or v.plant_id = any(%(plant_ids)s::uuid[])
), chosen as (
    select distinct on (plant_id) *
    from dated
    order by plant_id, is_begun desc, case when is_begun then valid_from end desc, valid_from
)

insert into energy_day (
    plant_id, plant_code, technology, capacity_kw, latitude, longitude, is_over, start_utc, end_utc, hours, daylight,
    bright_from_utc, bright_until_utc
)
select
    c.plant_id,
    p.plant_code,
    c.technology,
    coalesce(nullif(c.capacity_ac_kw, 0), nullif(c.capacity_dc_kw, 0)),
    c.latitude,
    c.longitude,
    c.is_over,
    c.start_utc,
    c.end_utc,
    coalesce(date_part('epoch', c.end_utc - c.start_utc) / 3600, 24),
    case when sun.matters then '{}'::tstzmultirange end,
    c.start_utc,
    case when sun.matters then c.start_utc else c.end_utc end
from chosen as c
inner join registry.plant as p using (plant_id)
cross join lateral (
    select
        c.technology in ('solar', 'hybrid')
        and c.latitude is not null
        and c.longitude is not null
        and c.start_utc is not null as matters
) as sun
where
    c.status = 'active'
    and p.status <> 'merged'
    and (c.start_utc is not null or not c.has_zone) -- else the zone skipped the date
    and exists (select from registry.sensor as s where s.plant_id = c.plant_id)
