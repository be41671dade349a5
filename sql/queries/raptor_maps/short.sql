-- name: raptor_maps/undelivered
-- Days that a run was to send and the receiver has not accepted, oldest first.
select observation_date
from raptor_maps.undelivered
order by observation_date;
