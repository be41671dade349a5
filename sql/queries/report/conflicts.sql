-- name: report/conflicts
-- Where systems disagree on a plant beyond tolerance, the farthest off first.
select
    p.plant_code,
    p.name as plant_name,
    c.field,
    c.selected_source,
    c.selected_value,
    c.other_source,
    c.other_value,
    c.difference,
    c.tolerance
from registry.plant_conflict as c
inner join registry.plant as p using (plant_id)
order by c.difference / nullif(c.tolerance, 0) desc nulls first, p.plant_code collate "C", c.field, c.other_source;
