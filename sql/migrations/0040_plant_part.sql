-- Parts of plants that people put together, so that what different systems measure of them adds up.

create view registry.plant_part as
with placed as (
    select
        a.plant_id,
        a.source,
        a.source_plant_id,
        r.plant_id as part_id
    from registry.plant_alias as a
    inner join registry.record as r using (source, source_plant_id)
    where
        a.is_present and not a.is_duplicate and r.plant_id is not null
),

several as (
    select
        plant_id,
        source
    from placed
    group by plant_id, source
    having count(distinct part_id) > 1
),

part as (
    select distinct
        placed.plant_id,
        placed.part_id
    from placed
    inner join several using (plant_id, source)
)

select
    placed.plant_id,
    placed.source,
    placed.source_plant_id,
    placed.part_id
from placed
inner join part using (plant_id, part_id);

comment on view registry.plant_part is
'Records of plants that consist of several: two that one system tells apart are different plants by themselves.';
comment on column registry.plant_part.plant_id is 'Plant that consists of them.';
comment on column registry.plant_part.source is 'System of the record.';
comment on column registry.plant_part.source_plant_id is 'Id of the record at the source.';
comment on column registry.plant_part.part_id is 'Plant that the record would belong to without any decision.';

alter table registry.equipment add column part_id uuid;
comment on column registry.equipment.part_id is
'Part of the plant that it belongs to, as registry.plant_part has it; NULL: the plant is no sum, or it is of the whole.';
