-- name: energy/create_result_table
-- The day's rows as computed now.
drop table if exists pg_temp.energy_result;

create temp table energy_result (like energy.plant_daily including defaults) on commit drop;
