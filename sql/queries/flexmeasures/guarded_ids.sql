-- name: flexmeasures/guarded_ids
-- Ids of the top assets now present that may be plants: equipment, templates and what is known to be no plant left out.
select a.id::text
from flexmeasures.asset as a
where
    a.is_present
    and a.account_id is not null
    and not exists (
        select from flexmeasures.asset as p
        where p.id = a.parent_asset_id and p.is_present
    )
    and not exists (
        select from registry.not_a_plant as n
        where n.source = 'flexmeasures' and n.source_plant_id = a.id::text
    );
