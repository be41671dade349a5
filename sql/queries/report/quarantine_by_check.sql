-- name: report/quarantine_by_check
-- What waits in quarantine, by the check that was not passed, the most records first; a sample of what came.
select
    source,
    entity,
    column_name,
    check_name,
    count(*) as records,
    min(rejected_at) as since,
    left(min(value), 80) as sample
from quarantine.rejected_record
where state = 'open'
group by source, entity, column_name, check_name
order by records desc, source, entity, column_name, check_name;
