-- name: ravenwits/guarded_ids
-- Ids of the plants now present.
select id from ravenwits.plant
where is_present;
