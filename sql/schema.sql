CREATE SCHEMA automation;

CREATE SCHEMA energy;

CREATE SCHEMA flexmeasures;

CREATE SCHEMA kpi;

CREATE SCHEMA landing;

CREATE SCHEMA quarantine;

CREATE SCHEMA raptor_maps;

CREATE SCHEMA ravenwits;

CREATE SCHEMA registry;

CREATE SCHEMA voke;

CREATE FUNCTION raptor_maps.csv_field(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((strpos(value, ','::text) > 0) OR (strpos(value, '"'::text) > 0)) THEN (('"'::text || replace(value, '"'::text, '""'::text)) || '"'::text) ELSE COALESCE(value, ''::text) END;

COMMENT ON FUNCTION raptor_maps.csv_field(value text) IS 'A text without line breaks as a CSV field: quoted only where it must be.';

CREATE FUNCTION raptor_maps.value_text(value double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= ('-9000000000000'::numeric)::double precision) AND (value <= ('9000000000000'::numeric)::double precision)) THEN (((round((value * (1000)::double precision)) / (1000)::double precision) + (0)::double precision))::text WHEN ((value >= ('-1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision) AND (value <= ('1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)::double precision)) THEN (trim_scale(round((value)::numeric, 3)))::text ELSE NULL::text END;

COMMENT ON FUNCTION raptor_maps.value_text(value double precision) IS 'A number with at most 3 decimals, without exponent or negative zero; NULL for what is no number.';

CREATE FUNCTION registry.join_shapes() RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    execute format(
        'create or replace view registry.forecast as '
        'select a.plant_id, a.source, a.source_plant_id, f.period_end, f.retrieved_at, f.energy_kwh, '
        'case when not a.is_present then a.last_seen_at end as listed_until '
        'from (%s) as f inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('forecast_shape', 'source_plant_id, period_end, retrieved_at, energy_kwh')
    );
    execute format(
        'create or replace view registry.status_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.is_connected '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape('status_sample_shape', 'source_plant_id, sampled_at, is_connected')
    );
    execute format(
        'create or replace view registry.energy_sample as '
        'select a.plant_id, a.source, a.source_plant_id, s.sampled_at, s.energy_date, s.produced_kwh, '
        's.imported_kwh, s.exported_kwh, s.self_consumption_pct '
        'from (%s) as s inner join registry.plant_alias as a using (source, source_plant_id) '
        'where not a.is_duplicate',
        registry.joined_shape(
            'energy_sample_shape',
            'source_plant_id, sampled_at, energy_date, produced_kwh, imported_kwh, exported_kwh, self_consumption_pct'
        )
    );
    execute format(
        'create or replace view registry.unavailability as '
        'select a.plant_id, a.source, a.source_plant_id, u.begins_at, u.ends_at, u.available_kw, u.kind, u.remarks '
        'from (%s) as u inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape(
            'unavailability_shape', 'source_plant_id, begins_at, ends_at, available_kw, kind, remarks'
        )
    );
    execute format(
        'create or replace view registry.source_group as '
        'select a.plant_id, a.source, a.source_plant_id, g.group_code '
        'from (%s) as g inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('group_shape', 'source_plant_id, group_code')
    );
    execute format(
        'create or replace view registry.certificate as '
        'select a.plant_id, a.source, a.source_plant_id, c.ends_at '
        'from (%s) as c inner join registry.plant_alias as a using (source, source_plant_id)',
        registry.joined_shape('certificate_shape', 'source_plant_id, ends_at')
    );
    execute format(
        'create or replace view registry.sensor_status as '
        'select s.sensor_id, s.plant_id, s.source, t.missing_since, t.told_at, t.reason '
        'from (%s) as t inner join registry.sensor as s using (source, source_sensor_id)',
        registry.joined_shape('sensor_status_shape', 'source_sensor_id, missing_since, told_at, reason')
    );
end
$$;

CREATE FUNCTION registry.joined_shape(shape text, columns text) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT string_agg(format('select %L::text as source, %s from %I.%I'::text, s.nspname, joined_shape.columns, s.nspname, joined_shape.shape), ' union all '::text ORDER BY s.nspname) AS string_agg FROM (pg_class c JOIN pg_namespace s ON ((s.oid = c.relnamespace))) WHERE ((c.relname = joined_shape.shape) AND (c.relkind = 'v'::"char")));

CREATE TABLE automation.problem (
    problem_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    message text NOT NULL,
    run_id text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    acknowledged_by text,
    acknowledged_why text,
    acknowledged_at timestamp with time zone,
    over_at timestamp with time zone,
    told_at timestamp with time zone,
    over_told_at timestamp with time zone,
    CONSTRAINT problem_check CHECK ((over_at >= first_seen_at))
);

COMMENT ON TABLE automation.problem IS 'Troubles: one row from the moment one is seen until it is over; one that comes back is another row.';

COMMENT ON COLUMN automation.problem.problem_id IS 'Number of the problem, as a person names it.';

COMMENT ON COLUMN automation.problem.kind IS 'What is wrong, a word of the list in docs/operating.md.';

COMMENT ON COLUMN automation.problem.subject IS 'What it is wrong with: a job, SOURCE ENTITY, SOURCE PLANT, a folder; at any time a kind is open once a subject.';

COMMENT ON COLUMN automation.problem.message IS 'What was seen of it last, in words.';

COMMENT ON COLUMN automation.problem.run_id IS 'Dagster run that it was last seen in; NULL: it was seen in none.';

COMMENT ON COLUMN automation.problem.details IS 'The same in figures, by kind: dates, counts.';

COMMENT ON COLUMN automation.problem.first_seen_at IS 'When it was first seen.';

COMMENT ON COLUMN automation.problem.last_seen_at IS 'When it was last seen.';

COMMENT ON COLUMN automation.problem.acknowledged_by IS 'Who said that they know of it; NULL: nobody.';

COMMENT ON COLUMN automation.problem.acknowledged_why IS 'What they said of it.';

COMMENT ON COLUMN automation.problem.acknowledged_at IS 'When they did.';

COMMENT ON COLUMN automation.problem.over_at IS 'When it was seen to be over; NULL: it is not.';

COMMENT ON COLUMN automation.problem.told_at IS 'When the webhook took the message that it began; NULL: it did not yet, or there was none to send.';

COMMENT ON COLUMN automation.problem.over_told_at IS 'When the webhook took the message that it is over, or over_at where no webhook was set.';

CREATE VIEW automation.broken_now AS
 SELECT problem_id,
    kind,
    subject,
    message,
    first_seen_at AS since,
    last_seen_at,
    acknowledged_by,
    acknowledged_why,
    run_id
   FROM automation.problem
  WHERE (over_at IS NULL);

COMMENT ON VIEW automation.broken_now IS 'What is broken now: the problems that are not over.';

COMMENT ON COLUMN automation.broken_now.problem_id IS 'Number of the problem, as a person names it.';

COMMENT ON COLUMN automation.broken_now.kind IS 'What is wrong, a word of the list in docs/operating.md.';

COMMENT ON COLUMN automation.broken_now.subject IS 'What it is wrong with.';

COMMENT ON COLUMN automation.broken_now.message IS 'What was seen of it last, in words.';

COMMENT ON COLUMN automation.broken_now.since IS 'When it was first seen.';

COMMENT ON COLUMN automation.broken_now.last_seen_at IS 'When it was last seen.';

COMMENT ON COLUMN automation.broken_now.acknowledged_by IS 'Who said that they know of it; NULL: nobody.';

COMMENT ON COLUMN automation.broken_now.acknowledged_why IS 'What they said of it.';

COMMENT ON COLUMN automation.broken_now.run_id IS 'Dagster run that it was last seen in; NULL: it was seen in none.';

CREATE VIEW automation.freshness AS
SELECT
    NULL::uuid AS plant_id,
    NULL::text AS plant_code,
    NULL::text AS name,
    NULL::text AS source,
    NULL::date AS expected_date,
    NULL::date AS last_date,
    NULL::bigint AS sensors,
    NULL::bigint AS heard_sensors,
    NULL::bigint AS silent_sensors,
    NULL::boolean AS is_silent;

COMMENT ON VIEW automation.freshness IS 'By plant and source, what should have arrived and what did: days of the sensors that tell energy.';

COMMENT ON COLUMN automation.freshness.plant_id IS 'Plant.';

COMMENT ON COLUMN automation.freshness.plant_code IS 'Code of the plant.';

COMMENT ON COLUMN automation.freshness.name IS 'Name of the plant.';

COMMENT ON COLUMN automation.freshness.source IS 'System that has the readings.';

COMMENT ON COLUMN automation.freshness.expected_date IS 'The latest plant-local date that was computed of the plant: something of it should be there; NULL: none was.';

COMMENT ON COLUMN automation.freshness.last_date IS 'The latest date of which something is there, in the 31 days before the latest of the fleet; NULL: none.';

COMMENT ON COLUMN automation.freshness.sensors IS 'Sensors at the source that tell energy.';

COMMENT ON COLUMN automation.freshness.heard_sensors IS 'Those of which something is there in these 31 days.';

COMMENT ON COLUMN automation.freshness.silent_sensors IS 'Those of which nothing is there any more of expected_date.';

COMMENT ON COLUMN automation.freshness.is_silent IS 'Whether all that were heard in these 31 days fell silent.';

ALTER TABLE automation.problem ALTER COLUMN problem_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME automation.problem_problem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE energy.orphaned_day (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL
);

COMMENT ON TABLE energy.orphaned_day IS 'Days on which a plant had energy of its own until it was merged or out of service: computed again if that is undone.';

COMMENT ON COLUMN energy.orphaned_day.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.orphaned_day.energy_date IS 'Plant-local date.';

CREATE TABLE energy.plant_daily (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    method text,
    coverage double precision,
    status text NOT NULL,
    null_reason text,
    hours_in_day double precision NOT NULL,
    run_id text NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    data_completeness double precision,
    daylight_completeness double precision,
    gap_kwh double precision,
    uncertainty_kwh double precision,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT plant_daily_check CHECK (((produced_kwh IS NULL) = (null_reason IS NOT NULL))),
    CONSTRAINT plant_daily_coverage_check CHECK (((coverage >= (0)::double precision) AND (coverage <= (1)::double precision))),
    CONSTRAINT plant_daily_method_check CHECK ((method = ANY (ARRAY['register_difference'::text, 'interval_energy'::text, 'power_integral'::text, 'inverter_sum'::text, 'voke_telemetry'::text, 'voke_sampled'::text]))),
    CONSTRAINT plant_daily_status_check CHECK ((status = ANY (ARRAY['provisional'::text, 'final'::text, 'restated'::text])))
);

COMMENT ON TABLE energy.plant_daily IS 'Energy of each plant and plant-local day, by the method chosen; NULL with a reason where it is not known.';

COMMENT ON COLUMN energy.plant_daily.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.plant_daily.energy_date IS 'Plant-local date.';

COMMENT ON COLUMN energy.plant_daily.produced_kwh IS 'Energy produced, kWh, gross of what the plant drew; NULL: not known, see null_reason.';

COMMENT ON COLUMN energy.plant_daily.imported_kwh IS 'Energy drawn from the grid, kWh; NULL: not measured.';

COMMENT ON COLUMN energy.plant_daily.exported_kwh IS 'Energy fed into the grid, kWh; NULL: not measured.';

COMMENT ON COLUMN energy.plant_daily.method IS 'Way produced_kwh was measured; NULL: no way had data.';

COMMENT ON COLUMN energy.plant_daily.coverage IS 'Share of the day the method''s energy stands for, 0 to 1.';

COMMENT ON COLUMN energy.plant_daily.status IS 'provisional: may still change; final: complete; restated: was final and changed.';

COMMENT ON COLUMN energy.plant_daily.null_reason IS 'Why produced_kwh is NULL, a word of the closed list of reasons.';

COMMENT ON COLUMN energy.plant_daily.hours_in_day IS 'Length of the plant-local day, hours: 23 to 25 where clocks are changed.';

COMMENT ON COLUMN energy.plant_daily.run_id IS 'Run that last changed the row.';

COMMENT ON COLUMN energy.plant_daily.computed_at IS 'When the row was last changed.';

COMMENT ON COLUMN energy.plant_daily.data_completeness IS 'Share of the day for which valid values arrived, 0 to 1.';

COMMENT ON COLUMN energy.plant_daily.daylight_completeness IS 'Share of the time the sun was up for which valid values arrived, 0 to 1; NULL: place not known, or not solar.';

COMMENT ON COLUMN energy.plant_daily.gap_kwh IS 'Best estimate of what was produced while nothing valid was measured, kWh; 0: nothing is missing; NULL: not to be told.';

COMMENT ON COLUMN energy.plant_daily.uncertainty_kwh IS 'Half width of the 95 % interval of produced_kwh + gap_kwh around the truth, kWh: gaps, register ends, resets.';

COMMENT ON COLUMN energy.plant_daily.flags IS 'What is odd about the day, words of the closed list of flags, in order.';

CREATE TABLE energy.plant_daily_candidate (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL,
    method text NOT NULL,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    coverage double precision,
    data_completeness double precision,
    daylight_completeness double precision,
    null_reason text,
    sensor_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    hours_in_day double precision NOT NULL,
    run_id text NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    gap_kwh double precision,
    uncertainty_kwh double precision,
    flags text[] DEFAULT '{}'::text[] NOT NULL
)
PARTITION BY RANGE (energy_date);

COMMENT ON TABLE energy.plant_daily_candidate IS 'Energy of each plant and plant-local day by every method that was possible.';

COMMENT ON COLUMN energy.plant_daily_candidate.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.plant_daily_candidate.energy_date IS 'Plant-local date; the partitions are months of it.';

COMMENT ON COLUMN energy.plant_daily_candidate.method IS 'Way it was measured.';

COMMENT ON COLUMN energy.plant_daily_candidate.produced_kwh IS 'Energy produced by this method, kWh; NULL: not known, see null_reason.';

COMMENT ON COLUMN energy.plant_daily_candidate.imported_kwh IS 'Energy drawn from the grid, kWh; NULL: not measured.';

COMMENT ON COLUMN energy.plant_daily_candidate.exported_kwh IS 'Energy fed into the grid, kWh; NULL: not measured.';

COMMENT ON COLUMN energy.plant_daily_candidate.coverage IS 'Share of the day this method''s energy stands for, 0 to 1.';

COMMENT ON COLUMN energy.plant_daily_candidate.data_completeness IS 'Share of the day for which valid values arrived, 0 to 1.';

COMMENT ON COLUMN energy.plant_daily_candidate.daylight_completeness IS 'Share of the time the sun was up for which valid values arrived, 0 to 1; NULL: place not known, or not solar.';

COMMENT ON COLUMN energy.plant_daily_candidate.null_reason IS 'Why produced_kwh is NULL, a word of the closed list of reasons.';

COMMENT ON COLUMN energy.plant_daily_candidate.sensor_ids IS 'Sensors it was measured with (registry.sensor).';

COMMENT ON COLUMN energy.plant_daily_candidate.hours_in_day IS 'Length of the plant-local day, hours.';

COMMENT ON COLUMN energy.plant_daily_candidate.run_id IS 'Run that wrote the row.';

COMMENT ON COLUMN energy.plant_daily_candidate.computed_at IS 'When the row was written.';

COMMENT ON COLUMN energy.plant_daily_candidate.gap_kwh IS 'Best estimate of what was produced while this method measured nothing valid, kWh; NULL: not to be told.';

COMMENT ON COLUMN energy.plant_daily_candidate.uncertainty_kwh IS 'Half width of the 95 % interval of produced_kwh + gap_kwh around the truth, kWh.';

COMMENT ON COLUMN energy.plant_daily_candidate.flags IS 'What is odd about the day by this method, in order.';

CREATE TABLE energy.plant_measured (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL,
    sun_h double precision,
    poa_wh_per_m2 double precision,
    poa_h double precision,
    poa_sun_h double precision,
    ghi_wh_per_m2 double precision,
    ghi_h double precision,
    ghi_sun_h double precision,
    power_h double precision,
    power_sun_h double precision,
    paired_kwh double precision,
    paired_wh_per_m2 double precision,
    paired_h double precision,
    paired_sun_h double precision,
    warm_kwh double precision,
    warm_wh_per_m2 double precision,
    warm_corrected_wh_per_m2 double precision,
    warm_h double precision,
    warm_sun_h double precision,
    peak_power_kw double precision,
    pv_kwh double precision,
    pv_coverage double precision,
    power_method text,
    power_step_s double precision,
    power_sensor_ids integer[] NOT NULL,
    poa_sensor_ids integer[] NOT NULL,
    ghi_sensor_ids integer[] NOT NULL,
    temperature_sensor_ids integer[] NOT NULL,
    suspect_sensor_ids integer[] NOT NULL,
    temperature_coefficient_per_k double precision,
    quarter_kwh real[],
    run_id text NOT NULL,
    computed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (energy_date);

COMMENT ON TABLE energy.plant_measured IS 'What the day''s valid readings of a plant add up to beside its energy: the inputs of its KPIs.';

COMMENT ON COLUMN energy.plant_measured.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.plant_measured.energy_date IS 'Plant-local date; the partitions are months of it.';

COMMENT ON COLUMN energy.plant_measured.sun_h IS 'Hours with the sun above the horizon; NULL: place not known, or not solar.';

COMMENT ON COLUMN energy.plant_measured.poa_wh_per_m2 IS 'Plane-of-array irradiation while the sun was up, Wh/m²; NULL: not measured.';

COMMENT ON COLUMN energy.plant_measured.poa_h IS 'Hours with valid plane-of-array irradiance.';

COMMENT ON COLUMN energy.plant_measured.poa_sun_h IS 'Hours of daylight with valid plane-of-array irradiance.';

COMMENT ON COLUMN energy.plant_measured.ghi_wh_per_m2 IS 'Horizontal irradiation while the sun was up, Wh/m²; NULL: not measured.';

COMMENT ON COLUMN energy.plant_measured.ghi_h IS 'Hours with valid horizontal irradiance.';

COMMENT ON COLUMN energy.plant_measured.ghi_sun_h IS 'Hours of daylight with valid horizontal irradiance.';

COMMENT ON COLUMN energy.plant_measured.power_h IS 'Hours with valid power of the plant.';

COMMENT ON COLUMN energy.plant_measured.power_sun_h IS 'Hours of daylight with valid power of the plant.';

COMMENT ON COLUMN energy.plant_measured.paired_kwh IS 'Energy of the intervals in which power and irradiance are valid, kWh; of a hybrid, of its photovoltaic devices.';

COMMENT ON COLUMN energy.plant_measured.paired_wh_per_m2 IS 'Plane-of-array irradiation of the same intervals, Wh/m².';

COMMENT ON COLUMN energy.plant_measured.paired_h IS 'Hours of those intervals.';

COMMENT ON COLUMN energy.plant_measured.paired_sun_h IS 'Hours of daylight of those intervals.';

COMMENT ON COLUMN energy.plant_measured.warm_kwh IS 'Energy of the intervals in which power, irradiance and module temperature are valid, kWh.';

COMMENT ON COLUMN energy.plant_measured.warm_wh_per_m2 IS 'Plane-of-array irradiation of the same intervals, Wh/m².';

COMMENT ON COLUMN energy.plant_measured.warm_corrected_wh_per_m2 IS 'The same irradiation, each interval times 1 + γ (T - 25 °C).';

COMMENT ON COLUMN energy.plant_measured.warm_h IS 'Hours of those intervals.';

COMMENT ON COLUMN energy.plant_measured.warm_sun_h IS 'Hours of daylight of those intervals.';

COMMENT ON COLUMN energy.plant_measured.peak_power_kw IS 'Highest mean power of a whole quarter of an hour, kW.';

COMMENT ON COLUMN energy.plant_measured.pv_kwh IS 'Energy of a hybrid''s photovoltaic devices, kWh; NULL: no hybrid, or not measured.';

COMMENT ON COLUMN energy.plant_measured.pv_coverage IS 'Share of daylight (of the day, where the place is unknown) in which those devices were measured.';

COMMENT ON COLUMN energy.plant_measured.power_method IS 'Method of the series that give the power; NULL: none does.';

COMMENT ON COLUMN energy.plant_measured.power_step_s IS 'Coarsest step of those series, seconds.';

COMMENT ON COLUMN energy.plant_measured.power_sensor_ids IS 'Sensors that give the power.';

COMMENT ON COLUMN energy.plant_measured.poa_sensor_ids IS 'Sensors that give the plane-of-array irradiance.';

COMMENT ON COLUMN energy.plant_measured.ghi_sensor_ids IS 'Sensors that give the horizontal irradiance.';

COMMENT ON COLUMN energy.plant_measured.temperature_sensor_ids IS 'Sensors that give the module temperature.';

COMMENT ON COLUMN energy.plant_measured.suspect_sensor_ids IS 'Irradiance sensors voted out, as they contradict the others.';

COMMENT ON COLUMN energy.plant_measured.temperature_coefficient_per_k IS 'Temperature coefficient of power used, 1/K.';

COMMENT ON COLUMN energy.plant_measured.quarter_kwh IS 'Energy of each quarter of an hour from the beginning of the local day, kWh; NULL where not wholly measured.';

COMMENT ON COLUMN energy.plant_measured.run_id IS 'Run that last changed the row.';

COMMENT ON COLUMN energy.plant_measured.computed_at IS 'When the row was last changed.';

CREATE TABLE registry.plant (
    plant_id uuid NOT NULL,
    plant_code text NOT NULL,
    name text NOT NULL,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    commissioned_at date,
    status text NOT NULL,
    merged_into uuid,
    first_seen_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT plant_status_check CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text, 'merged'::text]))),
    CONSTRAINT plant_technology_check CHECK ((technology = ANY (ARRAY['solar'::text, 'wind'::text, 'storage'::text, 'hybrid'::text, 'other'::text])))
);

