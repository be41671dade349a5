-- What was measured of each series over all of its spans.
select sensor_id, sum(forward_wh) as forward_wh, sum(reverse_wh) as reverse_wh
from energy_measured
group by sensor_id
