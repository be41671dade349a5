-- name: automation/active_zones
-- The time zones of the active plants, where they have one.
select distinct timezone from registry.plant
where status = 'active' and timezone is not null;

-- name: automation/has_active_plants
-- Whether the registry knows any plant in service.
select count(*) > 0 from registry.plant
where status = 'active';

-- name: automation/partitioned_tables
-- Tables that are partitioned, which all are by month.
select n.nspname || '.' || c.relname as table_name
from pg_catalog.pg_partitioned_table as p
inner join pg_catalog.pg_class as c on c.oid = p.partrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by table_name;

-- name: automation/plant_codes
-- The codes of the active plants.
select
    plant_id,
    plant_code
from registry.plant
where status = 'active';
