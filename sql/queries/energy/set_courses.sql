-- Registers whose course was followed reading by reading: the sound readings around both ends, counted on over falls.
update energy_measured
set
    is_unexplained = c.is_unexplained,
    before_start_utc = to_timestamp(c.before_start_s),
    before_start_wh = c.before_start_wh,
    after_start_utc = to_timestamp(c.after_start_s),
    after_start_wh = c.after_start_wh,
    before_end_utc = to_timestamp(c.before_end_s),
    before_end_wh = c.before_end_wh,
    after_end_utc = to_timestamp(c.after_end_s),
    after_end_wh = c.after_end_wh
from
    unnest(
        %(sensor_ids)s::integer[], %(are_unexplained)s::boolean[],
        %(before_start_s)s::double precision[], %(before_start_wh)s::double precision[],
        %(after_start_s)s::double precision[], %(after_start_wh)s::double precision[],
        %(before_end_s)s::double precision[], %(before_end_wh)s::double precision[],
        %(after_end_s)s::double precision[], %(after_end_wh)s::double precision[]
    ) as c (
        sensor_id, is_unexplained, before_start_s, before_start_wh, after_start_s, after_start_wh,
        before_end_s, before_end_wh, after_end_s, after_end_wh
    )
where energy_measured.sensor_id = c.sensor_id
