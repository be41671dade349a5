-- name: report/history_of_plant
-- The versions of a plant, the newest first; the begin of the first one is not known.
select
    (valid_from at time zone coalesce(timezone, 'UTC'))::date as valid_from,
    valid_from > to_timestamp(0) as is_begin_known,
    name,
    technology,
    capacity_ac_kw,
    capacity_dc_kw,
    storage_kwh,
    timezone,
    status
from registry.plant_history
where plant_id = %(plant_id)s
order by registry.plant_history.valid_from desc;
