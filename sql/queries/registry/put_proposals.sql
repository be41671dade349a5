-- name: registry/put_proposals
-- Write open proposals: new ones, those whose evidence changed, and those whose decision was undone.
insert into registry.match_proposal as known (kind, source, source_plant_id, plant_id, score, evidence)
select kind, source, source_plant_id, plant_id, score, evidence
from
    jsonb_to_recordset(%(proposals)s::jsonb) as proposal (
        kind text, source text, source_plant_id text, plant_id uuid, score double precision, evidence jsonb
    )
on conflict (source, source_plant_id, plant_id) do update
    set
        kind = excluded.kind, score = excluded.score, evidence = excluded.evidence, status = 'open', decided_by = null,
        decided_at = null;
