-- name: registry/add_weights
-- Adopt weights of matching.
insert into registry.match_weights (base_version, weights, decisions, who, why, adopted_at)
values (%(base_version)s, %(weights)s::jsonb, %(decisions)s, %(who)s, %(why)s, %(now_utc)s);

-- name: registry/calls_a_night
-- Calls the readings of one night need: data for each sensor read, and its statistics; listings are few beside them.
select 2 * count(*)
from registry.sensor
where source = %(source)s and is_present and not is_reference and quantity is not null;

-- name: registry/conflicts_in_words
-- Where systems contradict the values in force, a line each, the farthest off first.
select
    p.plant_code || ': ' || case
        when c.field = 'place'
            then
                initcap(c.selected_source) || ' and ' || initcap(c.other_source) || ' disagree by '
                || round(c.difference::numeric, 1) || ' km on its place'
        else
            initcap(c.selected_source) || ' says ' || c.selected_value || ', ' || initcap(c.other_source) || ' says '
            || c.other_value || ' of its ' || c.field
    end as words
from registry.plant_conflict as c
inner join registry.plant as p using (plant_id)
order by c.difference / c.tolerance desc nulls first, p.plant_code, c.field, c.other_source;

-- name: registry/decide_proposal
-- Note what a person decided on a proposal.
update registry.match_proposal
set status = %(status)s, decided_by = %(who)s, decided_at = %(now_utc)s
where proposal_id = %(proposal_id)s;

-- name: registry/delete_aliases
-- Delete records that a person said are no plant.
delete from registry.plant_alias
using unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as gone (source, source_plant_id)
where plant_alias.source = gone.source and plant_alias.source_plant_id = gone.source_plant_id;

-- name: registry/delete_history
-- Delete versions that a revision took back.
delete from registry.plant_history
using unnest(%(plant_ids)s::uuid[], %(valid_froms)s::timestamptz[]) as gone (plant_id, valid_from)
where plant_history.plant_id = gone.plant_id and plant_history.valid_from = gone.valid_from;

-- name: registry/delete_not_plants
-- Delete records that are plants now, or that their source no longer has.
delete from registry.not_a_plant
using unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as gone (source, source_plant_id)
where not_a_plant.source = gone.source and not_a_plant.source_plant_id = gone.source_plant_id;

-- name: registry/delete_plant_bases
-- Plants whose golden values are made again next time.
delete from registry.plant_basis
where plant_id = any(%(plant_ids)s::uuid[]);

-- name: registry/delete_proposals
-- Delete proposals whose doubt is gone.
delete from registry.match_proposal
where proposal_id = any(%(proposal_ids)s::bigint[]);

-- name: registry/delete_records
-- Forget records that are plants neither by themselves nor by a decision, with their versions.
delete from registry.record
using unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as gone (source, source_plant_id)
where record.source = gone.source and record.source_plant_id = gone.source_plant_id;

-- name: registry/fields
-- Every value offered for every field of some plants.
select plant_id, field, source, source_plant_id, value, is_selected
from registry.plant_field
where plant_id = any(%(plant_ids)s::uuid[]);

-- name: registry/fields_of_plant
-- The values each source offers for a plant.
select field, value, source, source_plant_id as record_id, is_selected as selected
from registry.plant_field
where plant_id = %(plant_id)s
order by field, is_selected desc, source, source_plant_id;

-- name: registry/group_decisions
-- Note which decisions one command wrote: those, or each by itself.
update registry.decision
set
    group_id
    = case
        when %(are_one)s then (select min(made.id) from unnest(%(decision_ids)s::bigint[]) as made (id)) else
            decision_id
    end
where decision_id = any(%(decision_ids)s::bigint[]);

-- name: registry/has_records
-- Whether records are remembered, or there are none.
select exists (select from registry.record) or not exists (select from registry.plant_alias);

-- name: registry/join_shapes
-- Let what sources tell in a shared shape be read from one view each, those of new sources too.
select registry.join_shapes();

