-- name: report/open_work
-- What waits for a person, and how many days of plants to be computed again.
select
    (
        select count(*) from registry.match_proposal
        where status = 'open'
    ) as proposals,
    (
        select count(*)
        from (
            select distinct source, entity, record_key, payload_sha256
            from quarantine.rejected_record
            where state = 'open'
        ) as record
    ) as quarantined_records,
    (select count(*) from energy.queued_day) as queued_plant_days;
