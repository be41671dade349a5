-- Delete open proposals whose doubt is gone.
delete from registry.match_proposal
where proposal_id = any(%(proposal_ids)s::bigint[]) and status = 'open'
