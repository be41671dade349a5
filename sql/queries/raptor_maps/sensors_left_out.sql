-- name: raptor_maps/sensors_left_out
-- How many sensors of the day's plants are not exported, by reason.
select
    left_out as reason,
    count(*) as sensors
from raptor_day_sensor
where left_out is not null
group by left_out
order by left_out;
