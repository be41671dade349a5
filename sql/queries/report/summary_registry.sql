-- name: report/summary_registry
-- Plants by status and technology, and by how many systems know them.
select
    p.status,
    coalesce(p.technology, 'unknown') as technology,
    count(distinct p.plant_id) as plants,
    count(distinct p.plant_id) filter (where a.sources = 1) as in_one,
    count(distinct p.plant_id) filter (where a.sources = 2) as in_two,
    count(distinct p.plant_id) filter (where a.sources > 2) as in_more
from registry.plant as p
left join (
    select
        plant_id,
        count(distinct source) as sources
    from registry.plant_alias
    group by plant_id
) as a using (plant_id)
group by p.status, coalesce(p.technology, 'unknown')
order by p.status, plants desc, technology;
