-- name: registry/create_staged_equipment
-- A place for the devices as classified now.
drop table if exists pg_temp.staged_equipment;

create temp table staged_equipment (like registry.equipment) on commit drop;
