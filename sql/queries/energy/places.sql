-- Where daylight has to be known, and for which day.
select plant_id, latitude, longitude, date_part('epoch', start_utc) as start_s, date_part('epoch', end_utc) as end_s
from energy_day
where daylight is not null
