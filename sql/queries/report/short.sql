-- name: report/dates_delivered
-- The days whose file a run built or sent.
select distinct observation_date from raptor_maps.delivery
where run_id = %(run_id)s;

-- name: report/is_synced
-- Whether a sync has ever left anything in the warehouse.
select
    exists (
        -- A warehouse that waits for its migration has no such column yet.
        select from landing.stream_run as r
        where not coalesce((to_jsonb(r) ->> 'is_between_nights')::boolean, false)
    )
    or exists (select from registry.plant);

-- name: report/last_good_night
-- When the last nightly sync over all plants ended well.
select succeeded_at from landing.heartbeat
where job = 'nightly_sync';

-- name: report/latest_run
-- The run that wrote last, but for those of streams between the nights, or the one asked for, and when its last stream
-- ended.
select run_id, finished_at
from landing.stream_run
where run_id = %(run_id)s or (%(run_id)s::text is null and not is_between_nights)
order by finished_at desc, run_id
limit 1;

-- name: report/newest_date
-- The latest plant-local date with rows of energy, known or not.
select max(energy_date) from energy.plant_daily;

-- name: report/plant_of_code
-- A plant by its code, as it is now.
select
    plant_id,
    plant_code,
    name,
    technology,
    latitude,
    longitude,
    timezone,
    country,
    capacity_ac_kw,
    capacity_dc_kw,
    storage_kwh,
    status
from registry.plant
where plant_code = %(plant_code)s;

-- name: report/restated_days
-- How many plant days a run restated.
select count(*) from energy.restatement
where run_id = %(run_id)s;

-- name: report/span_of_energy
-- The first and the last plant-local date with rows of energy, known or not.
select
    min(energy_date) as first_date,
    max(energy_date) as last_date
from energy.plant_daily;
