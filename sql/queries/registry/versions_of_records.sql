-- name: registry/versions_of_records
-- All that was said of some records, oldest first.
select
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
inner join unnest(%(sources)s::text[], %(source_plant_ids)s::text[]) as wanted (source, source_plant_id)
    using (source, source_plant_id)
order by source, source_plant_id, valid_from;
