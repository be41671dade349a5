-- name: automation/new_plants
-- Active plants first seen after a moment, and whether they have sensors but no energy yet.
select
    p.plant_code,
    p.first_seen_at,
    exists (
        select from registry.sensor as s
        where s.plant_id = p.plant_id and s.is_present
    )
    and not exists (
        select from energy.plant_daily as e
        where e.plant_id = p.plant_id
    ) as needs_days
from registry.plant as p
where p.status = 'active' and p.first_seen_at > %(after)s::timestamptz
order by p.first_seen_at, p.plant_code;
