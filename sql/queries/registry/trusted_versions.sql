-- name: registry/trusted_versions
-- What each record in doubt said last before the doubt began.
select distinct on (v.source, v.source_plant_id)
    v.source,
    v.source_plant_id,
    v.valid_from,
    v.absences,
    v.name,
    v.technology,
    v.latitude,
    v.longitude,
    v.timezone,
    v.country,
    v.capacity_ac_kw,
    v.capacity_dc_kw,
    v.storage_kwh,
    v.sensor_timezone,
    v.has_load
from registry.record as r
inner join registry.record_version as v
    on r.source = v.source and r.source_plant_id = v.source_plant_id and r.doubted_since > v.valid_from
where r.doubted_since is not null
order by v.source, v.source_plant_id, v.valid_from desc;
