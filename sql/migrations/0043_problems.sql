-- 0043_problems
-- What is wrong, as long as it is: each trouble once, with when it began, who took it on, and when it was over.

create schema automation;

create table automation.problem (
    problem_id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    message text not null,
    run_id text,
    details jsonb not null default '{}',
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    acknowledged_by text,
    acknowledged_why text,
    acknowledged_at timestamptz,
    over_at timestamptz,
    told_at timestamptz,
    over_told_at timestamptz,
    check (over_at >= first_seen_at)
);
create unique index problem_open_idx on automation.problem (kind, subject) where over_at is null;
create index on automation.problem (kind, subject, over_at);
create index problem_untold_idx on automation.problem (problem_id) where told_at is null or over_told_at is null;
comment on table automation.problem is
'Troubles: one row from the moment one is seen until it is over; one that comes back is another row.';
comment on column automation.problem.problem_id is 'Number of the problem, as a person names it.';
comment on column automation.problem.kind is 'What is wrong, a word of the list in docs/operating.md.';
comment on column automation.problem.subject is
'What it is wrong with: a job, SOURCE ENTITY, SOURCE PLANT, a folder; at any time a kind is open once a subject.';
comment on column automation.problem.message is 'What was seen of it last, in words.';
comment on column automation.problem.run_id is 'Dagster run that it was last seen in; NULL: it was seen in none.';
comment on column automation.problem.details is 'The same in figures, by kind: dates, counts.';
comment on column automation.problem.first_seen_at is 'When it was first seen.';
comment on column automation.problem.last_seen_at is 'When it was last seen.';
comment on column automation.problem.acknowledged_by is 'Who said that they know of it; NULL: nobody.';
comment on column automation.problem.acknowledged_why is 'What they said of it.';
comment on column automation.problem.acknowledged_at is 'When they did.';
comment on column automation.problem.over_at is 'When it was seen to be over; NULL: it is not.';
comment on column automation.problem.told_at is
'When the webhook took the message that it began; NULL: it did not yet, or there was none to send.';
comment on column automation.problem.over_told_at is
'When the webhook took the message that it is over, or over_at where no webhook was set.';

create view automation.broken_now as
select
    problem_id,
    kind,
    subject,
    message,
    first_seen_at as since,
    last_seen_at,
    acknowledged_by,
    acknowledged_why,
    run_id
from automation.problem
where over_at is null;
comment on view automation.broken_now is 'What is broken now: the problems that are not over.';
comment on column automation.broken_now.problem_id is 'Number of the problem, as a person names it.';
comment on column automation.broken_now.kind is 'What is wrong, a word of the list in docs/operating.md.';
comment on column automation.broken_now.subject is 'What it is wrong with.';
comment on column automation.broken_now.message is 'What was seen of it last, in words.';
comment on column automation.broken_now.since is 'When it was first seen.';
comment on column automation.broken_now.last_seen_at is 'When it was last seen.';
comment on column automation.broken_now.acknowledged_by is 'Who said that they know of it; NULL: nobody.';
comment on column automation.broken_now.acknowledged_why is 'What they said of it.';
comment on column automation.broken_now.run_id is 'Dagster run that it was last seen in; NULL: it was seen in none.';

create view automation.freshness as
with series as (
    select
        s.sensor_id,
        s.plant_id,
        s.source
    from registry.sensor as s
    inner join registry.equipment as e using (equipment_id)
    where
        s.is_present
        and e.is_present
        and not s.is_reference
        and s.resolution < interval '1 day'
        and (
            s.quantity in ('ac_power', 'grid_power') and s.unit = 'W'
            or s.quantity in ('production_energy', 'import_energy', 'export_energy') and s.unit = 'Wh'
        )
),

heard as (
    select
        d.sensor_id,
        max(d.energy_date) as last_date
    from energy.sensor_daily as d
    where d.readings > 0 and d.energy_date > (select max(e.energy_date) - 31 from energy.plant_daily as e)
    group by d.sensor_id
)

select
    p.plant_id,
    p.plant_code,
    p.name,
    s.source,
    x.expected_date,
    max(h.last_date) as last_date,
    count(*) as sensors,
    count(h.last_date) as heard_sensors,
    count(*) filter (where h.last_date < x.expected_date) as silent_sensors,
    coalesce(max(h.last_date) < x.expected_date, false) as is_silent
from series as s
inner join registry.plant as p using (plant_id)
cross join
    lateral (
        select max(e.energy_date) as expected_date from energy.plant_daily as e
        where e.plant_id = p.plant_id
    ) as x
left join heard as h using (sensor_id)
where p.status = 'active'
group by p.plant_id, s.source, x.expected_date;
comment on view automation.freshness is
'By plant and source, what should have arrived and what did: days of the sensors that tell energy.';
comment on column automation.freshness.plant_id is 'Plant.';
comment on column automation.freshness.plant_code is 'Code of the plant.';
comment on column automation.freshness.name is 'Name of the plant.';
comment on column automation.freshness.source is 'System that has the readings.';
comment on column automation.freshness.expected_date is
'The latest plant-local date that was computed of the plant: something of it should be there; NULL: none was.';
comment on column automation.freshness.last_date is
'The latest date of which something is there, in the 31 days before the latest of the fleet; NULL: none.';
comment on column automation.freshness.sensors is 'Sensors at the source that tell energy.';
comment on column automation.freshness.heard_sensors is 'Those of which something is there in these 31 days.';
comment on column automation.freshness.silent_sensors is 'Those of which nothing is there any more of expected_date.';
comment on column automation.freshness.is_silent is 'Whether all that were heard in these 31 days fell silent.';

comment on table landing.heartbeat is
'The last run of a job that ended well: of nightly_sync over all plants, and not over days before those of the last one; of jobs without days any.';
comment on column landing.heartbeat.job is 'Name of the job: nightly_sync, registry_sync, a job of a source.';
comment on column landing.heartbeat.dates is 'The plant-local dates it was for, in order; empty: it is for none.';
