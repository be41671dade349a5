-- name: report/summary_energy
-- Energy rows of the dates by method and status, the unknown ones by reason.
select
    coalesce(null_reason, method) as outcome,
    produced_kwh is not null as is_known,
    status,
    count(*) as plant_days,
    sum(produced_kwh) as produced_kwh
from energy.plant_daily
where energy_date = any(%(dates)s)
group by coalesce(null_reason, method), produced_kwh is not null, status
order by is_known desc, outcome, status;
