-- Which source is believed in which field, how far the others may be off, and where they are off by more.

create table registry.field_precedence (
    field text not null,
    source text not null,
    rank integer not null,
    tolerance double precision,
    primary key (field, source)
);
comment on table registry.field_precedence is
'Whose value of a field is taken: that of the lowest rank. Written by every sync from what sources and rules declare, to be read.';
comment on column registry.field_precedence.field is 'Column of registry.plant.';
comment on column registry.field_precedence.source is
'System; decision: what a person states; derived: what follows from other fields.';
comment on column registry.field_precedence.rank is '0: first. Of sources that say nothing the next one is asked.';
comment on column registry.field_precedence.tolerance is
'So far a source may be off the selected value: capacities as a share of it, latitude and longitude in km together; NULL: not compared by size.';

create view registry.plant_conflict as
with live as (
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

chosen as (
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
comment on view registry.plant_conflict is
'Where a source that still has an active plant says something else than the value in force, beyond tolerance; not what a person stated. Zones are findings of the sync.';
comment on column registry.plant_conflict.plant_id is 'Plant.';
comment on column registry.plant_conflict.field is
'A capacity, technology, or place (latitude and longitude together).';
comment on column registry.plant_conflict.selected_source is 'Whose value is in force.';
comment on column registry.plant_conflict.selected_value is
'Value in force; capacities of several records added up; a place as latitude, longitude.';
comment on column registry.plant_conflict.other_source is 'System that says something else.';
comment on column registry.plant_conflict.other_value is 'What it says.';
comment on column registry.plant_conflict.difference is
'How far off it is: capacities as a share of the value in force, places in km; NULL: not a matter of size.';
comment on column registry.plant_conflict.tolerance is 'How far off it may be, in the same unit.';
