-- name: energy/begin_queued_energy
-- Queued days of some plants (NULL: all) and what was merged into them: their energy is being computed.
update energy.queued_day as q
set energy_computed_at = %(now_utc)s
from energy.present_plant as p
where
    q.plant_id = p.plant_id
    and q.day_date = %(day_date)s
    and (
        %(plant_ids)s::uuid[] is null
        or p.plant_id = any(%(plant_ids)s::uuid[])
        or p.present_id = any(%(plant_ids)s::uuid[])
    );

-- name: energy/daily_heights
-- How high power goes in either direction on each date (UTC), but for a hundredth of its readings.
select
    h.sensor_id,
    h.day,
    greatest(h.quantiles[2], 0) as above,
    greatest(-h.quantiles[1], 0) as below
from (
    select
        r.sensor_id,
        (r.period_start at time zone 'UTC')::date as day,
        percentile_cont(array[0.01, 0.99]) within group (order by r.value) as quantiles
    from energy.reading as r
    where
        r.sensor_id = any(%(sensor_ids)s::integer[])
        and r.period_start >= %(from_utc)s
        and r.period_start < %(to_utc)s
        and r.value between -1e300 and 1e300
    group by r.sensor_id, (r.period_start at time zone 'UTC')::date
) as h
order by h.sensor_id, h.day;

-- name: energy/days_moving
-- On how many of the dates before one some series told their energy, and on how many of these it was not 0.
select sensor_id, count(*) as days, count(*) filter (where forward_kwh > 0) as moving
from energy.sensor_daily
where
    sensor_id = any(%(sensor_ids)s::integer[])
    and energy_date >= %(from_date)s
    and energy_date < %(energy_date)s
    and forward_kwh is not null
group by sensor_id;

