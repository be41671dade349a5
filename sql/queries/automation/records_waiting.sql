-- name: automation/records_waiting
-- Streams with records that wait in quarantine, and how many came in the last answer that could be read.
select
    w.source,
    w.entity,
    w.records,
    o.got,
    o.run_id
from (
    select
        source,
        entity,
        count(*) as records
    from (
        select distinct
            source,
            entity,
            record_key,
            payload_sha256
        from quarantine.rejected_record
        where state = 'open'
    ) as record
    group by source, entity
) as w
cross join
    lateral (
        select
            r.got,
            r.run_id
        from landing.stream_run as r
        where
            r.source = w.source
            and r.entity = w.entity
            and r.state in ('complete', 'incomplete')
            and r.run_id <> all(%(under_way)s::text[])
        order by r.finished_at desc
        limit 1
    ) as o
order by w.source, w.entity;
