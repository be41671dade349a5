-- Note what a person decided on a proposal.
update registry.match_proposal
set status = %(status)s, decided_by = %(who)s, decided_at = %(now_utc)s
where proposal_id = %(proposal_id)s
