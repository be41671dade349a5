-- Issues of one run, failures first.
select room, subject, message, severity, energy_date
from landing.run_issue
where run_id = %(run_id)s
order by severity, room, subject, energy_date, message
