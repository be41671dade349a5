-- One proposal, locked until the transaction ends.
select proposal_id, source, source_plant_id, plant_id, evidence, status, decided_by, decided_at
from registry.match_proposal
where proposal_id = %(proposal_id)s
for update
