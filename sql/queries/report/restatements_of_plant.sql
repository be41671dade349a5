-- name: report/restatements_of_plant
-- Changes of a plant's energy of a span that had been final, the newest first.
select
    energy_date,
    recorded_at,
    old_value_kwh,
    new_value_kwh,
    cause
from energy.restatement
where plant_id = %(plant_id)s and energy_date between %(from_date)s and %(to_date)s
order by recorded_at desc, energy_date desc;