COMMENT ON TABLE registry.plant IS 'Plants, one row each whatever the number of systems that know it: the values in force.';

COMMENT ON COLUMN registry.plant.plant_id IS 'Id of the plant, issued once.';

COMMENT ON COLUMN registry.plant.plant_code IS 'Short code of the id for people; it never changes.';

COMMENT ON COLUMN registry.plant.name IS 'Name in force.';

COMMENT ON COLUMN registry.plant.technology IS 'solar, wind, storage, hybrid or other; NULL: not known.';

COMMENT ON COLUMN registry.plant.latitude IS 'Latitude, degrees north; NULL: not known.';

COMMENT ON COLUMN registry.plant.longitude IS 'Longitude, degrees east; NULL: not known.';

COMMENT ON COLUMN registry.plant.timezone IS 'IANA time zone in which its days begin and end; NULL: not known.';

COMMENT ON COLUMN registry.plant.country IS 'Country, ISO 3166 alpha-3; NULL: not known.';

COMMENT ON COLUMN registry.plant.capacity_ac_kw IS 'Nominal AC capacity, kW; NULL: not known.';

COMMENT ON COLUMN registry.plant.capacity_dc_kw IS 'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';

COMMENT ON COLUMN registry.plant.storage_kwh IS 'Storage capacity, kWh; NULL: not known, or without storage.';

COMMENT ON COLUMN registry.plant.commissioned_at IS 'Date of commissioning; only people state it.';

COMMENT ON COLUMN registry.plant.status IS 'active, retired or merged.';

COMMENT ON COLUMN registry.plant.merged_into IS 'Plant that this one turned out to be; NULL: not merged.';

COMMENT ON COLUMN registry.plant.first_seen_at IS 'When any source first had it.';

COMMENT ON COLUMN registry.plant.updated_at IS 'When a value in force last changed.';

COMMENT ON COLUMN registry.plant.retired_at IS 'When it left the fleet; NULL: it has not.';

CREATE VIEW energy.present_plant AS
 WITH RECURSIVE step AS (
         SELECT plant.plant_id,
            plant.plant_id AS present_id
           FROM registry.plant
        UNION
         SELECT s_1.plant_id,
            p_1.merged_into
           FROM (step s_1
             JOIN registry.plant p_1 ON ((s_1.present_id = p_1.plant_id)))
          WHERE (p_1.merged_into IS NOT NULL)
        )
 SELECT s.plant_id,
    s.present_id
   FROM (step s
     JOIN registry.plant p ON ((s.present_id = p.plant_id)))
  WHERE (p.merged_into IS NULL);

COMMENT ON VIEW energy.present_plant IS 'In which plant each plant is counted now: itself, or the one that it ended up merged into.';

COMMENT ON COLUMN energy.present_plant.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.present_plant.present_id IS 'Plant that has its energy.';

CREATE TABLE energy.queued_day (
    plant_id uuid NOT NULL,
    day_date date NOT NULL,
    why text NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    energy_computed_at timestamp with time zone
);

COMMENT ON TABLE energy.queued_day IS 'Days of plants that wait to be computed again, as the registry is no longer what they were computed from.';

COMMENT ON COLUMN energy.queued_day.plant_id IS 'Plant, also one that has no records any more: then its rows go.';

COMMENT ON COLUMN energy.queued_day.day_date IS 'Plant-local date.';

COMMENT ON COLUMN energy.queued_day.why IS 'What the registry learned, in its words.';

COMMENT ON COLUMN energy.queued_day.queued_at IS 'Since when it waits.';

COMMENT ON COLUMN energy.queued_day.energy_computed_at IS 'When its energy was computed again; NULL: not yet. With its KPIs computed too the row is gone.';

CREATE TABLE energy.reading (
    sensor_id integer NOT NULL,
    period_start timestamp with time zone NOT NULL,
    value double precision NOT NULL
)
PARTITION BY RANGE (period_start);

COMMENT ON TABLE energy.reading IS 'Value in the sensor''s canonical unit, labelled with the start of its interval (an instant for instantaneous sensors); the sensor''s sign is not applied.';

COMMENT ON COLUMN energy.reading.sensor_id IS 'Sensor that measured (registry.sensor).';

COMMENT ON COLUMN energy.reading.period_start IS 'Begin of the interval, or the instant; the partitions are ranges of it, in UTC.';

COMMENT ON COLUMN energy.reading.value IS 'Measured value, in the unit of registry.sensor.';

CREATE TABLE energy.reading_flag (
    sensor_id integer NOT NULL,
    period_start timestamp with time zone NOT NULL,
    flag text NOT NULL,
    run_id text NOT NULL
);

COMMENT ON TABLE energy.reading_flag IS 'Readings left out when energy was measured, and readings after which a register began anew; energy.reading keeps them.';

COMMENT ON COLUMN energy.reading_flag.sensor_id IS 'Sensor that measured (registry.sensor).';

COMMENT ON COLUMN energy.reading_flag.period_start IS 'Label of the reading in energy.reading.';

COMMENT ON COLUMN energy.reading_flag.flag IS 'outlier, stuck or irradiance_suspect: left out; reset, rollover, meter_change or meter_unexplained: what happened to the register before it.';

COMMENT ON COLUMN energy.reading_flag.run_id IS 'Run that found it.';

CREATE TABLE energy.restatement (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    old_value_kwh double precision,
    new_value_kwh double precision,
    old_method text,
    new_method text,
    cause text NOT NULL,
    run_id text NOT NULL
);

COMMENT ON TABLE energy.restatement IS 'Changes of energy that had been final, one row each.';

COMMENT ON COLUMN energy.restatement.plant_id IS 'Plant.';

COMMENT ON COLUMN energy.restatement.energy_date IS 'Plant-local date whose energy changed.';

COMMENT ON COLUMN energy.restatement.recorded_at IS 'When it changed.';

COMMENT ON COLUMN energy.restatement.old_value_kwh IS 'Energy produced before, kWh; NULL: had not been known.';

COMMENT ON COLUMN energy.restatement.new_value_kwh IS 'Energy produced since, kWh; NULL: no longer known.';

COMMENT ON COLUMN energy.restatement.old_method IS 'Method before.';

COMMENT ON COLUMN energy.restatement.new_method IS 'Method since; NULL: no method has data.';

COMMENT ON COLUMN energy.restatement.cause IS 'Why it changed, in words.';

COMMENT ON COLUMN energy.restatement.run_id IS 'Run that changed it.';