-- name: registry/known_record
-- Whether a record of a source is known, as plant or not.
select 1 from registry.plant_alias
where source = %(source)s and source_plant_id = %(source_plant_id)s
union all
select 1 from registry.not_a_plant
where source = %(source)s and source_plant_id = %(source_plant_id)s;

-- name: registry/meter_changes_noted
-- Exchanges of meters that were declared, or taken back, at an instant, each with the plant of the meter.
select d.sensor, d.valid_at, d.undone_at is not null as is_undone, p.plant_id, p.timezone
from registry.decision as d
inner join registry.sensor as s on d.sensor = s.source || ':' || s.source_sensor_id
inner join registry.plant as p using (plant_id)
where d.action = 'meter_change' and %(now_utc)s in (d.decided_at, d.undone_at)
order by d.decision_id;

-- name: registry/meter_changes_of_no_register
-- Exchanges in force of meters that no register is known of.
select distinct d.sensor
from registry.decision as d
where
    d.action = 'meter_change'
    and d.undone_at is null
    and not exists (
        select from registry.sensor as s
        where d.sensor = s.source || ':' || s.source_sensor_id and s.is_cumulative and s.unit = 'Wh'
    )
order by d.sensor;

-- name: registry/not_plants
-- Every record of a source that is no plant.
select source, source_plant_id, source_name, reason
from registry.not_a_plant;

-- name: registry/plant_bases
-- What the golden values of plants were made from.
select plant_id, digest, zones
from registry.plant_basis;

-- name: registry/plant_by_code
-- One plant by its code.
select p.*, m.plant_code as merged_into_code
from registry.plant as p
left join registry.plant as m on m.plant_id = p.merged_into
where p.plant_code = %(plant_code)s;

-- name: registry/plants_as_geojson
-- The plants whose place is known, retired ones too, as a GeoJSON feature collection.
select
    json_build_object(
        'type', 'FeatureCollection',
        'features', coalesce(
            json_agg(
                json_build_object(
                    'type', 'Feature',
                    'id', p.plant_code,
                    'geometry', json_build_object(
                        'type', 'Point', 'coordinates', json_build_array(p.longitude, p.latitude)
                    ),
                    'properties', json_build_object(
                        'plant_code', p.plant_code,
                        'name', p.name,
                        'technology', p.technology,
                        'status', p.status,
                        'capacity_ac_kw', p.capacity_ac_kw,
                        'capacity_dc_kw', p.capacity_dc_kw,
                        'storage_kwh', p.storage_kwh,
                        'timezone', p.timezone,
                        'records', (
                            select json_agg(a.source || ':' || a.source_plant_id order by a.source, a.source_plant_id)
                            from registry.plant_alias as a
                            where a.plant_id = p.plant_id
                        )
                    )
                )
                order by p.plant_code
            ),
            '[]'::json
        )
    )::text
from registry.plant as p
where p.latitude is not null and p.longitude is not null and p.status <> 'merged';

-- name: registry/plants_of_records
-- Every record of every source with the plant it belongs to, and the part of it.
select a.source, a.source_plant_id, a.plant_id, a.is_present, a.is_duplicate, p.part_id, r.waits_since
from registry.plant_alias as a
left join registry.plant_part as p using (plant_id, source, source_plant_id)
left join registry.record as r using (source, source_plant_id);

-- name: registry/plants_without_history
-- Plants whose history has not been begun.
select p.plant_id
from registry.plant as p
where not exists (
    select from registry.plant_history as v
    where v.plant_id = p.plant_id
);

-- name: registry/plants_without_zone
-- Codes of the active plants whose time zone nobody knows.
select plant_code from registry.plant
where status = 'active' and timezone is null
order by plant_code;

-- name: registry/proposal
-- One proposal, locked until the transaction ends.
select
    m.proposal_id, m.kind, m.source, m.source_plant_id, m.plant_id, m.evidence, m.status, m.decided_by, m.decided_at,
    p.plant_code,
    (coalesce(r.waits_since, r.doubted_since) at time zone coalesce(p.timezone, 'UTC'))::date as doubted_from
