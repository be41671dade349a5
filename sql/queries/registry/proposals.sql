-- Every proposed match, decided or not.
select source, source_plant_id, plant_id, score, evidence, status, proposal_id
from registry.match_proposal
