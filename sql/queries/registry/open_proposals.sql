-- name: registry/open_proposals
-- The proposals that wait for a person, the likeliest first, with the plant each record may belong to.
select
    proposal.proposal_id,
    proposal.kind,
    proposal.source,
    proposal.source_plant_id,
    proposal.plant_id,
    plant.plant_code,
    plant.name as plant_name,
    own.plant_code as own_plant_code,
    proposal.score,
    proposal.evidence
from registry.match_proposal as proposal
inner join registry.plant using (plant_id)
left join registry.plant_alias as alias using (source, source_plant_id)
left join registry.plant as own on alias.plant_id = own.plant_id
where proposal.status = 'open'
order by proposal.score desc, proposal.proposal_id;
