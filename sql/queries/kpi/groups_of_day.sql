-- name: kpi/groups_of_day
-- Plants by the groups that people state for a date, or sources say now; one name is one group, whoever says it.
select
    g.group_code,
    array_agg(distinct g.plant_id) as plant_ids
from (
    select
        plant_id,
        btrim(group_code) as group_code
    from registry.source_group
    union all
    select
        stated.plant_id,
        stated.group_code
    from (
        select distinct on (a.plant_id)
            a.plant_id,
            btrim(d.value) as group_code
        from registry.decision as d
        inner join registry.plant_alias as a using (source, source_plant_id)
        where
            d.action = 'set'
            and d.field = 'group_code'
            and d.undone_at is null
            and (d.valid_from is null or d.valid_from <= %(kpi_date)s)
        order by a.plant_id, d.decided_at desc, d.decision_id desc
    ) as stated
) as g
where g.group_code not in ('', %(whole_fleet)s)
group by g.group_code
order by g.group_code;
