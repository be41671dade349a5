-- name: registry/remember_records
-- Remember the records of a registry that was written before records were: where nobody decided they stay where they
-- are, and what their plants were in the past is taken for what their sources said. Where somebody decided, the next
-- delivery tells; of records that are gone none does: they keep a plant that is theirs alone. What the parts of a plant
-- had of its capacity in the past is taken for the share that they have of it now.
with
first as (
    insert into registry.record (source, source_plant_id, plant_id, method, score, first_seen_at)
    select
        source,
        source_plant_id,
        case when is_known then plant_id end,
        case when is_known then coalesce(nullif(method, 'decision'), 'new') end,
        score,
        first_seen_at
    from (
        select
            *,
            method <> 'decision'
            or (not is_present and count(*) over (partition by plant_id) = 1) as is_known
        from registry.plant_alias
    ) as alias
    returning source, source_plant_id, first_seen_at
),

offered as (
    select
        plant_id,
        field,
        source,
        source_plant_id,
        value,
        is_selected and count(*) filter (where is_selected) over (partition by plant_id, field) = 1 as is_only,
        case
            when is_selected and field in ('capacity_ac_kw', 'capacity_dc_kw', 'storage_kwh')
                then
                    value::double precision
                    / nullif(
                        sum(value::double precision)
                        filter (where is_selected and field in ('capacity_ac_kw', 'capacity_dc_kw', 'storage_kwh'))
                            over (partition by plant_id, field),
                        0
                    )
        end as share
    from registry.plant_field
    union all
    -- Of a plant that came as files nobody knows who offered what: its first record is taken to have said it all.
    select
        lead.plant_id,
        field.name,
        lead.source,
        lead.source_plant_id,
        null,
        true,
        1
    from (
        select distinct on (plant_id)
            plant_id,
            source,
            source_plant_id
        from registry.plant_alias
        where plant_id not in (select plant_id from registry.plant_field)
        order by
            plant_id, is_duplicate, array_position(%(source_order)s::text[], source), first_seen_at, source_plant_id
    ) as lead
    cross join (
        values ('name'), ('technology'), ('latitude'), ('longitude'), ('timezone'), ('country'), ('capacity_ac_kw'),
        ('capacity_dc_kw'), ('storage_kwh')
    ) as field (name)
),

told as (
    select
        a.source,
        a.source_plant_id,
        h.valid_from,
        coalesce(
            max(case when o.is_only then h.name else o.value end) filter (where o.field = 'name'), a.source_name
        ) as name,
        max(case when o.is_only then h.technology else o.value end) filter (where o.field = 'technology') as technology,
        max(case when o.is_only then h.latitude else o.value::double precision end)
        filter (where o.field = 'latitude') as latitude,
        max(case when o.is_only then h.longitude else o.value::double precision end)
        filter (where o.field = 'longitude') as longitude,
        max(case when o.is_only then h.timezone else o.value end) filter (where o.field = 'timezone') as timezone,
        max(case when o.is_only then h.country else o.value end) filter (where o.field = 'country') as country,
        max(case when o.share is null then o.value::double precision else h.capacity_ac_kw * o.share end)
        filter (where o.field = 'capacity_ac_kw') as capacity_ac_kw,
        max(case when o.share is null then o.value::double precision else h.capacity_dc_kw * o.share end)
        filter (where o.field = 'capacity_dc_kw') as capacity_dc_kw,
        max(case when o.share is null then o.value::double precision else h.storage_kwh * o.share end)
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
