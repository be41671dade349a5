-- Measure every series over its day.
insert into energy_span (sensor_id, start_utc, end_utc)
select sensor_id, start_utc, end_utc
from energy_series
order by sensor_id
