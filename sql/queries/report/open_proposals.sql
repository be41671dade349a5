-- name: report/open_proposals
-- Open proposals, the likeliest first.
select
    m.proposal_id,
    m.kind,
    m.source,
    m.source_plant_id,
    coalesce(a.source_name, m.source_plant_id) as source_name,
    p.plant_code,
    p.name as plant_name,
    m.score
from registry.match_proposal as m
inner join registry.plant as p using (plant_id)
left join registry.plant_alias as a on m.source = a.source and m.source_plant_id = a.source_plant_id
where m.status = 'open'
order by m.score desc, m.proposal_id;
