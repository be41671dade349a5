-- name: automation/silent_plants
-- Plants that a source, which does answer, has nothing new of: of all sensors, or of some. One that is known as silent
-- is so until something of its latest date is there.
select
    f.plant_code,
    f.name,
    f.source,
    f.sensors,
    f.heard_sensors,
    f.silent_sensors,
    f.expected_date,
    f.last_date,
    f.is_silent or (o.kinds @> array['plant_silent'] and f.last_date is null) as is_silent,
    f.silent_sensors > 0 and not f.is_silent
    or (o.kinds @> array['sensors_silent'] and (f.silent_sensors > 0 or f.last_date is null)) as is_partly_silent
from automation.freshness as f
left join lateral (
    select array_agg(p.kind) as kinds
    from automation.problem as p
    where p.over_at is null and p.subject = f.source || ' ' || f.plant_code
) as o on true
where f.source = any(%(sources)s::text[])
order by f.plant_code, f.source;