from registry.match_proposal as m
inner join registry.plant as p using (plant_id)
left join registry.record as r using (source, source_plant_id)
where m.proposal_id = %(proposal_id)s
for update of m;

-- name: registry/proposals
-- Every proposal, decided or not.
select kind, source, source_plant_id, plant_id, score, evidence, status, proposal_id
from registry.match_proposal;

-- name: registry/records
-- Where each record belongs by itself.
select source, source_plant_id, plant_id, method, score, first_seen_at, doubted_since, waits_since, weights_id
from registry.record;

-- name: registry/records_of_plant
-- The records of a plant.
select
    source || ':' || source_plant_id as record, source_name as name, method, round(score::numeric, 3) as score,
    is_present as present, first_seen_at::date as first_seen
from registry.plant_alias
where plant_id = %(plant_id)s
order by 1;

-- name: registry/reword_decisions
-- Note who says so now, and why.
update registry.decision as d
set who = n.who, why = n.why
from unnest(%(decision_ids)s::bigint[], %(who)s::text[], %(why)s::text[]) as n (decision_id, who, why)
where d.decision_id = n.decision_id;

-- name: registry/sensor_statements_noted
-- What was stated of sensors, or taken back, at an instant, each with the sensor's plant.
select d.sensor, d.field, d.value, d.undone_at is not null as is_undone, s.plant_id
from registry.decision as d
inner join registry.sensor as s on d.sensor = s.source || ':' || s.source_sensor_id
where d.action = 'set' and %(now_utc)s in (d.decided_at, d.undone_at)
order by d.decision_id;

-- name: registry/sensor_to_decide_on
-- One sensor, with the code and the time zone of its plant.
select s.is_cumulative and s.unit = 'Wh' as is_register, s.source_unit, p.plant_code, p.timezone
from registry.sensor as s
inner join registry.plant as p using (plant_id)
where s.source = %(source)s and s.source_sensor_id = %(source_sensor_id)s;

-- name: registry/settle_meters
-- Meters in question become main or check meters.
update registry.sensor
set
    is_main = equipment_id = any(%(main_ids)s::uuid[]),
    finding = case when not equipment_id = any(%(main_ids)s::uuid[]) then %(check_meter)s::text end
where equipment_id = any(%(equipment_ids)s::uuid[]) and finding = %(several_meters)s;

-- name: registry/stated_of_sensors
-- What people state of sensors, in force; the newest of each field.
select distinct on (sensor, field) sensor, field, value
from registry.decision
where action = 'set' and sensor is not null and undone_at is null
order by sensor, field, decision_id desc;

-- name: registry/statements_of_no_sensor
-- Statements in force of sensors that nobody knows.
select distinct d.sensor, d.field
from registry.decision as d
where
    d.action = 'set' and d.sensor is not null and d.undone_at is null
    and not exists (
        select from registry.sensor as s
        where d.sensor = s.source || ':' || s.source_sensor_id
    )
order by d.sensor, d.field;

-- name: registry/undo_decision
-- Take a decision back, and what the same command decided with it.
update registry.decision as d
set undone_at = %(now_utc)s, undone_by = %(who)s, undone_why = %(why)s
from registry.decision as named
where
    named.decision_id = %(decision_id)s and named.undone_at is null
    and coalesce(d.group_id, d.decision_id) = coalesce(named.group_id, named.decision_id) and d.undone_at is null;

-- name: registry/weights
-- All weights of matching that were ever adopted, newest first.
select weights_id, base_version, weights, decisions, adopted_at, withdrawn_at
from registry.match_weights
order by weights_id desc;

-- name: registry/withdraw_decisions
-- Take back what the crosswalk file no longer says.
update registry.decision
set undone_at = %(now_utc)s, undone_by = %(undone_by)s, undone_why = 'its line was taken out of the file'
where decision_id = any(%(decision_ids)s);

-- name: registry/withdraw_weights
-- Take adopted weights back.
update registry.match_weights
set withdrawn_at = %(now_utc)s, withdrawn_by = %(who)s
where weights_id = %(weights_id)s and withdrawn_at is null;
