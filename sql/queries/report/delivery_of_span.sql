-- name: report/delivery_of_span
-- Each date's file as last built: how many parts, how many of them accepted or failed, and its rows.
select
    observation_date,
    count(*) as parts,
    count(*) filter (where status = 'uploaded') as accepted,
    count(*) filter (where status = 'failed') as failed,
    sum(row_count)::bigint as row_count
from raptor_maps.delivery
where is_current and observation_date between %(from_date)s and %(to_date)s
group by observation_date
order by observation_date desc;
