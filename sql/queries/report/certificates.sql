-- name: report/certificates
-- Certificates of active plants that have ended or end before an instant, the earliest first.
select
    p.plant_code,
    p.name as plant_name,
    c.source,
    c.source_plant_id,
    c.ends_at,
    c.ends_at <= %(now_utc)s as is_over
from registry.certificate as c
inner join registry.plant as p using (plant_id)
where p.status = 'active' and c.ends_at < %(before_utc)s
order by c.ends_at, p.plant_code collate "C", c.source, c.source_plant_id collate "C";
