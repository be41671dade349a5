-- Days that are derived from energy.plant_daily are held to the registry by it: each row of theirs is written beside one
-- of the same plant, and plants are never deleted. To look up the plant of every row again took half of writing them.

alter table energy.plant_daily_candidate drop constraint plant_daily_candidate_plant_id_fkey;
alter table kpi.plant_daily drop constraint plant_daily_plant_id_fkey;