CREATE TABLE energy.sensor_daily (
    sensor_id integer NOT NULL,
    energy_date date NOT NULL,
    readings integer NOT NULL,
    left_out integer NOT NULL,
    step_s double precision,
    sign smallint,
    forward_kwh double precision,
    reverse_kwh double precision,
    coverage double precision NOT NULL,
    highest_w double precision,
    null_reason text,
    flags text[] NOT NULL,
    run_id text NOT NULL,
    computed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (energy_date);

COMMENT ON TABLE energy.sensor_daily IS 'What each series that can tell energy says of each plant-local day.';

COMMENT ON COLUMN energy.sensor_daily.sensor_id IS 'Sensor (registry.sensor).';

COMMENT ON COLUMN energy.sensor_daily.energy_date IS 'Plant-local date; the partitions are months of it.';

COMMENT ON COLUMN energy.sensor_daily.readings IS 'Readings of the day.';

COMMENT ON COLUMN energy.sensor_daily.left_out IS 'Readings of the day that were left out.';

COMMENT ON COLUMN energy.sensor_daily.step_s IS 'Usual seconds from one reading to the next; NULL: too few readings.';

COMMENT ON COLUMN energy.sensor_daily.sign IS 'Direction used: +1 positive values are production; NULL: not known.';

COMMENT ON COLUMN energy.sensor_daily.forward_kwh IS 'Energy in the direction of the quantity, kWh; NULL: not known.';

COMMENT ON COLUMN energy.sensor_daily.reverse_kwh IS 'Energy in the other direction, kWh; NULL: not known.';

COMMENT ON COLUMN energy.sensor_daily.coverage IS 'Share of the day whose energy is known, 0 to 1.';

COMMENT ON COLUMN energy.sensor_daily.highest_w IS 'Highest power, or mean power between two readings of a register, in W; NULL: none.';

COMMENT ON COLUMN energy.sensor_daily.null_reason IS 'Why forward_kwh is NULL, a word of the closed list of reasons.';

COMMENT ON COLUMN energy.sensor_daily.flags IS 'What is odd about the series on that day.';

COMMENT ON COLUMN energy.sensor_daily.run_id IS 'Run that last changed the row.';

COMMENT ON COLUMN energy.sensor_daily.computed_at IS 'When the row was last changed.';

CREATE TABLE energy.touched_taken (
    touched_id bigint NOT NULL,
    taken_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE energy.touched_taken IS 'Rows of registry.touched whose days have been queued.';

COMMENT ON COLUMN energy.touched_taken.touched_id IS 'Number of the row.';

COMMENT ON COLUMN energy.touched_taken.taken_at IS 'When its days were queued.';

CREATE TABLE energy.unmerged_day (
    plant_id uuid NOT NULL,
    energy_date date NOT NULL,
    own_row jsonb,
    own_measured jsonb,
    merged_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE energy.unmerged_day IS 'Days whose readings are no longer kept, of plants that are one plant now: what each had of its own, put back if it is undone.';

COMMENT ON COLUMN energy.unmerged_day.plant_id IS 'Plant as it was, or the one that the others were merged into.';

COMMENT ON COLUMN energy.unmerged_day.energy_date IS 'Plant-local date.';

COMMENT ON COLUMN energy.unmerged_day.own_row IS 'Its row of energy.plant_daily before; NULL: it had none.';

COMMENT ON COLUMN energy.unmerged_day.own_measured IS 'Its row of energy.plant_measured before; NULL: it had none.';

COMMENT ON COLUMN energy.unmerged_day.merged_at IS 'When the days became one.';

CREATE TABLE flexmeasures.asset (
    id bigint NOT NULL,
    name text NOT NULL,
    account_id bigint,
    owner jsonb,
    latitude double precision,
    longitude double precision,
    generic_asset_type_id bigint,
    generic_asset_type jsonb,
    parent_asset_id bigint,
    child_assets jsonb,
    sensors jsonb,
    attributes jsonb,
    flex_context jsonb,
    flex_model jsonb,
    sensors_to_show jsonb,
    sensors_to_show_as_kpis jsonb,
    external_id text,
    description text,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE flexmeasures.asset IS 'Assets of FlexMeasures, plants and their parts, as last listed, and those listed earlier.';

COMMENT ON COLUMN flexmeasures.asset.id IS 'Id of the asset on the server.';

COMMENT ON COLUMN flexmeasures.asset.name IS 'Name, unique beside the assets with the same parent.';

COMMENT ON COLUMN flexmeasures.asset.account_id IS 'Account that owns it; NULL: a template open to all.';

COMMENT ON COLUMN flexmeasures.asset.owner IS 'Id and name of that account, as received.';

COMMENT ON COLUMN flexmeasures.asset.latitude IS 'Latitude, degrees north.';

COMMENT ON COLUMN flexmeasures.asset.longitude IS 'Longitude, degrees east.';

COMMENT ON COLUMN flexmeasures.asset.generic_asset_type_id IS 'Id of its type.';

COMMENT ON COLUMN flexmeasures.asset.generic_asset_type IS 'Id and name of its type, as received.';

COMMENT ON COLUMN flexmeasures.asset.parent_asset_id IS 'Asset it is a part of; NULL: none.';

COMMENT ON COLUMN flexmeasures.asset.child_assets IS 'Its direct parts, as received.';

COMMENT ON COLUMN flexmeasures.asset.sensors IS 'Id and name of its own sensors, as received.';

COMMENT ON COLUMN flexmeasures.asset.attributes IS 'Free properties, parsed.';

COMMENT ON COLUMN flexmeasures.asset.flex_context IS 'Settings of the site for scheduling, parsed.';

COMMENT ON COLUMN flexmeasures.asset.flex_model IS 'Settings of the device for scheduling, parsed.';

COMMENT ON COLUMN flexmeasures.asset.sensors_to_show IS 'Charts of its page on the server, parsed.';

COMMENT ON COLUMN flexmeasures.asset.sensors_to_show_as_kpis IS 'KPIs of its page on the server, parsed.';

COMMENT ON COLUMN flexmeasures.asset.external_id IS 'Id of the asset in another system, as people entered it.';

COMMENT ON COLUMN flexmeasures.asset.description IS 'Free text.';

COMMENT ON COLUMN flexmeasures.asset.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN flexmeasures.asset.is_present IS 'Whether the last complete listing had it.';

CREATE TABLE flexmeasures.asset_type (
    id bigint NOT NULL,
    name text NOT NULL,
    description text,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE flexmeasures.asset_type IS 'Kinds of assets on the FlexMeasures server.';

COMMENT ON COLUMN flexmeasures.asset_type.id IS 'Id of the type, on this server only.';

COMMENT ON COLUMN flexmeasures.asset_type.name IS 'Name, such as solar or wind; the same on every server.';

COMMENT ON COLUMN flexmeasures.asset_type.description IS 'What the type is, free text.';

COMMENT ON COLUMN flexmeasures.asset_type.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN flexmeasures.asset_type.is_present IS 'Whether the last complete listing had it.';

CREATE TABLE flexmeasures.audit_event (
    asset_id bigint NOT NULL,
    event_at timestamp with time zone NOT NULL,
    event text NOT NULL,
    active_user_name text,
    active_user_id bigint
);

COMMENT ON TABLE flexmeasures.audit_event IS 'What was done to the assets of plants on the server.';

COMMENT ON COLUMN flexmeasures.audit_event.asset_id IS 'Asset whose history it is part of.';

COMMENT ON COLUMN flexmeasures.audit_event.event_at IS 'When it was done, UTC.';

COMMENT ON COLUMN flexmeasures.audit_event.event IS 'What was done, in the words of the server.';

COMMENT ON COLUMN flexmeasures.audit_event.active_user_name IS 'Name of the user who did it; NULL: not told.';

COMMENT ON COLUMN flexmeasures.audit_event.active_user_id IS 'Id of that user; NULL: not told.';

CREATE TABLE flexmeasures.job (
    job_id text NOT NULL,
    asset_id bigint NOT NULL,
    queue text,
    entity_kind text,
    entity_id bigint,
    entity text,
    status text,
    err text,
    enqueued_at timestamp with time zone,
    metadata_hash text,
    fetched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE flexmeasures.job IS 'Jobs of the assets of plants, as the server last told of them; it forgets them within days.';

COMMENT ON COLUMN flexmeasures.job.job_id IS 'Id of the job in its queue.';

COMMENT ON COLUMN flexmeasures.job.asset_id IS 'Asset whose jobs were asked for.';

COMMENT ON COLUMN flexmeasures.job.queue IS 'Queue it is in, such as scheduling or forecasting.';

COMMENT ON COLUMN flexmeasures.job.entity_kind IS 'asset or sensor: what it is for.';

COMMENT ON COLUMN flexmeasures.job.entity_id IS 'Id of that asset or sensor; NULL: not told.';

COMMENT ON COLUMN flexmeasures.job.entity IS 'Kind, name and id of it, as newer servers say.';

COMMENT ON COLUMN flexmeasures.job.status IS 'Such as queued, started, finished or failed.';

COMMENT ON COLUMN flexmeasures.job.err IS 'Why it failed; NULL: it did not.';

COMMENT ON COLUMN flexmeasures.job.enqueued_at IS 'When it was put into the queue, UTC.';

COMMENT ON COLUMN flexmeasures.job.metadata_hash IS 'Hash of what it was given.';

COMMENT ON COLUMN flexmeasures.job.fetched_at IS 'When it was last told of, UTC.';

CREATE TABLE flexmeasures.kpi (
    asset_id bigint NOT NULL,
    kpi_date date NOT NULL,
    sensor_id bigint NOT NULL,
    title text NOT NULL,
    downsample_function text NOT NULL,
    unit text,
    value double precision,
    fetched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE flexmeasures.kpi IS 'The server''s own daily KPIs, for reference only: it answers 0 where it has no data.';

COMMENT ON COLUMN flexmeasures.kpi.asset_id IS 'Asset whose page shows the KPI.';

COMMENT ON COLUMN flexmeasures.kpi.kpi_date IS 'Date asked for, local to the asset.';

COMMENT ON COLUMN flexmeasures.kpi.sensor_id IS 'Daily sensor it is read from.';

COMMENT ON COLUMN flexmeasures.kpi.title IS 'Title on the page.';

COMMENT ON COLUMN flexmeasures.kpi.downsample_function IS 'How the server joins the daily values: sum, mean, max or min.';

COMMENT ON COLUMN flexmeasures.kpi.unit IS 'Unit of value; NULL: the server does not tell.';

COMMENT ON COLUMN flexmeasures.kpi.value IS 'The server''s figure, in unit; 0 also where it has no data.';

COMMENT ON COLUMN flexmeasures.kpi.fetched_at IS 'When the figure was last received.';

CREATE TABLE flexmeasures.sensor (
    id bigint NOT NULL,
    name text NOT NULL,
    unit text,
    timezone text,
    event_resolution interval NOT NULL,
    generic_asset_id bigint NOT NULL,
    attributes jsonb,
    entity_address text,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE flexmeasures.sensor IS 'Sensors of FlexMeasures as last listed, and those listed earlier.';

COMMENT ON COLUMN flexmeasures.sensor.id IS 'Id of the sensor on the server.';

COMMENT ON COLUMN flexmeasures.sensor.name IS 'Name, unique on its asset.';

COMMENT ON COLUMN flexmeasures.sensor.unit IS 'Unit of the values as stored on the server; empty: without unit.';

COMMENT ON COLUMN flexmeasures.sensor.timezone IS 'IANA time zone.';

COMMENT ON COLUMN flexmeasures.sensor.event_resolution IS 'Length of an event; zero: instantaneous.';

COMMENT ON COLUMN flexmeasures.sensor.generic_asset_id IS 'Asset it sits on.';

COMMENT ON COLUMN flexmeasures.sensor.attributes IS 'Free properties, parsed.';

COMMENT ON COLUMN flexmeasures.sensor.entity_address IS 'Address in an older form, kept by the server.';

COMMENT ON COLUMN flexmeasures.sensor.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN flexmeasures.sensor.is_present IS 'Whether the last complete listing had it.';

CREATE TABLE flexmeasures.sensor_status (
    sensor_id bigint NOT NULL,
    source_type text NOT NULL,
    is_stale boolean,
    staleness interval,
    staleness_since timestamp with time zone,
    reason text,
    resolution interval,
    name text,
    asset_name text,
    relation text,
    fetched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE flexmeasures.sensor_status IS 'Whether the server misses data, of the sensors of plants whose latest day was not known whole when it was asked.';

COMMENT ON COLUMN flexmeasures.sensor_status.sensor_id IS 'Id of the sensor at the server.';

COMMENT ON COLUMN flexmeasures.sensor_status.source_type IS 'Kind of data source that was looked at; empty: not told.';

COMMENT ON COLUMN flexmeasures.sensor_status.is_stale IS 'Whether the server misses data.';

COMMENT ON COLUMN flexmeasures.sensor_status.staleness IS 'How old the latest data were then.';

COMMENT ON COLUMN flexmeasures.sensor_status.staleness_since IS 'Since when data are missing, UTC.';

COMMENT ON COLUMN flexmeasures.sensor_status.reason IS 'Why it is stale, or not, in the words of the server.';

COMMENT ON COLUMN flexmeasures.sensor_status.resolution IS 'Resolution of the sensor.';

COMMENT ON COLUMN flexmeasures.sensor_status.name IS 'Name of the sensor.';

COMMENT ON COLUMN flexmeasures.sensor_status.asset_name IS 'Name of its asset.';

COMMENT ON COLUMN flexmeasures.sensor_status.relation IS 'How sensor and asset belong together, in the words of the server.';

COMMENT ON COLUMN flexmeasures.sensor_status.fetched_at IS 'When the server said so, UTC.';

CREATE VIEW flexmeasures.sensor_status_shape AS
 SELECT (sensor_id)::text AS source_sensor_id,
    staleness_since AS missing_since,
    fetched_at AS told_at,
    reason
   FROM flexmeasures.sensor_status
  WHERE (is_stale AND (staleness_since IS NOT NULL));

COMMENT ON VIEW flexmeasures.sensor_status_shape IS 'Sensors whose data are missing, in the shape that all sources share.';

COMMENT ON COLUMN flexmeasures.sensor_status_shape.source_sensor_id IS 'Id of the sensor at the source.';

COMMENT ON COLUMN flexmeasures.sensor_status_shape.missing_since IS 'Since when data are missing.';

COMMENT ON COLUMN flexmeasures.sensor_status_shape.told_at IS 'When the source said so last.';

COMMENT ON COLUMN flexmeasures.sensor_status_shape.reason IS 'Why it says so, in its own words.';

CREATE TABLE kpi.plant_daily (
    plant_id uuid NOT NULL,
    kpi_date date NOT NULL,
    kpi text NOT NULL,
    value double precision,
    unit text NOT NULL,
    numerator double precision,
    denominator double precision,
    coverage double precision,
    null_reason text,
    method text,
    formula_version integer NOT NULL,
    run_id text NOT NULL,
    computed_at timestamp with time zone NOT NULL,
    CONSTRAINT plant_daily_check CHECK (((value IS NULL) = (null_reason IS NOT NULL)))
)
PARTITION BY RANGE (kpi_date);

COMMENT ON TABLE kpi.plant_daily IS 'KPIs of each plant and plant-local day, one row each; NULL with a reason where it cannot be told.';

COMMENT ON COLUMN kpi.plant_daily.plant_id IS 'Plant.';

COMMENT ON COLUMN kpi.plant_daily.kpi_date IS 'Plant-local date; the partitions are months of it.';

COMMENT ON COLUMN kpi.plant_daily.kpi IS 'Name of the KPI, as in the catalogue.';

COMMENT ON COLUMN kpi.plant_daily.value IS 'Value in unit; NULL: see null_reason.';

COMMENT ON COLUMN kpi.plant_daily.unit IS 'Unit of value; 1: a fraction.';

COMMENT ON COLUMN kpi.plant_daily.numerator IS 'What value divides, so that longer periods can be summed (below the root, if any); NULL: no ratio, or not known.';

COMMENT ON COLUMN kpi.plant_daily.denominator IS 'What value divides by; NULL: no ratio, or not known.';

COMMENT ON COLUMN kpi.plant_daily.coverage IS 'Share of the day the inputs stand for, 0 to 1; NULL: does not apply.';

COMMENT ON COLUMN kpi.plant_daily.null_reason IS 'Why value is NULL, a word of the closed list of reasons.';

COMMENT ON COLUMN kpi.plant_daily.method IS 'Method of the energy it rests on; NULL: it rests on none.';

COMMENT ON COLUMN kpi.plant_daily.formula_version IS 'Version of the formula; a changed formula has a higher one.';

COMMENT ON COLUMN kpi.plant_daily.run_id IS 'Run that last changed the row.';

COMMENT ON COLUMN kpi.plant_daily.computed_at IS 'When the row was last changed.';

CREATE VIEW kpi.plant_daily_wide AS
 SELECT d.plant_id,
    p.plant_code,
    p.name,
    d.kpi_date,
    max(d.value) FILTER (WHERE (d.kpi = 'energy_kwh'::text)) AS energy_kwh,
    max(d.value) FILTER (WHERE (d.kpi = 'specific_yield'::text)) AS specific_yield,
    max(d.value) FILTER (WHERE (d.kpi = 'yield_ac'::text)) AS yield_ac,
    max(d.value) FILTER (WHERE (d.kpi = 'reference_yield'::text)) AS reference_yield,
    max(d.value) FILTER (WHERE (d.kpi = 'ref_yield_ghi'::text)) AS ref_yield_ghi,
    max(d.value) FILTER (WHERE (d.kpi = 'performance_ratio'::text)) AS performance_ratio,
    max(d.value) FILTER (WHERE (d.kpi = 'capacity_factor'::text)) AS capacity_factor,
    max(d.value) FILTER (WHERE (d.kpi = 'full_load_hours'::text)) AS full_load_hours,
    max(d.value) FILTER (WHERE (d.kpi = 'peak_power_kw'::text)) AS peak_power_kw,
    max(d.value) FILTER (WHERE (d.kpi = 'data_completeness'::text)) AS data_completeness,
    max(d.value) FILTER (WHERE (d.kpi = 'daylight_completeness'::text)) AS daylight_completeness,
    max(d.value) FILTER (WHERE (d.kpi = 'self_consumption'::text)) AS self_consumption,
    max(d.value) FILTER (WHERE (d.kpi = 'self_sufficiency'::text)) AS self_sufficiency,
    max(d.value) FILTER (WHERE (d.kpi = 'performance_ratio_25c'::text)) AS performance_ratio_25c,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_energy_kwh'::text)) AS forecast_energy_kwh,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_daily_error'::text)) AS forecast_daily_error,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_nmae'::text)) AS forecast_nmae,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_nrmse'::text)) AS forecast_nrmse,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_nmbe'::text)) AS forecast_nmbe,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_wape'::text)) AS forecast_wape,
    max(d.value) FILTER (WHERE (d.kpi = 'forecast_skill'::text)) AS forecast_skill,
    max(d.value) FILTER (WHERE (d.kpi = 'communication_availability'::text)) AS communication_availability
   FROM (kpi.plant_daily d
     JOIN registry.plant p USING (plant_id))
  GROUP BY d.plant_id, p.plant_code, p.name, d.kpi_date;

COMMENT ON VIEW kpi.plant_daily_wide IS 'KPIs of each plant and plant-local day, a column each; NULL: not known or not computed.';

COMMENT ON COLUMN kpi.plant_daily_wide.plant_id IS 'Plant.';

COMMENT ON COLUMN kpi.plant_daily_wide.plant_code IS 'Code of the plant.';

COMMENT ON COLUMN kpi.plant_daily_wide.name IS 'Name of the plant.';

COMMENT ON COLUMN kpi.plant_daily_wide.kpi_date IS 'Plant-local date.';

COMMENT ON COLUMN kpi.plant_daily_wide.energy_kwh IS 'Energy produced, kWh.';

COMMENT ON COLUMN kpi.plant_daily_wide.specific_yield IS 'Energy per DC capacity, kWh/kWp.';

COMMENT ON COLUMN kpi.plant_daily_wide.yield_ac IS 'Energy per nominal AC capacity, kWh/kW.';

COMMENT ON COLUMN kpi.plant_daily_wide.reference_yield IS 'Plane-of-array irradiation over 1000 W/m², hours.';

COMMENT ON COLUMN kpi.plant_daily_wide.ref_yield_ghi IS 'Horizontal irradiation over 1000 W/m², hours.';

COMMENT ON COLUMN kpi.plant_daily_wide.performance_ratio IS 'Specific yield over reference yield, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.capacity_factor IS 'Energy over what nominal AC capacity gives in the day, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.full_load_hours IS 'Energy over nominal AC capacity, hours.';

COMMENT ON COLUMN kpi.plant_daily_wide.peak_power_kw IS 'Highest mean power of a quarter of an hour, kW.';

COMMENT ON COLUMN kpi.plant_daily_wide.data_completeness IS 'Share of the day with valid values, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.daylight_completeness IS 'Share of the time the sun was up with valid values, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.self_consumption IS 'Share of production used on site, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.self_sufficiency IS 'Share of consumption that own production covered, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.performance_ratio_25c IS 'Performance ratio as if the modules were at 25 °C, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_energy_kwh IS 'Energy forecast before the day began, kWh.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_daily_error IS 'Distance of that from the energy produced, over what nominal AC capacity gives in the day, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_nmae IS 'Mean absolute error of the forecast over all 24 hours, by nominal AC capacity, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_nrmse IS 'Root mean square error of the forecast over all 24 hours, by nominal AC capacity, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_nmbe IS 'Mean error of the forecast over all 24 hours, by nominal AC capacity; positive: too much was forecast; fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_wape IS 'Sum of absolute errors over energy produced, fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.forecast_skill IS 'What the forecast does better than the production of a day earlier: 1 is perfect, 0 no better; fraction.';

COMMENT ON COLUMN kpi.plant_daily_wide.communication_availability IS 'Share of the time in which a source was in touch with the plant, fraction.';

CREATE VIEW kpi.plant_monthly AS
 WITH day AS (
         SELECT d.plant_id,
            (date_trunc('month'::text, (d.kpi_date)::timestamp without time zone))::date AS month_date,
            d.kpi,
            d.unit,
            d.coverage,
            ((d.value IS NOT NULL) AND (e.status = ANY (ARRAY['final'::text, 'restated'::text]))) AS is_final,
            ((d.value IS NOT NULL) AND ((e.status = ANY (ARRAY['final'::text, 'restated'::text])) OR (d.kpi = ANY (ARRAY['data_completeness'::text, 'daylight_completeness'::text, 'communication_availability'::text])))) AS is_counted,
            d.value,
            d.numerator,
            d.denominator
           FROM (kpi.plant_daily d
             JOIN energy.plant_daily e ON (((e.plant_id = d.plant_id) AND (e.energy_date = d.kpi_date))))
        ), month AS (
         SELECT day.plant_id,
            day.month_date,
            day.kpi,
            day.unit,
            sum(day.value) FILTER (WHERE day.is_counted) AS total,
            max(day.value) FILTER (WHERE day.is_counted) AS highest,
            (sum(day.numerator) FILTER (WHERE day.is_counted) / NULLIF(sum(day.denominator) FILTER (WHERE day.is_counted), (0)::double precision)) AS ratio,
            count(*) FILTER (WHERE day.is_counted) AS days_with_value,
            count(*) AS days,
            count(*) FILTER (WHERE day.is_final) AS final_days,
            sum(day.coverage) FILTER (WHERE day.is_counted) AS covered_days,
            date_part('day'::text, (day.month_date + '1 mon -1 days'::interval)) AS days_in_month
           FROM day
          GROUP BY day.plant_id, day.month_date, day.kpi, day.unit
        )
 SELECT plant_id,
    month_date,
    kpi,
    unit,
        CASE
            WHEN (kpi = ANY (ARRAY['energy_kwh'::text, 'specific_yield'::text, 'yield_ac'::text, 'reference_yield'::text, 'ref_yield_ghi'::text, 'full_load_hours'::text, 'forecast_energy_kwh'::text])) THEN total
            WHEN (kpi = 'peak_power_kw'::text) THEN highest
            WHEN (kpi = 'forecast_nrmse'::text) THEN sqrt(ratio)
            WHEN (kpi = 'forecast_skill'::text) THEN ((1)::double precision - sqrt(ratio))
            ELSE ratio
        END AS value,
    days_with_value,
    days,
    ((final_days)::double precision >= ((0.9)::double precision * days_in_month)) AS is_final,
    (covered_days / days_in_month) AS coverage
   FROM month;

COMMENT ON VIEW kpi.plant_monthly IS 'Sums, peaks, and ratios of sums over the days that count: known, and final or restated (completeness: known).';

COMMENT ON COLUMN kpi.plant_monthly.plant_id IS 'Plant.';

COMMENT ON COLUMN kpi.plant_monthly.month_date IS 'First day of the month.';

COMMENT ON COLUMN kpi.plant_monthly.kpi IS 'Name of the KPI, as in the catalogue.';

COMMENT ON COLUMN kpi.plant_monthly.unit IS 'Unit of value; 1: a fraction.';

COMMENT ON COLUMN kpi.plant_monthly.value IS 'The value in unit: sum, highest, or sum of numerators over sum of denominators; NULL: no day counts.';

COMMENT ON COLUMN kpi.plant_monthly.days_with_value IS 'Days that count.';

COMMENT ON COLUMN kpi.plant_monthly.days IS 'Days of the month that have a row.';

COMMENT ON COLUMN kpi.plant_monthly.is_final IS 'Whether nine days in ten of the month are known, and final or restated.';

COMMENT ON COLUMN kpi.plant_monthly.coverage IS 'Share of the month that the value stands for, 0 to 1: the coverage of the days that count over all its days.';

CREATE TABLE kpi.portfolio_daily (
    group_code text NOT NULL,
    kpi_date date NOT NULL,
    kpi text NOT NULL,
    value double precision,
    unit text NOT NULL,
    numerator double precision,
    denominator double precision,
    plants integer NOT NULL,
    capacity_share double precision,
    null_reason text
);

COMMENT ON TABLE kpi.portfolio_daily IS 'KPIs of groups of plants, over those whose value is known and whose day is final or restated; all is the only group.';

COMMENT ON COLUMN kpi.portfolio_daily.group_code IS 'all: every plant; else the name of a group, by people''s decisions and what the sources say now.';

COMMENT ON COLUMN kpi.portfolio_daily.kpi_date IS 'Date, local to each plant of the group.';

COMMENT ON COLUMN kpi.portfolio_daily.kpi IS 'Name of the KPI, as in the catalogue.';

COMMENT ON COLUMN kpi.portfolio_daily.value IS 'Value in unit; NULL: see null_reason.';

COMMENT ON COLUMN kpi.portfolio_daily.unit IS 'Unit of value; 1: a fraction.';

COMMENT ON COLUMN kpi.portfolio_daily.numerator IS 'Sum of the numerators of the plants that count; NULL: no ratio.';

COMMENT ON COLUMN kpi.portfolio_daily.denominator IS 'Sum of the denominators of the plants that count; NULL: no ratio.';

COMMENT ON COLUMN kpi.portfolio_daily.plants IS 'How many plants count.';

COMMENT ON COLUMN kpi.portfolio_daily.capacity_share IS 'Their share of the capacity (AC, else DC) of the group''s plants active that day, 0 to 1; NULL: no capacity is known.';

COMMENT ON COLUMN kpi.portfolio_daily.null_reason IS 'Why value is NULL, a word of the closed list of reasons.';

CREATE TABLE landing."fetch" (
    fetch_id bigint NOT NULL,
    source text NOT NULL,
    entity text NOT NULL,
    path text NOT NULL,
    http_status integer NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    object_key text,
    sha256 text,
    byte_count bigint NOT NULL,
    record_count integer,
    attempts integer NOT NULL,
    run_id text NOT NULL,
    query text,
    byte_offset bigint,
    byte_length bigint,
    answer_count integer
)
PARTITION BY RANGE (fetched_at);

COMMENT ON TABLE landing."fetch" IS 'One row per archived response body; path holds no query and no secret.';

COMMENT ON COLUMN landing."fetch".fetch_id IS 'Number of the row, given by the warehouse.';

COMMENT ON COLUMN landing."fetch".source IS 'System that answered: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN landing."fetch".entity IS 'Stream the body belongs to, such as plant or sensor_data.';

COMMENT ON COLUMN landing."fetch".path IS 'Path of the request at the source, without host and query; of several answers what their paths begin with, and *.';

COMMENT ON COLUMN landing."fetch".http_status IS 'HTTP status of the answer.';

COMMENT ON COLUMN landing."fetch".fetched_at IS 'When the body had arrived; the partitions are months of it, in UTC.';

COMMENT ON COLUMN landing."fetch".object_key IS 'Name of the object in the archive that holds the body.';

COMMENT ON COLUMN landing."fetch".sha256 IS 'SHA-256 of the archived body, hexadecimal.';

COMMENT ON COLUMN landing."fetch".byte_count IS 'Length of the archived body, uncompressed, in bytes.';

COMMENT ON COLUMN landing."fetch".record_count IS 'Records in the body; NULL: no success, or not to be counted.';

COMMENT ON COLUMN landing."fetch".attempts IS 'Which attempt was answered; 1: the first.';

COMMENT ON COLUMN landing."fetch".run_id IS 'Run that asked.';

COMMENT ON COLUMN landing."fetch".query IS 'Query of the request as sent, without secrets; NULL if it had none, or was made before queries were kept.';

COMMENT ON COLUMN landing."fetch".byte_offset IS 'Where the gzip member of the body begins in the object, in bytes; NULL: the object holds this body alone.';

COMMENT ON COLUMN landing."fetch".byte_length IS 'Length of the gzip member of the body in the object, in bytes; NULL: the object holds this body alone.';

COMMENT ON COLUMN landing."fetch".answer_count IS 'How many answers of one moment the body holds, each a line of JSON with what it answers; NULL: it is a single answer.';

ALTER TABLE landing."fetch" ALTER COLUMN fetch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME landing.fetch_fetch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE landing.heartbeat (
    job text NOT NULL,
    succeeded_at timestamp with time zone NOT NULL,
    run_id text NOT NULL,
    dates date[] NOT NULL
);

COMMENT ON TABLE landing.heartbeat IS 'The last run of a job that ended well: of nightly_sync over all plants, and not over days before those of the last one; of jobs without days any.';

COMMENT ON COLUMN landing.heartbeat.job IS 'Name of the job: nightly_sync, registry_sync, a job of a source.';

COMMENT ON COLUMN landing.heartbeat.succeeded_at IS 'When that run ended.';

COMMENT ON COLUMN landing.heartbeat.run_id IS 'Run.';

COMMENT ON COLUMN landing.heartbeat.dates IS 'The plant-local dates it was for, in order; empty: it is for none.';

CREATE TABLE landing.removed (
    kind text NOT NULL,
    before_date date NOT NULL,
    removed_at timestamp with time zone NOT NULL,
    CONSTRAINT removed_kind_check CHECK ((kind = ANY (ARRAY['reading'::text, 'forecast'::text, 'sample'::text])))
);

COMMENT ON TABLE landing.removed IS 'What is no longer kept of what plant-local days are computed from.';

COMMENT ON COLUMN landing.removed.kind IS 'reading (energy.reading), forecast or sample (tables of the sources).';

COMMENT ON COLUMN landing.removed.before_date IS 'Nothing of this kind is kept of plant-local dates before this one.';

COMMENT ON COLUMN landing.removed.removed_at IS 'When that was last so decided, UTC.';

CREATE TABLE landing.run_issue (
    run_id text NOT NULL,
    stage text NOT NULL,
    subject text NOT NULL,
    energy_date date,
    severity text NOT NULL,
    message text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT run_issue_severity_check CHECK ((severity = ANY (ARRAY['failure'::text, 'finding'::text])))
);

COMMENT ON TABLE landing.run_issue IS 'What a run could not do (failure: exit 1) or noticed (finding), in words.';

COMMENT ON COLUMN landing.run_issue.run_id IS 'Run that met it.';

COMMENT ON COLUMN landing.run_issue.stage IS 'Part of the pipeline that noted it, such as readings or energy.';

COMMENT ON COLUMN landing.run_issue.subject IS 'What it is about, such as a plant''s code or a date.';

COMMENT ON COLUMN landing.run_issue.energy_date IS 'Plant-local date it is about; NULL: no single date.';

COMMENT ON COLUMN landing.run_issue.severity IS 'failure: the run ends with exit code 1; finding: it does not.';

COMMENT ON COLUMN landing.run_issue.message IS 'What happened and what to do, in words, without secrets.';

COMMENT ON COLUMN landing.run_issue.recorded_at IS 'When the row was written.';

CREATE TABLE landing.source_account (
    source text NOT NULL,
    host text,
    account text,
    first_run_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE landing.source_account IS 'Host and account each source had at its first sync; never a token or key.';

COMMENT ON COLUMN landing.source_account.source IS 'System: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN landing.source_account.host IS 'Host asked at the first sync, without path; NULL: not known.';

COMMENT ON COLUMN landing.source_account.account IS 'Account or organisation the first sync saw; NULL: the source does not tell.';

COMMENT ON COLUMN landing.source_account.first_run_at IS 'When the row was written.';

CREATE TABLE landing.source_budget (
    source text NOT NULL,
    paused_until timestamp with time zone,
    limit_calls integer,
    limit_window_s double precision,
    budget jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE landing.source_budget IS 'What all runs share on how often a source is asked: one row per source that was asked.';

COMMENT ON COLUMN landing.source_budget.source IS 'ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN landing.source_budget.paused_until IS 'No call is made before then; NULL if the source has never asked to wait.';

COMMENT ON COLUMN landing.source_budget.limit_calls IS 'Calls permitted in any limit_window_s, as learned from refusals; NULL if none was learned.';

COMMENT ON COLUMN landing.source_budget.limit_window_s IS 'Length in s of the window of limit_calls.';

COMMENT ON COLUMN landing.source_budget.budget IS 'The whole of what is remembered of calls, refusals and runs that gave up; instants in seconds since 1970.';

COMMENT ON COLUMN landing.source_budget.changed_at IS 'When the row was last written, UTC.';

CREATE TABLE landing.source_migration (
    migration_id text NOT NULL,
    sha256 text NOT NULL,
    noted_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE landing.source_migration IS 'Migrations that installed sources brought, as they were when they were applied here.';

COMMENT ON COLUMN landing.source_migration.migration_id IS 'The schema of the source and the name of the file, as suncloud/0001_plants.';

COMMENT ON COLUMN landing.source_migration.sha256 IS 'SHA-256 of the file, in hexadecimal digits.';

COMMENT ON COLUMN landing.source_migration.noted_at IS 'When it was noted, UTC.';

CREATE TABLE landing.stream_run (
    run_id text NOT NULL,
    source text NOT NULL,
    entity text NOT NULL,
    state text NOT NULL,
    expected integer,
    got integer,
    quarantined integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    retried integer DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    message text,
    seen_new integer,
    seen_changed integer,
    seen_gone integer,
    finished_at timestamp with time zone NOT NULL,
    is_transient boolean DEFAULT false NOT NULL,
    tries integer DEFAULT 1 NOT NULL,
    is_between_nights boolean DEFAULT false NOT NULL,
    CONSTRAINT stream_run_state_check CHECK ((state = ANY (ARRAY['complete'::text, 'incomplete'::text, 'failed'::text, 'not_permitted'::text, 'not_configured'::text])))
);

COMMENT ON TABLE landing.stream_run IS 'Outcome of each stream of each run; a failed stream keeps its last good rows.';

COMMENT ON COLUMN landing.stream_run.run_id IS 'Run in which the stream was pulled.';

COMMENT ON COLUMN landing.stream_run.source IS 'System pulled from: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN landing.stream_run.entity IS 'Stream, such as plant or readings.';

COMMENT ON COLUMN landing.stream_run.state IS 'How it ended: complete, incomplete, failed, not_permitted or not_configured.';

COMMENT ON COLUMN landing.stream_run.expected IS 'Records the source said it has; NULL: it does not say.';

COMMENT ON COLUMN landing.stream_run.got IS 'Different records that arrived; NULL: none could be asked for.';

COMMENT ON COLUMN landing.stream_run.quarantined IS 'Records set aside because a field did not pass its check.';

COMMENT ON COLUMN landing.stream_run.failed IS 'Parts of the stream that could not be read.';

COMMENT ON COLUMN landing.stream_run.retried IS 'Attempts beyond the first, over all requests.';

COMMENT ON COLUMN landing.stream_run.seconds IS 'How long the stream took, in seconds.';

COMMENT ON COLUMN landing.stream_run.message IS 'What went wrong, in words; NULL: nothing.';

COMMENT ON COLUMN landing.stream_run.seen_new IS 'Rows the stream added; NULL: it does not count them.';

COMMENT ON COLUMN landing.stream_run.seen_changed IS 'Rows the stream changed; NULL: it does not count them.';

COMMENT ON COLUMN landing.stream_run.seen_gone IS 'Rows no longer in the listing; NULL: it does not count them.';

COMMENT ON COLUMN landing.stream_run.finished_at IS 'When the stream ended.';

COMMENT ON COLUMN landing.stream_run.is_transient IS 'Whether the stream failed for a reason that may pass: no answer, 5xx, a listing that was cut.';

COMMENT ON COLUMN landing.stream_run.tries IS 'How often the run asked for the stream; 0: taken over from the run that it repeats, and not asked for yet.';

COMMENT ON COLUMN landing.stream_run.is_between_nights IS 'Whether jobs between the nights ask for it too: by itself it is no sign of a nightly sync.';

CREATE TABLE quarantine.rejected_record (
    rejected_id bigint NOT NULL,
    source text NOT NULL,
    entity text NOT NULL,
    record_key text,
    column_name text NOT NULL,
    check_name text NOT NULL,
    value text,
    payload jsonb NOT NULL,
    payload_sha256 text NOT NULL,
    run_id text NOT NULL,
    rejected_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    times_seen integer DEFAULT 1 NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    waived_by text,
    waived_why text,
    waived_at timestamp with time zone,
    CONSTRAINT rejected_record_state_check CHECK ((state = ANY (ARRAY['open'::text, 'replayed'::text, 'waived'::text])))
);

COMMENT ON TABLE quarantine.rejected_record IS 'One row per failed field of a rejected record, payload as received.';

COMMENT ON COLUMN quarantine.rejected_record.rejected_id IS 'Number of the rejection, as `quarantine list` shows it.';

COMMENT ON COLUMN quarantine.rejected_record.source IS 'System the record came from: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN quarantine.rejected_record.entity IS 'Stream the record came in.';

COMMENT ON COLUMN quarantine.rejected_record.record_key IS 'Id of the record at the source; NULL: it has none.';

COMMENT ON COLUMN quarantine.rejected_record.column_name IS 'Field that did not pass.';

COMMENT ON COLUMN quarantine.rejected_record.check_name IS 'Check it did not pass.';

COMMENT ON COLUMN quarantine.rejected_record.value IS 'Value of the field as text; NULL: none.';

COMMENT ON COLUMN quarantine.rejected_record.payload IS 'Whole record as last received.';

COMMENT ON COLUMN quarantine.rejected_record.payload_sha256 IS 'SHA-256 of the fields that decide on the record, hexadecimal: equal ones are counted, not stored again, whatever else of the record changes from night to night.';

COMMENT ON COLUMN quarantine.rejected_record.run_id IS 'Run that saw it last.';

COMMENT ON COLUMN quarantine.rejected_record.rejected_at IS 'When it was first seen.';

COMMENT ON COLUMN quarantine.rejected_record.last_seen_at IS 'When it was last seen.';

COMMENT ON COLUMN quarantine.rejected_record.times_seen IS 'How often this content was rejected.';

COMMENT ON COLUMN quarantine.rejected_record.state IS 'open: waits for a person; replayed: accepted later; waived: a person let it be.';

COMMENT ON COLUMN quarantine.rejected_record.waived_by IS 'Who let it be; NULL if nobody did, or before that was noted.';

COMMENT ON COLUMN quarantine.rejected_record.waived_why IS 'Why, in their words; NULL if they gave no reason.';

COMMENT ON COLUMN quarantine.rejected_record.waived_at IS 'When they did, UTC.';

ALTER TABLE quarantine.rejected_record ALTER COLUMN rejected_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME quarantine.rejected_record_rejected_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE quarantine.schema_drift (
    source text NOT NULL,
    entity text NOT NULL,
    column_name text NOT NULL,
    kind text NOT NULL,
    documented text,
    seen text,
    records integer NOT NULL,
    of_records integer NOT NULL,
    is_kept boolean NOT NULL,
    run_id text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT schema_drift_kind_check CHECK ((kind = ANY (ARRAY['type'::text, 'null'::text, 'unknown_value'::text, 'extra_field'::text, 'missing_field'::text])))
);

COMMENT ON TABLE quarantine.schema_drift IS 'Fields that differ from their document: a row per field and kind of difference.';

COMMENT ON COLUMN quarantine.schema_drift.source IS 'System the records came from: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN quarantine.schema_drift.entity IS 'Stream the records came in.';

COMMENT ON COLUMN quarantine.schema_drift.column_name IS 'Column that the field fills; of an extra field, its name in the API.';

COMMENT ON COLUMN quarantine.schema_drift.kind IS 'type: it cannot be read as documented; null: it is empty where the document has a value; unknown_value: outside of the documented values or of what can be; extra_field: no document has it; missing_field: it is not there.';

COMMENT ON COLUMN quarantine.schema_drift.documented IS 'What the document says it is; NULL: nothing.';

COMMENT ON COLUMN quarantine.schema_drift.seen IS 'What came, as its JSON type and, where it can hold no secret, a value; NULL: nothing came.';

COMMENT ON COLUMN quarantine.schema_drift.records IS 'In how many records of the latest listing that had it.';

COMMENT ON COLUMN quarantine.schema_drift.of_records IS 'How many records that listing had.';

COMMENT ON COLUMN quarantine.schema_drift.is_kept IS 'Whether the value stays as it came; else it was taken as not known.';

COMMENT ON COLUMN quarantine.schema_drift.run_id IS 'Run that saw it last.';

COMMENT ON COLUMN quarantine.schema_drift.first_seen_at IS 'When it was first seen.';

COMMENT ON COLUMN quarantine.schema_drift.last_seen_at IS 'When it was last seen.';

CREATE TABLE raptor_maps.changed_day (
    observation_date date NOT NULL,
    why text NOT NULL,
    noted_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE raptor_maps.changed_day IS 'Dates that the next run that sends builds again: delivered ones whose plants changed since, and those whose file could not be written.';

COMMENT ON COLUMN raptor_maps.changed_day.observation_date IS 'Plant-local date.';

COMMENT ON COLUMN raptor_maps.changed_day.why IS 'What changed or failed, in words.';

COMMENT ON COLUMN raptor_maps.changed_day.noted_at IS 'When that was noted last.';

CREATE TABLE raptor_maps.delivery (
    delivery_id bigint NOT NULL,
    observation_date date NOT NULL,
    part integer NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    byte_count bigint NOT NULL,
    row_count bigint NOT NULL,
    status text NOT NULL,
    http_status integer,
    url_host text,
    uploaded_at timestamp with time zone,
    run_id text NOT NULL,
    object_key text,
    parts integer NOT NULL,
    content_sha256 text,
    attempted_at timestamp with time zone,
    is_current boolean DEFAULT true NOT NULL,
    is_to_send boolean DEFAULT false NOT NULL,
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['built'::text, 'uploaded'::text, 'failed'::text])))
);

COMMENT ON TABLE raptor_maps.delivery IS 'Files built for Raptor Maps, a row per part and content, each with its last outcome.';

COMMENT ON COLUMN raptor_maps.delivery.delivery_id IS 'Number of the row, given by the warehouse.';

COMMENT ON COLUMN raptor_maps.delivery.observation_date IS 'Plant-local date the file is about.';

COMMENT ON COLUMN raptor_maps.delivery.part IS 'Number of the part, from 1.';

COMMENT ON COLUMN raptor_maps.delivery.file_name IS 'Name of the file.';

COMMENT ON COLUMN raptor_maps.delivery.sha256 IS 'SHA-256 of the file, hexadecimal.';

COMMENT ON COLUMN raptor_maps.delivery.byte_count IS 'Length of the file, bytes.';

COMMENT ON COLUMN raptor_maps.delivery.row_count IS 'Rows of the file, without the header.';

COMMENT ON COLUMN raptor_maps.delivery.status IS 'built, uploaded or failed.';

COMMENT ON COLUMN raptor_maps.delivery.http_status IS 'HTTP status of the last upload; NULL: not sent, or not answered.';

COMMENT ON COLUMN raptor_maps.delivery.url_host IS 'Host it was sent to; NULL: not sent.';

COMMENT ON COLUMN raptor_maps.delivery.uploaded_at IS 'When the receiver accepted it; NULL: it has not.';

COMMENT ON COLUMN raptor_maps.delivery.run_id IS 'Run that last built or sent it.';

COMMENT ON COLUMN raptor_maps.delivery.object_key IS 'Name of the kept file in the archive.';

COMMENT ON COLUMN raptor_maps.delivery.parts IS 'Parts the date was split into.';

COMMENT ON COLUMN raptor_maps.delivery.content_sha256 IS 'Hash over the whole day without names, places and commissioning dates; equal: no data changed.';

COMMENT ON COLUMN raptor_maps.delivery.attempted_at IS 'When the last upload of these bytes began; with no http_status its outcome is not known.';

COMMENT ON COLUMN raptor_maps.delivery.is_current IS 'Whether the row is a part of the day as last built; false: replaced by other bytes.';

COMMENT ON COLUMN raptor_maps.delivery.is_to_send IS 'Whether a run was to send these bytes; false: built only (--no-upload, or no receiver configured).';

ALTER TABLE raptor_maps.delivery ALTER COLUMN delivery_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME raptor_maps.delivery_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW raptor_maps.undelivered AS
 SELECT observation_date,
    (count(*) FILTER (WHERE (status <> 'changed'::text)))::integer AS parts,
        CASE
            WHEN bool_or((status = 'failed'::text)) THEN 'failed'::text
            WHEN bool_or((status = 'built'::text)) THEN 'built'::text
            ELSE 'changed'::text
        END AS status
   FROM ( SELECT delivery.observation_date,
            delivery.status
           FROM raptor_maps.delivery
          WHERE (delivery.is_current AND ((delivery.status = 'failed'::text) OR ((delivery.status = 'built'::text) AND delivery.is_to_send)))
        UNION ALL
         SELECT changed_day.observation_date,
            'changed'::text AS status
           FROM raptor_maps.changed_day) day
  GROUP BY observation_date;

COMMENT ON VIEW raptor_maps.undelivered IS 'Plant-local dates with a part that a run was to send and that was not accepted since, or that changed since.';

COMMENT ON COLUMN raptor_maps.undelivered.observation_date IS 'Plant-local date.';

COMMENT ON COLUMN raptor_maps.undelivered.parts IS 'How many built parts of the date are not at the receiver.';

COMMENT ON COLUMN raptor_maps.undelivered.status IS 'failed: the receiver refused a part; built: the run ended before a part was sent; changed: to be built again.';

CREATE TABLE ravenwits.forecast (
    plant_name text NOT NULL,
    period_end timestamp with time zone NOT NULL,
    retrieved_at timestamp with time zone NOT NULL,
    source_plant_id text,
    energy_kwh double precision NOT NULL
)
PARTITION BY RANGE (period_end);

COMMENT ON TABLE ravenwits.forecast IS 'Forecast energy of each period, a row per value seen: a snapshot adds rows only where the value moved.';

COMMENT ON COLUMN ravenwits.forecast.plant_name IS 'Name of the plant the forecast was given under.';

COMMENT ON COLUMN ravenwits.forecast.period_end IS 'End of the period; the partitions are months of it, in UTC.';

COMMENT ON COLUMN ravenwits.forecast.retrieved_at IS 'When this value was first received.';

COMMENT ON COLUMN ravenwits.forecast.source_plant_id IS 'Id at Ravenwits of the plant that had the name then; NULL: none had.';

COMMENT ON COLUMN ravenwits.forecast.energy_kwh IS 'Forecast energy of the period, kWh.';

CREATE VIEW ravenwits.forecast_shape AS
 SELECT source_plant_id,
    period_end,
    retrieved_at,
    energy_kwh
   FROM ravenwits.forecast;

COMMENT ON VIEW ravenwits.forecast_shape IS 'Forecasts in the shape that all sources share.';

COMMENT ON COLUMN ravenwits.forecast_shape.source_plant_id IS 'Id at the source of the record it was forecast for.';

COMMENT ON COLUMN ravenwits.forecast_shape.period_end IS 'End of the period.';

COMMENT ON COLUMN ravenwits.forecast_shape.retrieved_at IS 'When the value was first received.';

COMMENT ON COLUMN ravenwits.forecast_shape.energy_kwh IS 'Forecast energy of the period, kWh.';

CREATE TABLE ravenwits.plant (
    id text NOT NULL,
    name text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    installed_capacity_mw double precision NOT NULL,
    nominal_capacity_mw double precision NOT NULL,
    area text,
    technology_type text NOT NULL,
    last_training_cnn_at text,
    last_training_trees_at text,
    agrupation text,
    customer_display_name text,
    timezone text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE ravenwits.plant IS 'Plants of Ravenwits as last listed, and those listed earlier.';

COMMENT ON COLUMN ravenwits.plant.id IS 'UUID of the plant at Ravenwits.';

COMMENT ON COLUMN ravenwits.plant.name IS 'Name, unique in the account; forecasts are asked for and told apart by it.';

COMMENT ON COLUMN ravenwits.plant.lat IS 'Latitude, degrees north.';

COMMENT ON COLUMN ravenwits.plant.lon IS 'Longitude, degrees east.';

COMMENT ON COLUMN ravenwits.plant.installed_capacity_mw IS 'Installed capacity, MW.';

COMMENT ON COLUMN ravenwits.plant.nominal_capacity_mw IS 'Capacity that may be exported, MW (AC).';

COMMENT ON COLUMN ravenwits.plant.area IS 'Region or market area.';

COMMENT ON COLUMN ravenwits.plant.technology_type IS 'eolica (wind) or solar.';

COMMENT ON COLUMN ravenwits.plant.last_training_cnn_at IS 'When one forecast model was last trained, as the source writes it (no fixed format).';

COMMENT ON COLUMN ravenwits.plant.last_training_trees_at IS 'When another forecast model was last trained, as the source writes it (no fixed format).';

COMMENT ON COLUMN ravenwits.plant.agrupation IS 'Group of plants whose forecasts are summed.';

COMMENT ON COLUMN ravenwits.plant.customer_display_name IS 'Name the customer sees.';

COMMENT ON COLUMN ravenwits.plant.timezone IS 'IANA time zone as the source has it; not checked there.';

COMMENT ON COLUMN ravenwits.plant.created_at IS 'When the source made the record.';

COMMENT ON COLUMN ravenwits.plant.updated_at IS 'When the source last changed the record.';

COMMENT ON COLUMN ravenwits.plant.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN ravenwits.plant.is_present IS 'Whether the last complete listing had it.';

CREATE VIEW ravenwits.group_shape AS
 SELECT id AS source_plant_id,
    agrupation AS group_code
   FROM ravenwits.plant
  WHERE ((agrupation IS NOT NULL) AND is_present);

COMMENT ON VIEW ravenwits.group_shape IS 'Groups of plants in the shape that all sources share.';

COMMENT ON COLUMN ravenwits.group_shape.source_plant_id IS 'Id at the source of the record that is in it.';

COMMENT ON COLUMN ravenwits.group_shape.group_code IS 'Name of the group.';

CREATE TABLE ravenwits.unavailability (
    id text NOT NULL,
    plant_id text NOT NULL,
    start_time_utc timestamp with time zone NOT NULL,
    end_time_utc timestamp with time zone NOT NULL,
    available_power_mw double precision NOT NULL,
    availability_type text NOT NULL,
    observations text,
    source_unit text,
    source_value double precision,
    timezone_source text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE ravenwits.unavailability IS 'Announced limits of plants. Nothing writes it yet: the stream is not read.';

COMMENT ON COLUMN ravenwits.unavailability.id IS 'UUID of the announcement.';

COMMENT ON COLUMN ravenwits.unavailability.plant_id IS 'Name of the plant at Ravenwits (not its UUID).';

COMMENT ON COLUMN ravenwits.unavailability.start_time_utc IS 'Begin of the limit.';

COMMENT ON COLUMN ravenwits.unavailability.end_time_utc IS 'End of the limit.';

COMMENT ON COLUMN ravenwits.unavailability.available_power_mw IS 'Power that remains, MW.';

COMMENT ON COLUMN ravenwits.unavailability.availability_type IS 'CURTAILMENT, UNAVAILABILITY or OTHER.';

COMMENT ON COLUMN ravenwits.unavailability.observations IS 'Remarks, free text.';

COMMENT ON COLUMN ravenwits.unavailability.source_unit IS 'Unit the limit was stated in: MW, kW or %.';

COMMENT ON COLUMN ravenwits.unavailability.source_value IS 'Limit as stated, in source_unit.';

COMMENT ON COLUMN ravenwits.unavailability.timezone_source IS 'IANA time zone the limit was stated in.';

COMMENT ON COLUMN ravenwits.unavailability.created_at IS 'When the source made the record.';

COMMENT ON COLUMN ravenwits.unavailability.updated_at IS 'When the source last changed the record.';

COMMENT ON COLUMN ravenwits.unavailability.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN ravenwits.unavailability.is_present IS 'Whether the last complete listing had it.';

CREATE VIEW ravenwits.unavailability_shape AS
 SELECT p.id AS source_plant_id,
    u.start_time_utc AS begins_at,
    u.end_time_utc AS ends_at,
    ((1000)::double precision * u.available_power_mw) AS available_kw,
    u.availability_type AS kind,
    u.observations AS remarks
   FROM (ravenwits.unavailability u
     JOIN ravenwits.plant p ON ((p.name = u.plant_id)))
  WHERE u.is_present;

COMMENT ON VIEW ravenwits.unavailability_shape IS 'Announced limits in the shape that all sources share.';

COMMENT ON COLUMN ravenwits.unavailability_shape.source_plant_id IS 'Id at the source of the record it is about.';

COMMENT ON COLUMN ravenwits.unavailability_shape.begins_at IS 'Begin of the limit.';

COMMENT ON COLUMN ravenwits.unavailability_shape.ends_at IS 'End of the limit.';

COMMENT ON COLUMN ravenwits.unavailability_shape.available_kw IS 'Power that remains, kW.';

COMMENT ON COLUMN ravenwits.unavailability_shape.kind IS 'What it is, in the source''s words.';

COMMENT ON COLUMN ravenwits.unavailability_shape.remarks IS 'Why, free text.';

CREATE TABLE registry.plant_alias (
    source text NOT NULL,
    source_plant_id text NOT NULL,
    plant_id uuid NOT NULL,
    source_name text NOT NULL,
    method text NOT NULL,
    score double precision,
    is_present boolean NOT NULL,
    is_duplicate boolean DEFAULT false NOT NULL,
    absences integer DEFAULT 0 NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    has_load boolean,
    CONSTRAINT plant_alias_method_check CHECK ((method = ANY (ARRAY['decision'::text, 'external_id'::text, 'name_place'::text, 'new'::text])))
);

COMMENT ON TABLE registry.plant_alias IS 'Records of sources that are plants, each with its plant and why we think so.';

COMMENT ON COLUMN registry.plant_alias.source IS 'System: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN registry.plant_alias.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.plant_alias.plant_id IS 'Plant it belongs to.';

COMMENT ON COLUMN registry.plant_alias.source_name IS 'Name at the source.';

COMMENT ON COLUMN registry.plant_alias.method IS 'What joined it to the plant: decision, external_id, name_place, or new (nothing: it founded one).';

COMMENT ON COLUMN registry.plant_alias.score IS 'Likeness that joined it, 0 to 1; NULL: not by likeness.';

COMMENT ON COLUMN registry.plant_alias.is_present IS 'Whether the source still has it.';

COMMENT ON COLUMN registry.plant_alias.is_duplicate IS 'A person said that this record repeats another of its source: its capacity and energy do not add up.';

COMMENT ON COLUMN registry.plant_alias.absences IS 'Successive complete listings without this record.';

COMMENT ON COLUMN registry.plant_alias.first_seen_at IS 'When it was first listed.';

COMMENT ON COLUMN registry.plant_alias.last_seen_at IS 'When it was last listed.';

COMMENT ON COLUMN registry.plant_alias.has_load IS 'Whether consumption sits behind the plant, as the record says; NULL: it does not say.';

CREATE TABLE voke.plant (
    id text NOT NULL,
    name text NOT NULL,
    serial_number text NOT NULL,
    type text,
    status text,
    lifecycle_status text,
    auth_method text,
    organization_id text,
    template_id text,
    template jsonb,
    metadata jsonb,
    activated_at timestamp with time zone,
    last_seen_at timestamp with time zone,
    last_auth_failure_at timestamp with time zone,
    secret_rotated_at timestamp with time zone,
    certificate_expires_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    auth_failure_count integer,
    certificate_fingerprint text,
    certificate_serial_number text,
    latitude double precision,
    longitude double precision,
    capacity_kwh double precision,
    fve_peak_power_kwp double precision,
    plant_with_load boolean,
    config_enabled boolean,
    esi_state text,
    external_plant_id text,
    description text,
    tag text,
    plant_groups jsonb,
    alerts jsonb,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE voke.plant IS 'Plants (gateways at sites) of Voke as last listed, and those listed earlier.';

COMMENT ON COLUMN voke.plant.id IS 'Id of the plant at Voke.';

COMMENT ON COLUMN voke.plant.name IS 'Display name.';

COMMENT ON COLUMN voke.plant.serial_number IS 'Serial number of the gateway.';

COMMENT ON COLUMN voke.plant.type IS 'Kind of plant, as the source words it.';

COMMENT ON COLUMN voke.plant.status IS 'Connection of the gateway, such as ONLINE.';

COMMENT ON COLUMN voke.plant.lifecycle_status IS 'Stage of its set-up, such as PENDING.';

COMMENT ON COLUMN voke.plant.auth_method IS 'How the gateway signs in to the message broker.';

COMMENT ON COLUMN voke.plant.organization_id IS 'Organisation it belongs to.';

COMMENT ON COLUMN voke.plant.template_id IS 'Device template its signals are decoded with.';

COMMENT ON COLUMN voke.plant.template IS 'The template, as received.';

COMMENT ON COLUMN voke.plant.metadata IS 'Free properties, as received.';

COMMENT ON COLUMN voke.plant.activated_at IS 'When it was first used.';

COMMENT ON COLUMN voke.plant.last_seen_at IS 'When it was last in contact.';

COMMENT ON COLUMN voke.plant.last_auth_failure_at IS 'When a sign-in was last refused.';

COMMENT ON COLUMN voke.plant.secret_rotated_at IS 'When its secret was last exchanged.';

COMMENT ON COLUMN voke.plant.certificate_expires_at IS 'When its certificate ends.';

COMMENT ON COLUMN voke.plant.created_at IS 'When the source made the record.';

COMMENT ON COLUMN voke.plant.updated_at IS 'When the source last changed the record.';

COMMENT ON COLUMN voke.plant.auth_failure_count IS 'Refused sign-ins.';

COMMENT ON COLUMN voke.plant.certificate_fingerprint IS 'Fingerprint of its certificate.';

COMMENT ON COLUMN voke.plant.certificate_serial_number IS 'Serial number of its certificate.';

COMMENT ON COLUMN voke.plant.latitude IS 'Latitude, degrees north.';

COMMENT ON COLUMN voke.plant.longitude IS 'Longitude, degrees east.';

COMMENT ON COLUMN voke.plant.capacity_kwh IS 'Storage capacity, kWh; 0: not known.';

COMMENT ON COLUMN voke.plant.fve_peak_power_kwp IS 'Solar peak power, kWp (DC); 0: not known.';

COMMENT ON COLUMN voke.plant.plant_with_load IS 'Whether consumption sits behind its meter.';

COMMENT ON COLUMN voke.plant.config_enabled IS 'Whether it may be configured from afar.';

COMMENT ON COLUMN voke.plant.esi_state IS 'State of its controller, such as PLC_READY.';

COMMENT ON COLUMN voke.plant.external_plant_id IS 'Id of the plant in another system, as people entered it.';

COMMENT ON COLUMN voke.plant.description IS 'Free text.';

COMMENT ON COLUMN voke.plant.tag IS 'Free text.';

COMMENT ON COLUMN voke.plant.plant_groups IS 'Groups it is in, as received.';

COMMENT ON COLUMN voke.plant.alerts IS 'Its alerts, as received with its detail.';

COMMENT ON COLUMN voke.plant.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN voke.plant.is_present IS 'Whether the last complete listing had it.';

CREATE VIEW voke.certificate_shape AS
 SELECT id AS source_plant_id,
    certificate_expires_at AS ends_at
   FROM voke.plant
  WHERE (is_present AND (certificate_expires_at IS NOT NULL));

COMMENT ON VIEW voke.certificate_shape IS 'Certificates in the shape that all sources share.';

COMMENT ON COLUMN voke.certificate_shape.source_plant_id IS 'Id at the source of the record that it belongs to.';

COMMENT ON COLUMN voke.certificate_shape.ends_at IS 'When it ends.';

CREATE VIEW registry.certificate AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    c.ends_at
   FROM (( SELECT 'voke'::text AS source,
            certificate_shape.source_plant_id,
            certificate_shape.ends_at
           FROM voke.certificate_shape) c
     JOIN registry.plant_alias a USING (source, source_plant_id));

COMMENT ON VIEW registry.certificate IS 'Certificates by which plants are in touch with sources, of every source.';

COMMENT ON COLUMN registry.certificate.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.certificate.source IS 'System that it is shown to.';

COMMENT ON COLUMN registry.certificate.source_plant_id IS 'Id at the source of the record that it belongs to.';

COMMENT ON COLUMN registry.certificate.ends_at IS 'When it ends.';

CREATE TABLE registry.decision (
    decision_id bigint NOT NULL,
    action text NOT NULL,
    source text,
    source_plant_id text,
    other_source text,
    other_source_plant_id text,
    field text,
    value text,
    valid_from date,
    who text NOT NULL,
    why text,
    decided_at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    undone_by text,
    undone_why text,
    sensor text,
    valid_at timestamp with time zone,
    last_value double precision,
    first_value double precision,
    from_crosswalk boolean DEFAULT false NOT NULL,
    group_id bigint
);

COMMENT ON TABLE registry.decision IS 'What people decided about plants and meters; the newest that is not undone is in force.';

COMMENT ON COLUMN registry.decision.decision_id IS 'Number of the decision, rising.';

COMMENT ON COLUMN registry.decision.action IS 'What was decided: link, unlink, reject, set, retire, not_a_plant or meter_change.';

COMMENT ON COLUMN registry.decision.source IS 'System of the record it is about; NULL: about a sensor.';

COMMENT ON COLUMN registry.decision.source_plant_id IS 'Id of the record it is about; NULL: about a sensor.';

COMMENT ON COLUMN registry.decision.other_source IS 'System of the second record; NULL: about one record.';

COMMENT ON COLUMN registry.decision.other_source_plant_id IS 'Id of the second record; NULL: about one record.';

COMMENT ON COLUMN registry.decision.field IS 'Property that is set; NULL: none is.';

COMMENT ON COLUMN registry.decision.value IS 'Value it is set to, as text in the unit of the property; NULL: not known.';

COMMENT ON COLUMN registry.decision.valid_from IS 'Plant-local date from which it holds; NULL: always.';

COMMENT ON COLUMN registry.decision.who IS 'Who decided.';

COMMENT ON COLUMN registry.decision.why IS 'Reason, in words; NULL: none given.';

COMMENT ON COLUMN registry.decision.decided_at IS 'When it was decided.';

COMMENT ON COLUMN registry.decision.undone_at IS 'When it was undone; NULL: it is in force.';

COMMENT ON COLUMN registry.decision.undone_by IS 'Who took the decision back; NULL while it is in force.';

COMMENT ON COLUMN registry.decision.undone_why IS 'Why it was taken back, in the words of whoever did.';

COMMENT ON COLUMN registry.decision.sensor IS 'Sensor it is about, system and its id there with a colon between; NULL: about records.';

COMMENT ON COLUMN registry.decision.valid_at IS 'When the meter was exchanged; NULL: no meter was.';

COMMENT ON COLUMN registry.decision.last_value IS 'What the old meter showed last, in the sensor''s unit at its source; NULL: not stated.';

COMMENT ON COLUMN registry.decision.first_value IS 'What the new meter showed first, in the sensor''s unit at its source; NULL: not stated.';

COMMENT ON COLUMN registry.decision.from_crosswalk IS 'Whether a line of the crosswalk file says it: it is undone by `crosswalk` once the line is taken out.';

COMMENT ON COLUMN registry.decision.group_id IS 'Number of the first decision that the same command wrote: they are undone together.';

ALTER TABLE registry.decision ALTER COLUMN decision_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.decision_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE voke.energy_sample (
    plant_id text NOT NULL,
    sampled_at timestamp with time zone NOT NULL,
    energy_date date NOT NULL,
    produced_kwh double precision,
    imported_kwh double precision,
    exported_kwh double precision,
    self_consumption_pct double precision
)
PARTITION BY RANGE (sampled_at);

COMMENT ON TABLE voke.energy_sample IS 'Energy of the running UTC day of each plant at points in time.';

COMMENT ON COLUMN voke.energy_sample.plant_id IS 'Id of the plant at Voke.';

COMMENT ON COLUMN voke.energy_sample.sampled_at IS 'When the counters were read; the partitions are months of it, in UTC.';

COMMENT ON COLUMN voke.energy_sample.energy_date IS 'UTC day the counters belong to.';

COMMENT ON COLUMN voke.energy_sample.produced_kwh IS 'Energy produced since the begin of that day, kWh.';

COMMENT ON COLUMN voke.energy_sample.imported_kwh IS 'Energy drawn from the grid since the begin of that day, kWh.';

COMMENT ON COLUMN voke.energy_sample.exported_kwh IS 'Energy fed into the grid since the begin of that day, kWh.';

COMMENT ON COLUMN voke.energy_sample.self_consumption_pct IS 'Share of production used on site, percent, as the source computes it.';

CREATE VIEW voke.energy_sample_shape AS
 SELECT plant_id AS source_plant_id,
    sampled_at,
    energy_date,
    produced_kwh,
    imported_kwh,
    exported_kwh,
    self_consumption_pct
   FROM voke.energy_sample;

COMMENT ON VIEW voke.energy_sample_shape IS 'Energy of running UTC days in the shape that all sources share.';

COMMENT ON COLUMN voke.energy_sample_shape.source_plant_id IS 'Id at the source of the record that was asked for.';

COMMENT ON COLUMN voke.energy_sample_shape.sampled_at IS 'When it was answered.';

COMMENT ON COLUMN voke.energy_sample_shape.energy_date IS 'UTC day that is counted.';

COMMENT ON COLUMN voke.energy_sample_shape.produced_kwh IS 'Produced since the day began, kWh.';

COMMENT ON COLUMN voke.energy_sample_shape.imported_kwh IS 'Imported since the day began, kWh.';

COMMENT ON COLUMN voke.energy_sample_shape.exported_kwh IS 'Exported since the day began, kWh.';

COMMENT ON COLUMN voke.energy_sample_shape.self_consumption_pct IS 'Share of it that was used on site, percent.';

CREATE VIEW registry.energy_sample AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    s.sampled_at,
    s.energy_date,
    s.produced_kwh,
    s.imported_kwh,
    s.exported_kwh,
    s.self_consumption_pct
   FROM (( SELECT 'voke'::text AS source,
            energy_sample_shape.source_plant_id,
            energy_sample_shape.sampled_at,
            energy_sample_shape.energy_date,
            energy_sample_shape.produced_kwh,
            energy_sample_shape.imported_kwh,
            energy_sample_shape.exported_kwh,
            energy_sample_shape.self_consumption_pct
           FROM voke.energy_sample_shape) s
     JOIN registry.plant_alias a USING (source, source_plant_id))
  WHERE (NOT a.is_duplicate);

COMMENT ON VIEW registry.energy_sample IS 'What was counted since the UTC midnight, at the times it was asked for.';

COMMENT ON COLUMN registry.energy_sample.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.energy_sample.source IS 'System that was asked.';

COMMENT ON COLUMN registry.energy_sample.source_plant_id IS 'Id at the source of the record that was asked for.';

COMMENT ON COLUMN registry.energy_sample.sampled_at IS 'When it was answered.';

COMMENT ON COLUMN registry.energy_sample.energy_date IS 'UTC day that is counted.';

COMMENT ON COLUMN registry.energy_sample.produced_kwh IS 'Produced since the day began, kWh.';

COMMENT ON COLUMN registry.energy_sample.imported_kwh IS 'Imported since the day began, kWh.';

COMMENT ON COLUMN registry.energy_sample.exported_kwh IS 'Exported since the day began, kWh.';

COMMENT ON COLUMN registry.energy_sample.self_consumption_pct IS 'Share of it that was used on site, percent.';

CREATE TABLE registry.equipment (
    equipment_id uuid NOT NULL,
    plant_id uuid,
    source text NOT NULL,
    source_asset_id text NOT NULL,
    name text NOT NULL,
    equipment_type text NOT NULL,
    parent_equipment_id uuid,
    is_present boolean NOT NULL,
    part_id uuid,
    doubted_since timestamp with time zone,
    capacity_ac_kw double precision,
    CONSTRAINT equipment_equipment_type_check CHECK ((equipment_type = ANY (ARRAY['inverter'::text, 'combiner'::text, 'meter'::text, 'weather_station'::text, 'battery'::text, 'turbine'::text, 'other'::text])))
);

COMMENT ON TABLE registry.equipment IS 'Devices of plants; sensors on the plant''s own record make that record a device.';

COMMENT ON COLUMN registry.equipment.equipment_id IS 'Id of the device, made of its source and its id there.';

COMMENT ON COLUMN registry.equipment.plant_id IS 'Plant it stands in; NULL: its record is in no plant any more.';

COMMENT ON COLUMN registry.equipment.source IS 'System that has it: voke or flexmeasures.';

COMMENT ON COLUMN registry.equipment.source_asset_id IS 'Id of the device at the source.';

COMMENT ON COLUMN registry.equipment.name IS 'Name at the source.';

COMMENT ON COLUMN registry.equipment.equipment_type IS 'inverter, combiner, meter, weather_station, battery, turbine or other.';

COMMENT ON COLUMN registry.equipment.parent_equipment_id IS 'Device it is part of; NULL: none.';

COMMENT ON COLUMN registry.equipment.is_present IS 'Whether the source still has it.';

COMMENT ON COLUMN registry.equipment.part_id IS 'Part of the plant that it belongs to, as registry.plant_part has it; NULL: the plant is no sum, or it is of the whole.';

COMMENT ON COLUMN registry.equipment.doubted_since IS 'Since when its record may be another plant: what it measures from then on is of no plant; NULL: there is no doubt.';

COMMENT ON COLUMN registry.equipment.capacity_ac_kw IS 'Rated power at the AC side as the source documents it for this device, kW; NULL: not documented.';

CREATE TABLE registry.field_precedence (
    field text NOT NULL,
    source text NOT NULL,
    rank integer NOT NULL,
    tolerance double precision
);

COMMENT ON TABLE registry.field_precedence IS 'Whose value of a field is taken: that of the lowest rank. Written by every sync from what sources and rules declare, to be read.';

COMMENT ON COLUMN registry.field_precedence.field IS 'Column of registry.plant.';

COMMENT ON COLUMN registry.field_precedence.source IS 'System; decision: what a person states; derived: what follows from other fields.';

COMMENT ON COLUMN registry.field_precedence.rank IS '0: first. Of sources that say nothing the next one is asked.';

COMMENT ON COLUMN registry.field_precedence.tolerance IS 'So far a source may be off the selected value: capacities as a share of it, latitude and longitude in km together; NULL: not compared by size.';

CREATE VIEW registry.forecast AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    f.period_end,
    f.retrieved_at,
    f.energy_kwh,
        CASE
            WHEN (NOT a.is_present) THEN a.last_seen_at
            ELSE NULL::timestamp with time zone
        END AS listed_until
   FROM (( SELECT 'ravenwits'::text AS source,
            forecast_shape.source_plant_id,
            forecast_shape.period_end,
            forecast_shape.retrieved_at,
            forecast_shape.energy_kwh
           FROM ravenwits.forecast_shape) f
     JOIN registry.plant_alias a USING (source, source_plant_id))
  WHERE (NOT a.is_duplicate);

COMMENT ON VIEW registry.forecast IS 'What was forecast when, of every source, by plant; of records joined in one plant each forecasts a part of it.';

COMMENT ON COLUMN registry.forecast.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.forecast.source IS 'System that forecast it.';

COMMENT ON COLUMN registry.forecast.source_plant_id IS 'Id at the source of the record it was forecast for.';

COMMENT ON COLUMN registry.forecast.period_end IS 'End of the period; periods of a plant are as long as these ends are apart.';

COMMENT ON COLUMN registry.forecast.retrieved_at IS 'When the value was first received; it stands until a later one.';

COMMENT ON COLUMN registry.forecast.energy_kwh IS 'Forecast energy of the period, kWh.';

COMMENT ON COLUMN registry.forecast.listed_until IS 'When the source last listed the record; NULL: it still does.';

CREATE TABLE registry.match_proposal (
    proposal_id bigint NOT NULL,
    source text NOT NULL,
    source_plant_id text NOT NULL,
    plant_id uuid NOT NULL,
    score double precision NOT NULL,
    evidence jsonb NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    decided_by text,
    decided_at timestamp with time zone,
    kind text DEFAULT 'match'::text NOT NULL,
    CONSTRAINT match_proposal_kind_check CHECK ((kind = ANY (ARRAY['match'::text, 'split'::text, 'part_of'::text]))),
    CONSTRAINT match_proposal_status_check CHECK ((status = ANY (ARRAY['open'::text, 'accepted'::text, 'rejected'::text])))
);

COMMENT ON TABLE registry.match_proposal IS 'Doubtful matches for a person to decide: is this record that plant?';

COMMENT ON COLUMN registry.match_proposal.proposal_id IS 'Number of the proposal, as `registry review` shows it.';

COMMENT ON COLUMN registry.match_proposal.source IS 'System of the record: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN registry.match_proposal.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.match_proposal.plant_id IS 'Plant it may belong to.';

COMMENT ON COLUMN registry.match_proposal.score IS 'Likeness of the two, 0 to 1.';

COMMENT ON COLUMN registry.match_proposal.evidence IS 'What speaks for and against it, in parts.';

COMMENT ON COLUMN registry.match_proposal.status IS 'open: waits for a person; accepted or rejected: decided.';

COMMENT ON COLUMN registry.match_proposal.decided_by IS 'Who decided; NULL: nobody yet.';

COMMENT ON COLUMN registry.match_proposal.decided_at IS 'When it was decided; NULL: not yet.';

COMMENT ON COLUMN registry.match_proposal.kind IS 'match: is the record that plant? split: is it still, or did its id become another plant''s? part_of: is it a part of it?';

ALTER TABLE registry.match_proposal ALTER COLUMN proposal_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.match_proposal_proposal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE registry.match_weights (
    weights_id integer NOT NULL,
    base_version integer NOT NULL,
    weights jsonb NOT NULL,
    decisions integer NOT NULL,
    who text NOT NULL,
    why text,
    adopted_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawn_by text
);

COMMENT ON TABLE registry.match_weights IS 'Weights of matching that a person adopted; the newest that is not withdrawn counts, if it was fitted beside those that the package brings.';

COMMENT ON COLUMN registry.match_weights.weights_id IS 'Number, in the order of adoption.';

COMMENT ON COLUMN registry.match_weights.base_version IS 'Version of the weights of the package that they were moved from.';

COMMENT ON COLUMN registry.match_weights.weights IS 'Log-odds by feature.';

COMMENT ON COLUMN registry.match_weights.decisions IS 'How many decisions on pairs moved them.';

COMMENT ON COLUMN registry.match_weights.who IS 'Who adopted them.';

COMMENT ON COLUMN registry.match_weights.why IS 'Why.';

COMMENT ON COLUMN registry.match_weights.adopted_at IS 'When.';

COMMENT ON COLUMN registry.match_weights.withdrawn_at IS 'When they were taken back; NULL: they were not.';

COMMENT ON COLUMN registry.match_weights.withdrawn_by IS 'Who took them back.';

ALTER TABLE registry.match_weights ALTER COLUMN weights_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.match_weights_weights_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE registry.not_a_plant (
    source text NOT NULL,
    source_plant_id text NOT NULL,
    source_name text NOT NULL,
    reason text NOT NULL
);

COMMENT ON TABLE registry.not_a_plant IS 'Records of sources listed among plants that are none.';

COMMENT ON COLUMN registry.not_a_plant.source IS 'System: ravenwits, voke or flexmeasures.';

COMMENT ON COLUMN registry.not_a_plant.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.not_a_plant.source_name IS 'Name at the source.';

COMMENT ON COLUMN registry.not_a_plant.reason IS 'Why it is no plant, in words.';

CREATE TABLE registry.plant_basis (
    plant_id uuid NOT NULL,
    digest bytea NOT NULL,
    zones text NOT NULL
);

COMMENT ON TABLE registry.plant_basis IS 'What the golden values of a plant were made from, if its records agree and nobody states any of them: as long as that is the same, they are not made again.';

COMMENT ON COLUMN registry.plant_basis.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.plant_basis.digest IS 'Digest of what its records say, of the golden values made from it, and of the rules they were made by.';

COMMENT ON COLUMN registry.plant_basis.zones IS 'Further time zones that its records name or lie in: they agree as long as these have the offsets of its own. Separated by spaces.';

CREATE TABLE registry.plant_field (
    plant_id uuid NOT NULL,
    field text NOT NULL,
    source text NOT NULL,
    source_plant_id text NOT NULL,
    value text,
    is_selected boolean NOT NULL,
    observed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE registry.plant_field IS 'Every value offered for a plant, with where it comes from; a row is written when it changes.';

COMMENT ON COLUMN registry.plant_field.plant_id IS 'Plant the value is offered for.';

COMMENT ON COLUMN registry.plant_field.field IS 'Column of registry.plant, or a further property that people state.';

COMMENT ON COLUMN registry.plant_field.source IS 'ravenwits, voke, flexmeasures, decision (a person) or derived (computed from other values).';

COMMENT ON COLUMN registry.plant_field.source_plant_id IS 'Record that offers it; empty for decision and derived.';

COMMENT ON COLUMN registry.plant_field.value IS 'The value as text, in the unit of the column; NULL: nothing is offered.';

COMMENT ON COLUMN registry.plant_field.is_selected IS 'Whether it is the value in force.';

COMMENT ON COLUMN registry.plant_field.observed_at IS 'When the offer was last seen to change.';

CREATE VIEW registry.plant_conflict AS
 WITH live AS NOT MATERIALIZED (
         SELECT f.plant_id,
            f.field,
            f.source,
            f.source_plant_id,
            f.value,
            a.is_duplicate
           FROM ((registry.plant_field f
             JOIN registry.plant p USING (plant_id))
             JOIN registry.plant_alias a USING (plant_id, source, source_plant_id))
          WHERE ((p.status = 'active'::text) AND (a.absences < 2))
        ), chosen AS NOT MATERIALIZED (
         SELECT f.plant_id,
            f.field,
            f.source,
            f.source_plant_id,
            f.value
           FROM registry.plant_field f
          WHERE (f.is_selected AND (f.source <> 'decision'::text))
        ), capacity AS (
         SELECT s.plant_id,
            s.field,
            s.source AS selected_source,
            s.kw AS selected_kw,
            o.source AS other_source,
            o.kw AS other_kw
           FROM (( SELECT chosen.plant_id,
                    chosen.field,
                    chosen.source,
                    sum((chosen.value)::double precision) AS kw
                   FROM chosen
                  WHERE (chosen.field = ANY (ARRAY['capacity_ac_kw'::text, 'capacity_dc_kw'::text, 'storage_kwh'::text]))
                  GROUP BY chosen.plant_id, chosen.field, chosen.source) s
             JOIN ( SELECT live.plant_id,
                    live.field,
                    live.source,
                    sum((live.value)::double precision) AS kw
                   FROM live
                  WHERE ((live.field = ANY (ARRAY['capacity_ac_kw'::text, 'capacity_dc_kw'::text, 'storage_kwh'::text])) AND (NOT live.is_duplicate))
                  GROUP BY live.plant_id, live.field, live.source) o ON (((s.plant_id = o.plant_id) AND (s.field = o.field) AND (s.source <> o.source))))
        ), place AS (
         SELECT s.plant_id,
            s.source AS selected_source,
            o.source AS other_source,
            ((s.latitude || ', '::text) || s.longitude) AS selected_value,
            ((o.latitude || ', '::text) || o.longitude) AS other_value,
            ((((2)::numeric * 6371.0088))::double precision * asin(sqrt(LEAST((1)::double precision, (power(sind(((o.latitude - s.latitude) / (2)::double precision)), (2)::double precision) + ((cosd(s.latitude) * cosd(o.latitude)) * power(sind(((o.longitude - s.longitude) / (2)::double precision)), (2)::double precision))))))) AS distance_km
           FROM (( SELECT la.plant_id,
                    la.source,
                    (la.value)::double precision AS latitude,
                    (lo.value)::double precision AS longitude
                   FROM (chosen la
                     JOIN chosen lo USING (plant_id, source, source_plant_id))
                  WHERE ((la.field = 'latitude'::text) AND (lo.field = 'longitude'::text))) s
             JOIN ( SELECT la.plant_id,
                    la.source,
                    (la.value)::double precision AS latitude,
                    (lo.value)::double precision AS longitude
                   FROM (live la
                     JOIN live lo USING (plant_id, source, source_plant_id))
                  WHERE ((la.field = 'latitude'::text) AND (lo.field = 'longitude'::text))) o USING (plant_id))
        )
 SELECT c.plant_id,
    c.field,
    c.selected_source,
    (c.selected_kw)::text AS selected_value,
    c.other_source,
    (c.other_kw)::text AS other_value,
    abs(((c.other_kw / c.selected_kw) - (1)::double precision)) AS difference,
    r.tolerance
   FROM (capacity c
     JOIN registry.field_precedence r ON (((c.field = r.field) AND (c.other_source = r.source))))
  WHERE (abs((c.other_kw - c.selected_kw)) > (r.tolerance * c.selected_kw))
UNION ALL
 SELECT p.plant_id,
    'place'::text AS field,
    p.selected_source,
    p.selected_value,
    p.other_source,
    p.other_value,
    p.distance_km AS difference,
    r.tolerance
   FROM (place p
     JOIN registry.field_precedence r ON (((p.other_source = r.source) AND (r.field = 'latitude'::text))))
  WHERE (p.distance_km > r.tolerance)
UNION ALL
 SELECT s.plant_id,
    s.field,
    s.source AS selected_source,
    s.value AS selected_value,
    o.source AS other_source,
    o.value AS other_value,
    NULL::double precision AS difference,
    NULL::double precision AS tolerance
   FROM (chosen s
     JOIN live o USING (plant_id, field))
  WHERE ((s.field = 'technology'::text) AND ((o.value <> s.value) AND (o.value <> 'other'::text)) AND (NOT ((s.value = 'hybrid'::text) AND (o.value = ANY (ARRAY['solar'::text, 'storage'::text])))));

COMMENT ON VIEW registry.plant_conflict IS 'Where a source that still has an active plant says something else than the value in force, beyond tolerance; not what a person stated. Zones are findings of the sync.';

COMMENT ON COLUMN registry.plant_conflict.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.plant_conflict.field IS 'A capacity, technology, or place (latitude and longitude together).';

COMMENT ON COLUMN registry.plant_conflict.selected_source IS 'Whose value is in force.';

COMMENT ON COLUMN registry.plant_conflict.selected_value IS 'Value in force; capacities of several records added up; a place as latitude, longitude.';

COMMENT ON COLUMN registry.plant_conflict.other_source IS 'System that says something else.';

COMMENT ON COLUMN registry.plant_conflict.other_value IS 'What it says.';

COMMENT ON COLUMN registry.plant_conflict.difference IS 'How far off it is: capacities as a share of the value in force, places in km; NULL: not a matter of size.';

COMMENT ON COLUMN registry.plant_conflict.tolerance IS 'How far off it may be, in the same unit.';

CREATE TABLE registry.plant_history (
    plant_id uuid NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    plant_code text NOT NULL,
    name text NOT NULL,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    commissioned_at date,
    status text NOT NULL,
    merged_into uuid,
    first_seen_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone
);

COMMENT ON TABLE registry.plant_history IS 'The values of each plant over time; a version holds from valid_from until before valid_to.';

COMMENT ON COLUMN registry.plant_history.plant_id IS 'Id of the plant.';

COMMENT ON COLUMN registry.plant_history.valid_from IS 'First instant of the version, a midnight where the plant is; the first version begins at 1970-01-01 UTC.';

COMMENT ON COLUMN registry.plant_history.valid_to IS 'First instant after the version; NULL: it holds now.';

COMMENT ON COLUMN registry.plant_history.recorded_at IS 'When the version was written.';

COMMENT ON COLUMN registry.plant_history.plant_code IS 'Code of the plant.';

COMMENT ON COLUMN registry.plant_history.name IS 'Name then.';

COMMENT ON COLUMN registry.plant_history.technology IS 'solar, wind, storage, hybrid or other; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.latitude IS 'Latitude, degrees north; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.longitude IS 'Longitude, degrees east; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.timezone IS 'IANA time zone; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.country IS 'Country, ISO 3166 alpha-3; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.capacity_ac_kw IS 'Nominal AC capacity, kW; NULL: not known.';

COMMENT ON COLUMN registry.plant_history.capacity_dc_kw IS 'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';

COMMENT ON COLUMN registry.plant_history.storage_kwh IS 'Storage capacity, kWh; NULL: not known, or without storage.';

COMMENT ON COLUMN registry.plant_history.commissioned_at IS 'Date of commissioning.';

COMMENT ON COLUMN registry.plant_history.status IS 'active, retired or merged.';

COMMENT ON COLUMN registry.plant_history.merged_into IS 'Plant that this one turned out to be; NULL: not merged.';

COMMENT ON COLUMN registry.plant_history.first_seen_at IS 'When any source first had the plant.';

COMMENT ON COLUMN registry.plant_history.updated_at IS 'When a value last changed.';

COMMENT ON COLUMN registry.plant_history.retired_at IS 'When the plant left the fleet; NULL: it had not.';

CREATE TABLE registry.plant_history_superseded (
    plant_id uuid CONSTRAINT plant_history_plant_id_not_null NOT NULL,
    valid_from timestamp with time zone CONSTRAINT plant_history_valid_from_not_null NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone CONSTRAINT plant_history_recorded_at_not_null NOT NULL,
    plant_code text CONSTRAINT plant_history_plant_code_not_null NOT NULL,
    name text CONSTRAINT plant_history_name_not_null NOT NULL,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    commissioned_at date,
    status text CONSTRAINT plant_history_status_not_null NOT NULL,
    merged_into uuid,
    first_seen_at timestamp with time zone CONSTRAINT plant_history_first_seen_at_not_null NOT NULL,
    updated_at timestamp with time zone CONSTRAINT plant_history_updated_at_not_null NOT NULL,
    retired_at timestamp with time zone,
    superseded_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE registry.plant_history_superseded IS 'Versions of plants that a later one replaced, or a decision took back.';

COMMENT ON COLUMN registry.plant_history_superseded.plant_id IS 'Id of the plant.';

COMMENT ON COLUMN registry.plant_history_superseded.valid_from IS 'First instant of the version.';

COMMENT ON COLUMN registry.plant_history_superseded.valid_to IS 'First instant after the version; NULL: it had no end when it was replaced.';

COMMENT ON COLUMN registry.plant_history_superseded.recorded_at IS 'When the version had been written.';

COMMENT ON COLUMN registry.plant_history_superseded.plant_code IS 'Code of the plant.';

COMMENT ON COLUMN registry.plant_history_superseded.name IS 'Name then.';

COMMENT ON COLUMN registry.plant_history_superseded.technology IS 'solar, wind, storage, hybrid or other; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.latitude IS 'Latitude, degrees north; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.longitude IS 'Longitude, degrees east; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.timezone IS 'IANA time zone; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.country IS 'Country, ISO 3166 alpha-3; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.capacity_ac_kw IS 'Nominal AC capacity, kW; NULL: not known.';

COMMENT ON COLUMN registry.plant_history_superseded.capacity_dc_kw IS 'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';

COMMENT ON COLUMN registry.plant_history_superseded.storage_kwh IS 'Storage capacity, kWh; NULL: not known, or without storage.';

COMMENT ON COLUMN registry.plant_history_superseded.commissioned_at IS 'Date of commissioning.';

COMMENT ON COLUMN registry.plant_history_superseded.status IS 'active, retired or merged.';

COMMENT ON COLUMN registry.plant_history_superseded.merged_into IS 'Plant that this one turned out to be; NULL: not merged.';

COMMENT ON COLUMN registry.plant_history_superseded.first_seen_at IS 'When any source first had the plant.';

COMMENT ON COLUMN registry.plant_history_superseded.updated_at IS 'When a value last changed.';

COMMENT ON COLUMN registry.plant_history_superseded.retired_at IS 'When the plant left the fleet; NULL: it had not.';

COMMENT ON COLUMN registry.plant_history_superseded.superseded_at IS 'When it was replaced.';

CREATE TABLE registry.record (
    source text NOT NULL,
    source_plant_id text NOT NULL,
    plant_id uuid,
    method text,
    score double precision,
    first_seen_at timestamp with time zone NOT NULL,
    doubted_since timestamp with time zone,
    waits_since timestamp with time zone,
    weights_id integer,
    CONSTRAINT record_check CHECK (((plant_id IS NULL) = (method IS NULL))),
    CONSTRAINT record_method_check CHECK ((method = ANY (ARRAY['external_id'::text, 'name_place'::text, 'new'::text])))
);

COMMENT ON TABLE registry.record IS 'Where each record of a source belongs by itself, whatever people decided.';

COMMENT ON COLUMN registry.record.source IS 'System of the record.';

COMMENT ON COLUMN registry.record.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.record.plant_id IS 'Plant it would belong to without any decision; NULL: it would be no plant.';

COMMENT ON COLUMN registry.record.method IS 'What would join it to that plant: external_id, name_place, or new (nothing: it would found one).';

COMMENT ON COLUMN registry.record.score IS 'Probability by which it would be joined, 0 to 1; NULL: not by likeness.';

COMMENT ON COLUMN registry.record.first_seen_at IS 'When it was first listed.';

COMMENT ON COLUMN registry.record.doubted_since IS 'When its source began to describe another plant under its id; NULL: it is the plant that it was.';

COMMENT ON COLUMN registry.record.waits_since IS 'Since when what it says waits for a person to answer whether it is still the plant it was; NULL: nothing waits.';

COMMENT ON COLUMN registry.record.weights_id IS 'Adopted weights by which it came to its plant by name and place; NULL: those of the package, or another reason.';

CREATE VIEW registry.plant_part AS
 WITH placed AS (
         SELECT a.plant_id,
            a.source,
            a.source_plant_id,
            r.plant_id AS part_id
           FROM (registry.plant_alias a
             JOIN registry.record r USING (source, source_plant_id))
          WHERE (a.is_present AND (NOT a.is_duplicate) AND (r.plant_id IS NOT NULL))
        ), several AS (
         SELECT placed_1.plant_id,
            placed_1.source
           FROM placed placed_1
          GROUP BY placed_1.plant_id, placed_1.source
         HAVING (count(DISTINCT placed_1.part_id) > 1)
        ), part AS (
         SELECT DISTINCT placed_1.plant_id,
            placed_1.part_id
           FROM (placed placed_1
             JOIN several USING (plant_id, source))
        )
 SELECT placed.plant_id,
    placed.source,
    placed.source_plant_id,
    placed.part_id
   FROM (placed
     JOIN part USING (plant_id, part_id));

COMMENT ON VIEW registry.plant_part IS 'Records of plants that consist of several: two that one system tells apart are different plants by themselves.';

COMMENT ON COLUMN registry.plant_part.plant_id IS 'Plant that consists of them.';

COMMENT ON COLUMN registry.plant_part.source IS 'System of the record.';

COMMENT ON COLUMN registry.plant_part.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.plant_part.part_id IS 'Plant that the record would belong to without any decision.';

CREATE TABLE registry.record_version (
    source text NOT NULL,
    source_plant_id text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    absences integer NOT NULL,
    name text NOT NULL,
    technology text,
    latitude double precision,
    longitude double precision,
    timezone text,
    country text,
    capacity_ac_kw double precision,
    capacity_dc_kw double precision,
    storage_kwh double precision,
    sensor_timezone text,
    has_load boolean
);

COMMENT ON TABLE registry.record_version IS 'What a source said of a record, from when on: the registry''s history is made of these and of decisions.';

COMMENT ON COLUMN registry.record_version.source IS 'System of the record.';

COMMENT ON COLUMN registry.record_version.source_plant_id IS 'Id of the record at the source.';

COMMENT ON COLUMN registry.record_version.valid_from IS 'When it was noticed; 1970-01-01 UTC for a record that was there when its plant was first seen.';

COMMENT ON COLUMN registry.record_version.absences IS 'Successive complete listings without the record, 2 at most.';

COMMENT ON COLUMN registry.record_version.name IS 'Name at the source.';

COMMENT ON COLUMN registry.record_version.technology IS 'solar, wind, storage, hybrid or other; NULL: not said.';

COMMENT ON COLUMN registry.record_version.latitude IS 'Latitude, decimal degrees.';

COMMENT ON COLUMN registry.record_version.longitude IS 'Longitude, decimal degrees.';

COMMENT ON COLUMN registry.record_version.timezone IS 'Time zone, as the source gives it.';

COMMENT ON COLUMN registry.record_version.country IS 'Country, as the source gives it.';

COMMENT ON COLUMN registry.record_version.capacity_ac_kw IS 'AC capacity, kW.';

COMMENT ON COLUMN registry.record_version.capacity_dc_kw IS 'DC capacity, kW.';

COMMENT ON COLUMN registry.record_version.storage_kwh IS 'Energy that can be stored, kWh.';

COMMENT ON COLUMN registry.record_version.sensor_timezone IS 'Commonest time zone of the record''s sensors.';

COMMENT ON COLUMN registry.record_version.has_load IS 'Whether consumption sits behind the plant, as the record says; NULL: it does not say.';

CREATE TABLE registry.sensor (
    sensor_id integer NOT NULL,
    equipment_id uuid NOT NULL,
    plant_id uuid,
    source text NOT NULL,
    source_sensor_id text NOT NULL,
    name text NOT NULL,
    quantity text,
    source_unit text,
    unit text,
    is_cumulative boolean NOT NULL,
    sign smallint,
    is_main boolean NOT NULL,
    resolution interval NOT NULL,
    timezone text,
    raptor_sensor_type text,
    is_reference boolean DEFAULT false NOT NULL,
    is_present boolean NOT NULL,
    finding text,
    learned_sign smallint,
    learned_step interval,
    learned_phase interval,
    learned_until date,
    energy_method text,
    CONSTRAINT sensor_learned_sign_check CHECK ((learned_sign = ANY (ARRAY[1, '-1'::integer]))),
    CONSTRAINT sensor_sign_check CHECK ((sign = ANY (ARRAY[1, '-1'::integer])))
);

COMMENT ON TABLE registry.sensor IS 'Series of measurements, each with what it measures and how its values are to be read.';

COMMENT ON COLUMN registry.sensor.sensor_id IS 'Number of the sensor, given by the warehouse.';

COMMENT ON COLUMN registry.sensor.equipment_id IS 'Device it measures.';

COMMENT ON COLUMN registry.sensor.plant_id IS 'Plant of its device; NULL: the record is in no plant any more.';

COMMENT ON COLUMN registry.sensor.source IS 'System that has its readings: voke or flexmeasures.';

COMMENT ON COLUMN registry.sensor.source_sensor_id IS 'Id of the sensor at the source.';

COMMENT ON COLUMN registry.sensor.name IS 'Name at the source.';

COMMENT ON COLUMN registry.sensor.quantity IS 'What is measured; NULL: could not be classified, see finding.';

COMMENT ON COLUMN registry.sensor.source_unit IS 'Unit at the source; NULL or empty: none stated.';

COMMENT ON COLUMN registry.sensor.unit IS 'Unit of its rows in energy.reading; NULL: quantity not known.';

COMMENT ON COLUMN registry.sensor.is_cumulative IS 'Whether its values are a counter that only rises.';

COMMENT ON COLUMN registry.sensor.sign IS '+1: positive values are production; -1: positive values are consumption; NULL: not stated.';

COMMENT ON COLUMN registry.sensor.is_main IS 'Whether it counts for its plant''s production: the main meter, or one of several parts.';

COMMENT ON COLUMN registry.sensor.resolution IS 'Length of an interval; zero: instantaneous.';

COMMENT ON COLUMN registry.sensor.timezone IS 'IANA time zone at the source; NULL: none stated.';

COMMENT ON COLUMN registry.sensor.raptor_sensor_type IS 'Type in the export to Raptor Maps; NULL: not exported.';

COMMENT ON COLUMN registry.sensor.is_reference IS 'A value per day computed elsewhere: compared with, never an input.';

COMMENT ON COLUMN registry.sensor.is_present IS 'Whether the source still has it.';

COMMENT ON COLUMN registry.sensor.finding IS 'Why it is not used as it might be, in words; NULL: nothing to note.';

COMMENT ON COLUMN registry.sensor.learned_sign IS 'Direction that the readings of a trailing window show, where sign states none: +1 positive values are production.';

COMMENT ON COLUMN registry.sensor.learned_step IS 'Usual time from one reading to the next in that window.';

COMMENT ON COLUMN registry.sensor.learned_phase IS 'Usual distance of the readings from whole multiples of that step since 1970, UTC.';

COMMENT ON COLUMN registry.sensor.learned_until IS 'Last date of that window; NULL: nothing was learned yet.';

COMMENT ON COLUMN registry.sensor.energy_method IS 'What energy from it is called, as it is told apart from that of other meters of the plant; NULL: by its kind.';

ALTER TABLE registry.sensor ALTER COLUMN sensor_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.sensor_sensor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW registry.sensor_status AS
 SELECT s.sensor_id,
    s.plant_id,
    s.source,
    t.missing_since,
    t.told_at,
    t.reason
   FROM (( SELECT 'flexmeasures'::text AS source,
            sensor_status_shape.source_sensor_id,
            sensor_status_shape.missing_since,
            sensor_status_shape.told_at,
            sensor_status_shape.reason
           FROM flexmeasures.sensor_status_shape) t
     JOIN registry.sensor s USING (source, source_sensor_id));

COMMENT ON VIEW registry.sensor_status IS 'Sensors whose data their source misses, as it said last.';

COMMENT ON COLUMN registry.sensor_status.sensor_id IS 'Sensor.';

COMMENT ON COLUMN registry.sensor_status.plant_id IS 'Plant it belongs to.';

COMMENT ON COLUMN registry.sensor_status.source IS 'System that says so.';

COMMENT ON COLUMN registry.sensor_status.missing_since IS 'Since when data are missing.';

COMMENT ON COLUMN registry.sensor_status.told_at IS 'When the source said so last.';

COMMENT ON COLUMN registry.sensor_status.reason IS 'Why it says so, in its own words.';

CREATE VIEW voke.group_shape AS
 SELECT p.id AS source_plant_id,
    (g.element ->> 'name'::text) AS group_code
   FROM (voke.plant p
     CROSS JOIN LATERAL jsonb_array_elements(p.plant_groups) g(element))
  WHERE (p.is_present AND (jsonb_typeof(g.element) = 'object'::text) AND ((g.element ->> 'name'::text) <> ''::text));

COMMENT ON VIEW voke.group_shape IS 'Groups of plants in the shape that all sources share.';

COMMENT ON COLUMN voke.group_shape.source_plant_id IS 'Id at the source of the record that is in it.';

COMMENT ON COLUMN voke.group_shape.group_code IS 'Name of the group.';

CREATE VIEW registry.source_group AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    g.group_code
   FROM (( SELECT 'ravenwits'::text AS source,
            group_shape.source_plant_id,
            group_shape.group_code
           FROM ravenwits.group_shape
        UNION ALL
         SELECT 'voke'::text AS source,
            group_shape.source_plant_id,
            group_shape.group_code
           FROM voke.group_shape) g
     JOIN registry.plant_alias a USING (source, source_plant_id));

COMMENT ON VIEW registry.source_group IS 'Groups that sources put plants into.';

COMMENT ON COLUMN registry.source_group.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.source_group.source IS 'System that says so.';

COMMENT ON COLUMN registry.source_group.source_plant_id IS 'Id at the source of the record that is in it.';

COMMENT ON COLUMN registry.source_group.group_code IS 'Name of the group.';

CREATE TABLE voke.plant_status_sample (
    plant_id text NOT NULL,
    sampled_at timestamp with time zone NOT NULL,
    status text,
    last_seen_at timestamp with time zone
)
PARTITION BY RANGE (sampled_at);

COMMENT ON TABLE voke.plant_status_sample IS 'Connection of each plant at points in time.';

COMMENT ON COLUMN voke.plant_status_sample.plant_id IS 'Id of the plant at Voke.';

COMMENT ON COLUMN voke.plant_status_sample.sampled_at IS 'When the status was read; the partitions are months of it, in UTC.';

COMMENT ON COLUMN voke.plant_status_sample.status IS 'Connection of the gateway then, such as ONLINE.';

COMMENT ON COLUMN voke.plant_status_sample.last_seen_at IS 'When the gateway had last been in contact.';

CREATE VIEW voke.status_sample_shape AS
 SELECT plant_id AS source_plant_id,
    sampled_at,
    (upper(status) = 'ONLINE'::text) AS is_connected
   FROM voke.plant_status_sample;

COMMENT ON VIEW voke.status_sample_shape IS 'Connection of plants in the shape that all sources share.';

COMMENT ON COLUMN voke.status_sample_shape.source_plant_id IS 'Id at the source of the record that was asked for.';

COMMENT ON COLUMN voke.status_sample_shape.sampled_at IS 'When it was asked.';

COMMENT ON COLUMN voke.status_sample_shape.is_connected IS 'Whether the source was in touch with it; NULL: not stated.';

CREATE VIEW registry.status_sample AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    s.sampled_at,
    s.is_connected
   FROM (( SELECT 'voke'::text AS source,
            status_sample_shape.source_plant_id,
            status_sample_shape.sampled_at,
            status_sample_shape.is_connected
           FROM voke.status_sample_shape) s
     JOIN registry.plant_alias a USING (source, source_plant_id))
  WHERE (NOT a.is_duplicate);

COMMENT ON VIEW registry.status_sample IS 'Whether a plant was connected at the times it was asked for, of every source.';

COMMENT ON COLUMN registry.status_sample.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.status_sample.source IS 'System that was asked.';

COMMENT ON COLUMN registry.status_sample.source_plant_id IS 'Id at the source of the record that was asked for.';

COMMENT ON COLUMN registry.status_sample.sampled_at IS 'When it was asked.';

COMMENT ON COLUMN registry.status_sample.is_connected IS 'Whether the source was in touch with it; NULL: not stated.';

CREATE TABLE registry.touched (
    touched_id bigint NOT NULL,
    plant_id uuid NOT NULL,
    from_utc timestamp with time zone,
    to_utc timestamp with time zone,
    why text NOT NULL,
    touched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE registry.touched IS 'Stretches of time for which a plant is no longer what it was taken for: what was computed of them is to be computed again.';

COMMENT ON COLUMN registry.touched.touched_id IS 'Number of the row, rising.';

COMMENT ON COLUMN registry.touched.plant_id IS 'Plant, also one that has no records any more.';

COMMENT ON COLUMN registry.touched.from_utc IS 'Since when it differs; NULL: since its beginning.';

COMMENT ON COLUMN registry.touched.to_utc IS 'Until when it differs; NULL: until now.';

COMMENT ON COLUMN registry.touched.why IS 'What changed, in words.';

COMMENT ON COLUMN registry.touched.touched_at IS 'When that became known.';

ALTER TABLE registry.touched ALTER COLUMN touched_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.touched_touched_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW registry.unavailability AS
 SELECT a.plant_id,
    a.source,
    a.source_plant_id,
    u.begins_at,
    u.ends_at,
    u.available_kw,
    u.kind,
    u.remarks
   FROM (( SELECT 'ravenwits'::text AS source,
            unavailability_shape.source_plant_id,
            unavailability_shape.begins_at,
            unavailability_shape.ends_at,
            unavailability_shape.available_kw,
            unavailability_shape.kind,
            unavailability_shape.remarks
           FROM ravenwits.unavailability_shape) u
     JOIN registry.plant_alias a USING (source, source_plant_id));

COMMENT ON VIEW registry.unavailability IS 'Announced limits of plants, of every source.';

COMMENT ON COLUMN registry.unavailability.plant_id IS 'Plant.';

COMMENT ON COLUMN registry.unavailability.source IS 'System that says so.';

COMMENT ON COLUMN registry.unavailability.source_plant_id IS 'Id at the source of the record it is about.';

COMMENT ON COLUMN registry.unavailability.begins_at IS 'Begin of the limit.';

COMMENT ON COLUMN registry.unavailability.ends_at IS 'End of the limit.';

COMMENT ON COLUMN registry.unavailability.available_kw IS 'Power that remains, kW.';

COMMENT ON COLUMN registry.unavailability.kind IS 'What it is, in the source''s words.';

COMMENT ON COLUMN registry.unavailability.remarks IS 'Why, free text.';

CREATE TABLE voke.alert (
    id text NOT NULL,
    plant_id text NOT NULL,
    type text,
    severity text,
    status text,
    message text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    resolved_at timestamp with time zone,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE voke.alert IS 'Alerts of Voke''s plants.';

COMMENT ON COLUMN voke.alert.id IS 'Id of the alert at Voke.';

COMMENT ON COLUMN voke.alert.plant_id IS 'Id at Voke of the plant it is about.';

COMMENT ON COLUMN voke.alert.type IS 'Kind, such as THRESHOLD_EXCEEDED.';

COMMENT ON COLUMN voke.alert.severity IS 'Severity, such as INFO.';

COMMENT ON COLUMN voke.alert.status IS 'State, such as ACTIVE.';

COMMENT ON COLUMN voke.alert.message IS 'What happened, in the source''s words.';

COMMENT ON COLUMN voke.alert.created_at IS 'When it began.';

COMMENT ON COLUMN voke.alert.updated_at IS 'When the source last changed it.';

COMMENT ON COLUMN voke.alert.acknowledged_at IS 'When a person took notice; NULL: nobody did.';

COMMENT ON COLUMN voke.alert.acknowledged_by IS 'Who took notice.';

COMMENT ON COLUMN voke.alert.resolved_at IS 'When it ended; NULL: not yet.';

COMMENT ON COLUMN voke.alert.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN voke.alert.is_present IS 'Whether the last complete listing had it.';

CREATE TABLE voke.certificate_stats (
    fetched_at timestamp with time zone NOT NULL,
    active integer NOT NULL,
    expired integer NOT NULL,
    expiring_soon integer NOT NULL,
    revoked integer NOT NULL,
    next_renewal_at timestamp with time zone,
    at_risk_plants jsonb
);

COMMENT ON TABLE voke.certificate_stats IS 'State of the gateways'' certificates, a row per reading.';

COMMENT ON COLUMN voke.certificate_stats.fetched_at IS 'When the counts were received.';

COMMENT ON COLUMN voke.certificate_stats.active IS 'Valid certificates.';

COMMENT ON COLUMN voke.certificate_stats.expired IS 'Certificates past their end.';

COMMENT ON COLUMN voke.certificate_stats.expiring_soon IS 'Valid certificates near their end.';

COMMENT ON COLUMN voke.certificate_stats.revoked IS 'Certificates taken back.';

COMMENT ON COLUMN voke.certificate_stats.next_renewal_at IS 'When the next certificate is due; NULL: none.';

COMMENT ON COLUMN voke.certificate_stats.at_risk_plants IS 'Plants whose certificate has ended or soon will, as received.';

CREATE TABLE voke.command (
    id text NOT NULL,
    cmd_id text,
    plant_id text NOT NULL,
    command text,
    payload jsonb,
    response jsonb,
    response_status text,
    sent_at timestamp with time zone,
    acked_at timestamp with time zone,
    created_at timestamp with time zone,
    fetched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE voke.command IS 'Commands sent to plants. Nothing writes it yet: the stream is not read.';

COMMENT ON COLUMN voke.command.id IS 'Id of the command at Voke.';

COMMENT ON COLUMN voke.command.cmd_id IS 'Id the gateway knows it by.';

COMMENT ON COLUMN voke.command.plant_id IS 'Id at Voke of the plant it was sent to.';

COMMENT ON COLUMN voke.command.command IS 'Name of the command.';

COMMENT ON COLUMN voke.command.payload IS 'What was sent, as received.';

COMMENT ON COLUMN voke.command.response IS 'What the gateway answered, as received.';

COMMENT ON COLUMN voke.command.response_status IS 'Outcome the gateway told.';

COMMENT ON COLUMN voke.command.sent_at IS 'When it was sent.';

COMMENT ON COLUMN voke.command.acked_at IS 'When the gateway confirmed it; NULL: not yet.';

COMMENT ON COLUMN voke.command.created_at IS 'When the source made the record.';

COMMENT ON COLUMN voke.command.fetched_at IS 'When the record was last received.';

CREATE TABLE voke.metric (
    id text NOT NULL,
    plant_id text NOT NULL,
    device text NOT NULL,
    metric text NOT NULL,
    unit text,
    last_seen_at timestamp with time zone NOT NULL,
    fetched_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE voke.metric IS 'Series of telemetry, one row each: what a plant or one of its sub-devices has ever sent.';

COMMENT ON COLUMN voke.metric.id IS 'Plant, externalId of the sub-device (or -) and metric, with slashes between.';

COMMENT ON COLUMN voke.metric.plant_id IS 'Plant that sent it.';

COMMENT ON COLUMN voke.metric.device IS 'externalId of the sub-device it is of; -: of the plant itself.';

COMMENT ON COLUMN voke.metric.metric IS 'Name that the device template gives it.';

COMMENT ON COLUMN voke.metric.unit IS 'Unit as stated with the latest value; NULL: not stated.';

COMMENT ON COLUMN voke.metric.last_seen_at IS 'Time of the latest value when it was last asked for.';

COMMENT ON COLUMN voke.metric.fetched_at IS 'When it was last asked for.';

CREATE TABLE voke.sub_device (
    id text NOT NULL,
    plant_id text NOT NULL,
    organization_id text,
    external_id text,
    name text,
    serial_number text,
    type text,
    status text,
    template_id text,
    metadata jsonb,
    last_seen_at timestamp with time zone,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    fetched_at timestamp with time zone NOT NULL,
    is_present boolean NOT NULL
);

COMMENT ON TABLE voke.sub_device IS 'Devices behind Voke''s gateways: inverters, meters, batteries and others.';

COMMENT ON COLUMN voke.sub_device.id IS 'Id of the device at Voke.';

COMMENT ON COLUMN voke.sub_device.plant_id IS 'Id at Voke of the plant it belongs to.';

COMMENT ON COLUMN voke.sub_device.organization_id IS 'Organisation it belongs to.';

COMMENT ON COLUMN voke.sub_device.external_id IS 'Short name, unique in its plant; telemetry metrics begin with it.';

COMMENT ON COLUMN voke.sub_device.name IS 'Display name.';

COMMENT ON COLUMN voke.sub_device.serial_number IS 'Serial number of the device.';

COMMENT ON COLUMN voke.sub_device.type IS 'Kind, such as CABINET, METER, INVERTER or BATTERY.';

COMMENT ON COLUMN voke.sub_device.status IS 'Connection, such as ONLINE.';

COMMENT ON COLUMN voke.sub_device.template_id IS 'Device template its signals are decoded with.';

COMMENT ON COLUMN voke.sub_device.metadata IS 'Free properties, as received.';

COMMENT ON COLUMN voke.sub_device.last_seen_at IS 'When it was last in contact.';

COMMENT ON COLUMN voke.sub_device.created_at IS 'When the source made the record.';

COMMENT ON COLUMN voke.sub_device.updated_at IS 'When the source last changed the record.';

COMMENT ON COLUMN voke.sub_device.fetched_at IS 'When the record was last received.';

COMMENT ON COLUMN voke.sub_device.is_present IS 'Whether the last complete listing had it.';

ALTER TABLE ONLY automation.problem
    ADD CONSTRAINT problem_pkey PRIMARY KEY (problem_id);

ALTER TABLE ONLY energy.orphaned_day
    ADD CONSTRAINT orphaned_day_pkey PRIMARY KEY (energy_date, plant_id);

ALTER TABLE ONLY energy.plant_daily_candidate
    ADD CONSTRAINT plant_daily_candidate_pkey PRIMARY KEY (plant_id, energy_date, method);

ALTER TABLE ONLY energy.plant_daily
    ADD CONSTRAINT plant_daily_pkey PRIMARY KEY (plant_id, energy_date);

ALTER TABLE ONLY energy.plant_measured
    ADD CONSTRAINT plant_measured_pkey PRIMARY KEY (plant_id, energy_date);

ALTER TABLE ONLY energy.queued_day
    ADD CONSTRAINT queued_day_pkey PRIMARY KEY (day_date, plant_id);

ALTER TABLE ONLY energy.reading_flag
    ADD CONSTRAINT reading_flag_pkey PRIMARY KEY (sensor_id, period_start, flag);

ALTER TABLE ONLY energy.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (sensor_id, period_start);

ALTER TABLE ONLY energy.restatement
    ADD CONSTRAINT restatement_pkey PRIMARY KEY (plant_id, energy_date, recorded_at);

ALTER TABLE ONLY energy.sensor_daily
    ADD CONSTRAINT sensor_daily_pkey PRIMARY KEY (sensor_id, energy_date);

ALTER TABLE ONLY energy.touched_taken
    ADD CONSTRAINT touched_taken_pkey PRIMARY KEY (touched_id);

ALTER TABLE ONLY energy.unmerged_day
    ADD CONSTRAINT unmerged_day_pkey PRIMARY KEY (energy_date, plant_id);

ALTER TABLE ONLY flexmeasures.asset
    ADD CONSTRAINT asset_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flexmeasures.asset_type
    ADD CONSTRAINT asset_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flexmeasures.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (asset_id, event_at, event);

ALTER TABLE ONLY flexmeasures.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY flexmeasures.kpi
    ADD CONSTRAINT kpi_pkey PRIMARY KEY (asset_id, kpi_date, sensor_id, title, downsample_function);

ALTER TABLE ONLY flexmeasures.sensor
    ADD CONSTRAINT sensor_pkey PRIMARY KEY (id);

ALTER TABLE ONLY flexmeasures.sensor_status
    ADD CONSTRAINT sensor_status_pkey PRIMARY KEY (sensor_id, source_type);

ALTER TABLE ONLY kpi.plant_daily
    ADD CONSTRAINT plant_daily_pkey PRIMARY KEY (plant_id, kpi_date, kpi);

ALTER TABLE ONLY kpi.portfolio_daily
    ADD CONSTRAINT portfolio_daily_pkey PRIMARY KEY (group_code, kpi_date, kpi);

ALTER TABLE ONLY landing."fetch"
    ADD CONSTRAINT fetch_pkey PRIMARY KEY (fetch_id, fetched_at);

ALTER TABLE ONLY landing.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (job);

ALTER TABLE ONLY landing.removed
    ADD CONSTRAINT removed_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY landing.run_issue
    ADD CONSTRAINT run_issue_pkey PRIMARY KEY (run_id, stage, subject, message);

ALTER TABLE ONLY landing.source_account
    ADD CONSTRAINT source_account_pkey PRIMARY KEY (source);

ALTER TABLE ONLY landing.source_budget
    ADD CONSTRAINT source_budget_pkey PRIMARY KEY (source);

ALTER TABLE ONLY landing.source_migration
    ADD CONSTRAINT source_migration_pkey PRIMARY KEY (migration_id);

ALTER TABLE ONLY landing.stream_run
    ADD CONSTRAINT stream_run_pkey PRIMARY KEY (run_id, source, entity);

ALTER TABLE ONLY quarantine.rejected_record
    ADD CONSTRAINT rejected_record_pkey PRIMARY KEY (rejected_id);

ALTER TABLE ONLY quarantine.rejected_record
    ADD CONSTRAINT rejected_record_source_entity_record_key_column_name_check__key UNIQUE NULLS NOT DISTINCT (source, entity, record_key, column_name, check_name, payload_sha256);

ALTER TABLE ONLY quarantine.schema_drift
    ADD CONSTRAINT schema_drift_pkey PRIMARY KEY (source, entity, column_name, kind);

ALTER TABLE ONLY raptor_maps.changed_day
    ADD CONSTRAINT changed_day_pkey PRIMARY KEY (observation_date);

ALTER TABLE ONLY raptor_maps.delivery
    ADD CONSTRAINT delivery_observation_date_part_sha256_key UNIQUE (observation_date, part, sha256);

ALTER TABLE ONLY raptor_maps.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id);

ALTER TABLE ONLY ravenwits.forecast
    ADD CONSTRAINT forecast_pkey PRIMARY KEY (plant_name, period_end, retrieved_at);

ALTER TABLE ONLY ravenwits.plant
    ADD CONSTRAINT plant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ravenwits.unavailability
    ADD CONSTRAINT unavailability_pkey PRIMARY KEY (id);

ALTER TABLE ONLY registry.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (decision_id);

ALTER TABLE ONLY registry.equipment
    ADD CONSTRAINT equipment_pkey PRIMARY KEY (equipment_id);

ALTER TABLE ONLY registry.equipment
    ADD CONSTRAINT equipment_source_source_asset_id_key UNIQUE (source, source_asset_id);

ALTER TABLE ONLY registry.field_precedence
    ADD CONSTRAINT field_precedence_pkey PRIMARY KEY (field, source);

ALTER TABLE ONLY registry.match_proposal
    ADD CONSTRAINT match_proposal_pkey PRIMARY KEY (proposal_id);

ALTER TABLE ONLY registry.match_proposal
    ADD CONSTRAINT match_proposal_source_source_plant_id_plant_id_key UNIQUE (source, source_plant_id, plant_id);

ALTER TABLE ONLY registry.match_weights
    ADD CONSTRAINT match_weights_pkey PRIMARY KEY (weights_id);

ALTER TABLE ONLY registry.not_a_plant
    ADD CONSTRAINT not_a_plant_pkey PRIMARY KEY (source, source_plant_id);

ALTER TABLE ONLY registry.plant_alias
    ADD CONSTRAINT plant_alias_pkey PRIMARY KEY (source, source_plant_id);

ALTER TABLE ONLY registry.plant_basis
    ADD CONSTRAINT plant_basis_pkey PRIMARY KEY (plant_id);

ALTER TABLE ONLY registry.plant_field
    ADD CONSTRAINT plant_field_pkey PRIMARY KEY (plant_id, field, source, source_plant_id);

ALTER TABLE ONLY registry.plant_history
    ADD CONSTRAINT plant_history_pkey PRIMARY KEY (plant_id, valid_from);

ALTER TABLE ONLY registry.plant
    ADD CONSTRAINT plant_pkey PRIMARY KEY (plant_id);

ALTER TABLE ONLY registry.plant
    ADD CONSTRAINT plant_plant_code_key UNIQUE (plant_code);

ALTER TABLE ONLY registry.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (source, source_plant_id);

ALTER TABLE ONLY registry.record_version
    ADD CONSTRAINT record_version_pkey PRIMARY KEY (source, source_plant_id, valid_from);

ALTER TABLE ONLY registry.sensor
    ADD CONSTRAINT sensor_pkey PRIMARY KEY (sensor_id);

ALTER TABLE ONLY registry.sensor
    ADD CONSTRAINT sensor_source_source_sensor_id_key UNIQUE (source, source_sensor_id);

ALTER TABLE ONLY registry.touched
    ADD CONSTRAINT touched_pkey PRIMARY KEY (touched_id);

ALTER TABLE ONLY voke.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (id);

ALTER TABLE ONLY voke.certificate_stats
    ADD CONSTRAINT certificate_stats_pkey PRIMARY KEY (fetched_at);

ALTER TABLE ONLY voke.command
    ADD CONSTRAINT command_pkey PRIMARY KEY (id);

ALTER TABLE ONLY voke.energy_sample
    ADD CONSTRAINT energy_sample_pkey PRIMARY KEY (plant_id, sampled_at);

ALTER TABLE ONLY voke.metric
    ADD CONSTRAINT metric_pkey PRIMARY KEY (id);

ALTER TABLE ONLY voke.plant
    ADD CONSTRAINT plant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY voke.plant_status_sample
    ADD CONSTRAINT plant_status_sample_pkey PRIMARY KEY (plant_id, sampled_at);

ALTER TABLE ONLY voke.sub_device
    ADD CONSTRAINT sub_device_pkey PRIMARY KEY (id);

CREATE INDEX problem_kind_subject_over_at_idx ON automation.problem USING btree (kind, subject, over_at);

CREATE UNIQUE INDEX problem_open_idx ON automation.problem USING btree (kind, subject) WHERE (over_at IS NULL);

CREATE INDEX problem_untold_idx ON automation.problem USING btree (problem_id) WHERE ((told_at IS NULL) OR (over_told_at IS NULL));

CREATE INDEX orphaned_day_plant_id_idx ON energy.orphaned_day USING btree (plant_id);

CREATE INDEX plant_daily_energy_date_idx ON energy.plant_daily USING btree (energy_date);

CREATE INDEX stream_run_source_entity_finished_at_idx ON landing.stream_run USING btree (source, entity, finished_at);

CREATE INDEX forecast_source_plant_id_period_end_idx ON ONLY ravenwits.forecast USING btree (source_plant_id, period_end);

CREATE INDEX plant_alias_plant_id_idx ON registry.plant_alias USING btree (plant_id);

CREATE INDEX plant_history_superseded_plant_id_valid_from_idx ON registry.plant_history_superseded USING btree (plant_id, valid_from);

CREATE INDEX record_plant_id_idx ON registry.record USING btree (plant_id);

CREATE INDEX sensor_plant_id_idx ON registry.sensor USING btree (plant_id);

CREATE OR REPLACE VIEW automation.freshness AS
 WITH series AS (
         SELECT s_1.sensor_id,
            s_1.plant_id,
            s_1.source
           FROM (registry.sensor s_1
             JOIN registry.equipment e USING (equipment_id))
          WHERE (s_1.is_present AND e.is_present AND (NOT s_1.is_reference) AND (s_1.resolution < '1 day'::interval) AND (((s_1.quantity = ANY (ARRAY['ac_power'::text, 'grid_power'::text])) AND (s_1.unit = 'W'::text)) OR ((s_1.quantity = ANY (ARRAY['production_energy'::text, 'import_energy'::text, 'export_energy'::text])) AND (s_1.unit = 'Wh'::text))))
        ), heard AS (
         SELECT d.sensor_id,
            max(d.energy_date) AS last_date
           FROM energy.sensor_daily d
          WHERE ((d.readings > 0) AND (d.energy_date > ( SELECT (max(e.energy_date) - 31)
                   FROM energy.plant_daily e)))
          GROUP BY d.sensor_id
        )
 SELECT p.plant_id,
    p.plant_code,
    p.name,
    s.source,
    x.expected_date,
    max(h.last_date) AS last_date,
    count(*) AS sensors,
    count(h.last_date) AS heard_sensors,
    count(*) FILTER (WHERE (h.last_date < x.expected_date)) AS silent_sensors,
    COALESCE((max(h.last_date) < x.expected_date), false) AS is_silent
   FROM (((series s
     JOIN registry.plant p USING (plant_id))
     CROSS JOIN LATERAL ( SELECT max(e.energy_date) AS expected_date
           FROM energy.plant_daily e
          WHERE (e.plant_id = p.plant_id)) x)
     LEFT JOIN heard h USING (sensor_id))
  WHERE (p.status = 'active'::text)
  GROUP BY p.plant_id, s.source, x.expected_date;

ALTER TABLE ONLY energy.plant_daily
    ADD CONSTRAINT plant_daily_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY energy.restatement
    ADD CONSTRAINT restatement_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.equipment
    ADD CONSTRAINT equipment_parent_equipment_id_fkey FOREIGN KEY (parent_equipment_id) REFERENCES registry.equipment(equipment_id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY registry.equipment
    ADD CONSTRAINT equipment_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.match_proposal
    ADD CONSTRAINT match_proposal_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.plant_alias
    ADD CONSTRAINT plant_alias_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.plant_basis
    ADD CONSTRAINT plant_basis_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.plant_field
    ADD CONSTRAINT plant_field_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.plant_history
    ADD CONSTRAINT plant_history_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.plant
    ADD CONSTRAINT plant_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.record
    ADD CONSTRAINT record_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);

ALTER TABLE ONLY registry.record_version
    ADD CONSTRAINT record_version_source_source_plant_id_fkey FOREIGN KEY (source, source_plant_id) REFERENCES registry.record(source, source_plant_id) ON DELETE CASCADE;

ALTER TABLE ONLY registry.sensor
    ADD CONSTRAINT sensor_equipment_id_fkey FOREIGN KEY (equipment_id) REFERENCES registry.equipment(equipment_id);

ALTER TABLE ONLY registry.sensor
    ADD CONSTRAINT sensor_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES registry.plant(plant_id);