-- name: energy/delete_candidates
-- Candidates of a date, to be written anew.
delete from energy.plant_daily_candidate
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/delete_measured
-- What the plants' readings of a date add up to, to be written anew.
delete from energy.plant_measured
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/delete_orphaned_days
-- Days that plants have energy of their own on again.
delete from energy.orphaned_day
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/delete_reading_flags
-- Notes on the readings of some plants, each between two instants, to be written anew.
delete from energy.reading_flag as f
using
    unnest(%(plant_ids)s::uuid[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[])
        as p (plant_id, start_utc, end_utc),
    registry.sensor as s
where s.plant_id = p.plant_id and f.sensor_id = s.sensor_id and f.period_start between p.start_utc and p.end_utc;

-- name: energy/delete_sensor_days
-- What was measured of the plants' series on a date, to be written anew.
delete from energy.sensor_daily
where
    energy_date = %(energy_date)s
    and sensor_id in (
        select sensor_id from registry.sensor
        where plant_id = any(%(plant_ids)s::uuid[])
    );

-- name: energy/delete_unmerged
-- What was put aside of a date of some plants, which have readings of it after all.
delete from energy.unmerged_day
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/drop_queued
-- Queued days that cannot be computed again.
delete from energy.queued_day
where day_date = %(day_date)s and plant_id = any(%(plant_ids)s::uuid[]);

-- name: energy/duplicate_founders
-- Some plants and what was merged into them, with the records of the plant that they are now which repeat others.
select
    p.plant_id,
    a.source,
    a.source_plant_id
from energy.present_plant as p
inner join registry.plant_alias as a on p.present_id = a.plant_id and a.is_duplicate
where
    p.present_id in (
        select one.present_id from energy.present_plant as one
        where one.plant_id = any(%(plant_ids)s::uuid[])
    );

-- name: energy/end_queued
-- Queued days of some plants (NULL: all) and what was merged into them, whose energy was computed: so are their KPIs.
delete from energy.queued_day as q using energy.present_plant as p
where
    q.plant_id = p.plant_id
    and q.day_date = %(day_date)s
    and q.energy_computed_at is not null
    and (
        %(plant_ids)s::uuid[] is null
        or p.plant_id = any(%(plant_ids)s::uuid[])
        or p.present_id = any(%(plant_ids)s::uuid[])
    );

-- name: energy/missing_at_source
-- Sensors of one plant whose source said, since a span of time began, that it misses data of before the span's end.
select e.name as equipment_name, s.name, m.source, m.missing_since, m.told_at, m.reason
from registry.sensor_status as m
inner join registry.sensor as s using (sensor_id)
inner join registry.equipment as e using (equipment_id)
where m.plant_id = %(plant_id)s and m.missing_since < %(to_utc)s and m.told_at >= %(from_utc)s
order by m.sensor_id, m.missing_since;

-- name: energy/plants_not_read
-- Plants some of whose sensors could not be read in a run.
select p.plant_id
from landing.run_issue as i
inner join registry.plant as p on p.plant_code = i.subject
where i.run_id = %(run_id)s and i.stage = %(stage)s;

-- name: energy/plants_of_shard
-- Plants by the first eight digits of the id of the plant that they are counted in: what was merged goes with it.
select plant_id from energy.present_plant
where mod(('x' || left(present_id::text, 8))::bit(32)::bigint, %(count)s) = %(number)s - 1
order by plant_id;

-- name: energy/previous_methods
-- The method of each plant's energy of a date.
select plant_id, method
from energy.plant_daily
where energy_date = %(energy_date)s and plant_id = any(%(plant_ids)s::uuid[]) and method is not null;

-- name: energy/producers
-- Inverters and turbines of the plants, those without a usable sensor too.
select
    equipment_id, parent_equipment_id, plant_id, equipment_type, source, name, is_present, part_id,
    doubted_since
from registry.equipment
where plant_id = any(%(plant_ids)s::uuid[]) and equipment_type in ('inverter', 'turbine')
order by source, length(source_asset_id), source_asset_id collate "C";

-- name: energy/queued_dates
-- Days that wait to be computed again, newest first: all, or those of one plant and what was merged into it.
select
    q.day_date,
    array_agg(q.plant_id order by q.plant_id) as plant_ids
from energy.queued_day as q
inner join registry.plant as p using (plant_id)
inner join energy.present_plant as one using (plant_id)
inner join registry.plant as target on one.present_id = target.plant_id
where %(plant_code)s::text is null or %(plant_code)s in (p.plant_code, target.plant_code)
group by q.day_date
order by q.day_date desc;

-- name: energy/queued_of_plant
-- Days of a plant that wait to be computed again, by why; and stretches whose days the next sync will queue.
select
    min(day_date) as first_date,
    max(day_date) as last_date,
    count(*) as days,
    why
from energy.queued_day
where plant_id = %(plant_id)s
group by why
union all
select
    t.from_utc::date,
    t.to_utc::date,
    null,
    t.why
from registry.touched as t
where
    t.plant_id = %(plant_id)s
    and not exists (
        select from energy.touched_taken as k
        where k.touched_id = t.touched_id
    )
order by 1 nulls first, 4;

-- name: energy/register_values
-- The different values that some registers showed between two instants.
select sensor_id, array_agg(distinct value order by value) as vals
from energy.reading
where
    sensor_id = any(%(sensor_ids)s::integer[])
    and period_start >= %(from_utc)s
    and period_start < %(to_utc)s
    and value between -1e300 and 1e300
group by sensor_id;

-- name: energy/restatements
-- How the energy of one plant and date was restated, oldest first.
select recorded_at, old_value_kwh, new_value_kwh, old_method, new_method, cause, run_id
from energy.restatement
where plant_id = %(plant_id)s and energy_date = %(energy_date)s
order by recorded_at;

-- name: energy/store_signs
-- Remember the direction that was found.
update registry.sensor as s
set learned_sign = l.sign, learned_until = %(energy_date)s
from unnest(%(sensor_ids)s::integer[], %(signs)s::smallint[]) as l (sensor_id, sign)
where s.sensor_id = l.sensor_id and (s.learned_until is null or s.learned_until <= %(energy_date)s);

-- name: energy/stored_day
-- The energy of one plant and date as it stands.
select
    produced_kwh, imported_kwh, exported_kwh, method, coverage, status, null_reason, hours_in_day,
    data_completeness, daylight_completeness, gap_kwh, uncertainty_kwh, flags, run_id, computed_at
from energy.plant_daily
where plant_id = %(plant_id)s and energy_date = %(energy_date)s;

-- name: energy/unavailabilities
-- What was announced of one plant for a span of time.
select begins_at, ends_at, available_kw, kind, remarks
from registry.unavailability
where plant_id = %(plant_id)s and begins_at < %(to_utc)s and ends_at > %(from_utc)s
order by begins_at, ends_at;

-- name: energy/unknown_energy
-- Plants (of `plant_ids`, NULL: all) whose energy of a day is unknown, with the reason.
select p.plant_code || ' (' || p.name || '): ' || e.null_reason
from energy.plant_daily as e
inner join registry.plant as p using (plant_id)
where
    e.energy_date = %(day)s
    and e.produced_kwh is null
    and (%(plant_ids)s::uuid[] is null or e.plant_id = any(%(plant_ids)s::uuid[]))
order by p.plant_code;

-- name: energy/unsigned_series
-- Power series of the plants whose direction is neither stated nor learned.
select s.sensor_id, s.plant_id, e.equipment_type not in ('inverter', 'turbine') as is_metering
from registry.sensor as s
inner join registry.equipment as e using (equipment_id)
where
    s.plant_id = any(%(plant_ids)s::uuid[])
    and s.quantity = 'ac_power'
    and s.unit = 'W'
    and s.sign is null
    and s.learned_sign is null
    and not s.is_reference
order by s.sensor_id;

-- name: energy/usual_power
-- The highest power of some series on the dates before one, how many of these told it, and what some of them reached.
select
    sensor_id,
    max(highest_w) as highest_w,
    count(*) as days,
    (array_agg(highest_w order by highest_w desc))[%(usual_days)s::integer] as kept_w
from energy.sensor_daily
where
    sensor_id = any(%(sensor_ids)s::integer[])
    and energy_date >= %(from_date)s
    and energy_date < %(energy_date)s
    and highest_w is not null
group by sensor_id;

-- name: energy/why_queued
-- Why the energy of a plant and date is to be computed again, as the queue has it or the next sync will queue it.
select string_agg(distinct waiting.why, '; ') as why
from (
    select q.why
    from energy.queued_day as q
    where q.plant_id = %(plant_id)s and q.day_date = %(energy_date)s
    union all
    select t.why
    from registry.touched as t
    inner join energy.plant_daily as e on t.plant_id = e.plant_id and e.energy_date = %(energy_date)s
    where
        t.plant_id = %(plant_id)s
        and (t.from_utc < %(end_utc)s) is not false
        and (t.to_utc > %(start_utc)s) is not false
        and not exists (
            select from energy.touched_taken as k
            where k.touched_id = t.touched_id
        )
) as waiting;
