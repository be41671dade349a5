-- What systems contradict, by joins that the planner can size: what is used twice was kept aside, and nothing known of
-- it, so that all values were compared with all.

create or replace view registry.plant_conflict as
with live as not materialized (
    select
        f.plant_id,
        f.field,
        f.source,
        f.source_plant_id,
        f.value,
        a.is_duplicate
    from registry.plant_field as f
    inner join registry.plant as p using (plant_id)
    inner join registry.plant_alias as a using (plant_id, source, source_plant_id)
    where p.status = 'active' and a.absences < 2
),

chosen as not materialized (
    select
        f.plant_id,
        f.field,
        f.source,
        f.source_plant_id,
        f.value
    from registry.plant_field as f
    where f.is_selected and f.source <> 'decision'
),

capacity as (
    select
        s.plant_id,
        s.field,
        s.source as selected_source,
        s.kw as selected_kw,
        o.source as other_source,
        o.kw as other_kw
    from (
        select
            plant_id,
            field,
            source,
            sum(value::double precision) as kw
        from chosen
        where field in ('capacity_ac_kw', 'capacity_dc_kw', 'storage_kwh')
        group by plant_id, field, source
    ) as s
    inner join (
        select
            plant_id,
            field,
            source,
            sum(value::double precision) as kw
        from live
        where field in ('capacity_ac_kw', 'capacity_dc_kw', 'storage_kwh') and not is_duplicate
        group by plant_id, field, source
    ) as o on s.plant_id = o.plant_id and s.field = o.field and s.source <> o.source
),

place as (
    select
        s.plant_id,
        s.source as selected_source,
        o.source as other_source,
        s.latitude || ', ' || s.longitude as selected_value,
        o.latitude || ', ' || o.longitude as other_value,
        2 * 6371.0088 * asin(sqrt(least(1, power(sind((o.latitude - s.latitude) / 2), 2)
        + cosd(s.latitude) * cosd(o.latitude) * power(sind((o.longitude - s.longitude) / 2), 2)))) as distance_km
    from (
        select
            la.plant_id,
            la.source,
            la.value::double precision as latitude,
            lo.value::double precision as longitude
        from chosen as la
        inner join chosen as lo using (plant_id, source, source_plant_id)
        where la.field = 'latitude' and lo.field = 'longitude'
    ) as s
    inner join (
        select
            la.plant_id,
            la.source,
            la.value::double precision as latitude,
            lo.value::double precision as longitude
        from live as la
        inner join live as lo using (plant_id, source, source_plant_id)
        where la.field = 'latitude' and lo.field = 'longitude'
    ) as o using (plant_id)
)

select
    c.plant_id,
    c.field,
    c.selected_source,
    c.selected_kw::text as selected_value,
    c.other_source,
    c.other_kw::text as other_value,
    abs(c.other_kw / c.selected_kw - 1) as difference,
    r.tolerance
from capacity as c
inner join registry.field_precedence as r on c.field = r.field and c.other_source = r.source
where abs(c.other_kw - c.selected_kw) > r.tolerance * c.selected_kw
union all
select
    p.plant_id,
    'place' as field,
    p.selected_source,
    p.selected_value,
    p.other_source,
    p.other_value,
    p.distance_km as difference,
    r.tolerance
from place as p
inner join registry.field_precedence as r on p.other_source = r.source and r.field = 'latitude'
where p.distance_km > r.tolerance
union all
select
    s.plant_id,
    s.field,
    s.source as selected_source,
    s.value as selected_value,
    o.source as other_source,
    o.value as other_value,
    null as difference,
    null as tolerance
from chosen as s
inner join live as o using (plant_id, field)
where
    s.field = 'technology' and o.value not in (s.value, 'other')
    and not (s.value = 'hybrid' and o.value in ('solar', 'storage'));
