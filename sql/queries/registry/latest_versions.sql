-- name: registry/latest_versions
-- What each record's source said last.
select distinct on (source, source_plant_id)
    source,
    source_plant_id,
    valid_from,
    absences,
    name,
    technology,
    latitude,
    longitude,
    timezone,
    country,
    capacity_ac_kw,
    capacity_dc_kw,
    storage_kwh,
    sensor_timezone,
    has_load
from registry.record_version
order by source, source_plant_id, valid_from desc;
