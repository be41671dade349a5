-- name: automation/latest_outcomes
-- How each stream ended last, of the runs that are not under way, and under which kind its problem is open.
with recursive stream as (
    (
        select
            source,
            entity
        from landing.stream_run
        order by source, entity
        limit 1
    )
    union all
    -- From one stream to the next by the index: there are some twenty, in many runs.
    select
        n.source,
        n.entity
    from stream as s
    cross join
        lateral (
            select
                r.source,
                r.entity
            from landing.stream_run as r
            where (r.source, r.entity) > (s.source, s.entity)
            order by r.source, r.entity
            limit 1
        ) as n
)

select
    s.source,
    s.entity,
    o.state,
    o.message,
    o.run_id,
    o.expected,
    o.got,
    p.kind as open_kind
from stream as s
cross join
    lateral (
        select
            r.state,
            r.message,
            r.run_id,
            r.expected,
            r.got
        from landing.stream_run as r
        where r.source = s.source and r.entity = s.entity and r.run_id <> all(%(under_way)s::text[])
        order by r.finished_at desc
        limit 1
    ) as o
left join automation.problem as p
    on
        p.over_at is null
        and p.kind in ('stream_failed', 'listing_incomplete')
        and p.subject = s.source || ' ' || s.entity
order by s.source, s.entity;
