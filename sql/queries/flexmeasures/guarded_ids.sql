-- Ids of the top assets now present: plants, equipment not counted.
select id::text from flexmeasures.asset where is_present and parent_asset_id is null
