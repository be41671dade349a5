-- name: raptor_maps/unanswered
-- Parts of a date whose upload began and whose outcome nobody wrote.
select
    part,
    sha256,
    attempted_at at time zone 'UTC' as attempted_at
from raptor_maps.delivery
where
    observation_date = %(observation_date)s
    and status = 'built'
    and attempted_at is not null
    and http_status is null;
