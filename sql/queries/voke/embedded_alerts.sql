-- Alerts inside the records of the plants now present.
select e.alert
from voke.plant as p
cross join lateral jsonb_array_elements(p.alerts) as e (alert)
where p.is_present and p.alerts is not null
order by p.id
