-- name: report/summary_match
-- How the records of the sources found their plants, and how many are none.
select
    method,
    count(*) as records
from registry.plant_alias
group by method
union all
select
    'not_a_plant',
    count(*)
from registry.not_a_plant
having count(*) > 0
order by method;
