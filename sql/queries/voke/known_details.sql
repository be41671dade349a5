-- name: voke/known_details
-- What is known of the fields that only a plant's detail has, under their names in the API.
select
    id,
    latitude,
    longitude,
    capacity_kwh as "capacityKwh",
    fve_peak_power_kwp as "fvePeakPowerKwp",
    external_plant_id as "externalPlantId"
from voke.plant
where is_present;
