-- name: registry/remember_records
-- Remember the records of a registry that was written before records were: where nobody decided they stay where they
-- are, and what their plants were in the past is taken for what their sources said.
with
first as (
    insert into registry.record (source, source_plant_id, plant_id, method, score, first_seen_at)
    select
        source,
        source_plant_id,
        case when method <> 'decision' then plant_id end,
        nullif(method, 'decision'),
        score,
        first_seen_at
    from registry.plant_alias
    returning source, source_plant_id, first_seen_at
),

offered as (
    select
        plant_id,
        field,
        source,
        source_plant_id,
        value,
        is_selected and count(*) filter (where is_selected) over (partition by plant_id, field) = 1 as is_only
    from registry.plant_field
),

told as (
    select
        a.source,
        a.source_plant_id,
        h.valid_from,
        a.source_name as name,
        max(case when o.is_only then h.technology else o.value end) filter (where o.field = 'technology') as technology,
        max(case when o.is_only then h.latitude else o.value::double precision end)
        filter (where o.field = 'latitude') as latitude,
        max(case when o.is_only then h.longitude else o.value::double precision end)
        filter (where o.field = 'longitude') as longitude,
        max(case when o.is_only then h.timezone else o.value end) filter (where o.field = 'timezone') as timezone,
        max(case when o.is_only then h.country else o.value end) filter (where o.field = 'country') as country,
        max(case when o.is_only then h.capacity_ac_kw else o.value::double precision end)
        filter (where o.field = 'capacity_ac_kw') as capacity_ac_kw,
        max(case when o.is_only then h.capacity_dc_kw else o.value::double precision end)
        filter (where o.field = 'capacity_dc_kw') as capacity_dc_kw,
        max(case when o.is_only then h.storage_kwh else o.value::double precision end)
        filter (where o.field = 'storage_kwh') as storage_kwh,
        max(o.value) filter (where o.field = 'sensor_timezone') as sensor_timezone,
        a.has_load
    from registry.plant_alias as a
    inner join registry.plant_history as h using (plant_id)
    left join offered as o using (plant_id, source, source_plant_id)
    group by a.source, a.source_plant_id, h.valid_from
)

insert into registry.record_version (
    source, source_plant_id, valid_from, absences, name, technology, latitude, longitude, timezone, country,
    capacity_ac_kw, capacity_dc_kw, storage_kwh, sensor_timezone, has_load
)
select
    source, source_plant_id, valid_from, 0, name, technology, latitude, longitude, timezone, country,
    capacity_ac_kw, capacity_dc_kw, storage_kwh, nullif(sensor_timezone, ''), has_load
from told
inner join first using (source, source_plant_id)
union all
select
    t.source, t.source_plant_id, greatest(coalesce(p.retired_at, a.last_seen_at), t.valid_from + interval '1 second'),
    a.absences, t.name, t.technology, t.latitude, t.longitude, t.timezone, t.country,
    t.capacity_ac_kw, t.capacity_dc_kw, t.storage_kwh, nullif(t.sensor_timezone, ''), t.has_load
from
    (
        select distinct on (source, source_plant_id) * from told
        order by source, source_plant_id, valid_from desc
    ) as t
inner join registry.plant_alias as a using (source, source_plant_id)
inner join registry.plant as p using (plant_id)
where a.absences > 0;
