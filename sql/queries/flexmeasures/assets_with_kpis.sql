-- name: flexmeasures/assets_with_kpis
-- Assets that show KPIs, with the zone of most of the sensors shown.
select
    a.id as asset_id,
    mode() within group (order by s.timezone) as timezone
from flexmeasures.asset as a
cross join
    lateral jsonb_array_elements(
        case jsonb_typeof(a.sensors_to_show_as_kpis) when 'array' then a.sensors_to_show_as_kpis else '[]' end
    ) as k (item)
inner join flexmeasures.sensor as s on s.id::text = k.item ->> 'sensor'
where a.is_present and s.is_present and s.timezone is not null
group by a.id
order by a.id;
