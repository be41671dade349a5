-- name: suncloud/present_sites
-- Ids of the sites that the latest complete listing had.
select id from suncloud.site
where is_present
order by id;
