-- What may hide behind a day's energy, what was left out of it, and what KPIs are computed from.

alter table energy.plant_daily
    add column gap_kwh double precision,
    add column uncertainty_kwh double precision,
    add column flags text[] not null default '{}';
update energy.plant_daily
set flags = array_remove(string_to_array(flag, '; '), 'terminals_changed')
where flag is not null;
alter table energy.plant_daily drop column flag;
comment on column energy.plant_daily.gap_kwh is
    'Best estimate of what was produced while nothing valid was measured, kWh; 0: nothing is missing; NULL: not to be told.';
comment on column energy.plant_daily.uncertainty_kwh is
    'Half width of the 95 % interval of produced_kwh + gap_kwh around the truth, kWh: gaps, register ends, resets.';
comment on column energy.plant_daily.flags is 'What is odd about the day, words of the closed list of flags, in order.';

alter table energy.plant_daily_candidate
    add column gap_kwh double precision,
    add column uncertainty_kwh double precision,
    add column flags text[] not null default '{}';
comment on column energy.plant_daily_candidate.gap_kwh is
    'Best estimate of what was produced while this method measured nothing valid, kWh; NULL: not to be told.';
comment on column energy.plant_daily_candidate.uncertainty_kwh is
    'Half width of the 95 % interval of produced_kwh + gap_kwh around the truth, kWh.';
comment on column energy.plant_daily_candidate.flags is 'What is odd about the day by this method, in order.';

create table energy.reading_flag (
    sensor_id integer not null,
    period_start timestamptz not null,
    flag text not null,
    run_id text not null,
    primary key (sensor_id, period_start, flag)
);
comment on table energy.reading_flag is
    'Readings left out when energy was measured, and readings after which a register began anew; energy.reading keeps them.';
comment on column energy.reading_flag.sensor_id is 'Sensor that measured (registry.sensor).';
comment on column energy.reading_flag.period_start is 'Label of the reading in energy.reading.';
comment on column energy.reading_flag.flag is
    'outlier, stuck or irradiance_suspect: left out; reset, rollover, meter_change or meter_unexplained: what happened to the register before it.';
comment on column energy.reading_flag.run_id is 'Run that found it.';

create table energy.sensor_daily (
    sensor_id integer not null,
    energy_date date not null,
    readings integer not null,
    left_out integer not null,
    step_s double precision,
    sign smallint,
    forward_kwh double precision,
    reverse_kwh double precision,
    coverage double precision not null,
    highest_w double precision,
    null_reason text,
    flags text[] not null,
    run_id text not null,
    computed_at timestamptz not null,
    primary key (sensor_id, energy_date)
) partition by range (energy_date);
comment on table energy.sensor_daily is 'What each series that can tell energy says of each plant-local day.';
comment on column energy.sensor_daily.sensor_id is 'Sensor (registry.sensor).';
comment on column energy.sensor_daily.energy_date is 'Plant-local date; the partitions are months of it.';
comment on column energy.sensor_daily.readings is 'Readings of the day.';
comment on column energy.sensor_daily.left_out is 'Readings of the day that were left out.';
comment on column energy.sensor_daily.step_s is 'Usual seconds from one reading to the next; NULL: too few readings.';
comment on column energy.sensor_daily.sign is 'Direction used: +1 positive values are production; NULL: not known.';
comment on column energy.sensor_daily.forward_kwh is 'Energy in the direction of the quantity, kWh; NULL: not known.';
comment on column energy.sensor_daily.reverse_kwh is 'Energy in the other direction, kWh; NULL: not known.';
comment on column energy.sensor_daily.coverage is 'Share of the day whose energy is known, 0 to 1.';
comment on column energy.sensor_daily.highest_w is 'Highest power, or mean power between two readings of a register, in W; NULL: none.';
comment on column energy.sensor_daily.null_reason is 'Why forward_kwh is NULL, a word of the closed list of reasons.';
comment on column energy.sensor_daily.flags is 'What is odd about the series on that day.';
comment on column energy.sensor_daily.run_id is 'Run that last changed the row.';
comment on column energy.sensor_daily.computed_at is 'When the row was last changed.';

create table energy.plant_measured (
    plant_id uuid not null,
    energy_date date not null,
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
    power_sensor_ids integer[] not null,
    poa_sensor_ids integer[] not null,
    ghi_sensor_ids integer[] not null,
    temperature_sensor_ids integer[] not null,
    suspect_sensor_ids integer[] not null,
    temperature_coefficient_per_k double precision,
    quarter_kwh real[],
    run_id text not null,
    computed_at timestamptz not null,
    primary key (plant_id, energy_date)
) partition by range (energy_date);
comment on table energy.plant_measured is
    'What the day''s valid readings of a plant add up to beside its energy: the inputs of its KPIs.';
comment on column energy.plant_measured.plant_id is 'Plant.';
comment on column energy.plant_measured.energy_date is 'Plant-local date; the partitions are months of it.';
comment on column energy.plant_measured.sun_h is 'Hours with the sun above the horizon; NULL: place not known, or not solar.';
comment on column energy.plant_measured.poa_wh_per_m2 is 'Plane-of-array irradiation while the sun was up, Wh/m²; NULL: not measured.';
comment on column energy.plant_measured.poa_h is 'Hours with valid plane-of-array irradiance.';
comment on column energy.plant_measured.poa_sun_h is 'Hours of daylight with valid plane-of-array irradiance.';
comment on column energy.plant_measured.ghi_wh_per_m2 is 'Horizontal irradiation while the sun was up, Wh/m²; NULL: not measured.';
comment on column energy.plant_measured.ghi_h is 'Hours with valid horizontal irradiance.';
comment on column energy.plant_measured.ghi_sun_h is 'Hours of daylight with valid horizontal irradiance.';
comment on column energy.plant_measured.power_h is 'Hours with valid power of the plant.';
comment on column energy.plant_measured.power_sun_h is 'Hours of daylight with valid power of the plant.';
comment on column energy.plant_measured.paired_kwh is 'Energy of the intervals in which power and irradiance are valid, kWh; of a hybrid, of its photovoltaic devices.';
comment on column energy.plant_measured.paired_wh_per_m2 is 'Plane-of-array irradiation of the same intervals, Wh/m².';
comment on column energy.plant_measured.paired_h is 'Hours of those intervals.';
comment on column energy.plant_measured.paired_sun_h is 'Hours of daylight of those intervals.';
comment on column energy.plant_measured.warm_kwh is 'Energy of the intervals in which power, irradiance and module temperature are valid, kWh.';
comment on column energy.plant_measured.warm_wh_per_m2 is 'Plane-of-array irradiation of the same intervals, Wh/m².';
comment on column energy.plant_measured.warm_corrected_wh_per_m2 is 'The same irradiation, each interval times 1 + γ (T - 25 °C).';
comment on column energy.plant_measured.warm_h is 'Hours of those intervals.';
comment on column energy.plant_measured.warm_sun_h is 'Hours of daylight of those intervals.';
comment on column energy.plant_measured.peak_power_kw is 'Highest mean power of a whole quarter of an hour, kW.';
comment on column energy.plant_measured.pv_kwh is 'Energy of a hybrid''s photovoltaic devices, kWh; NULL: no hybrid, or not measured.';
comment on column energy.plant_measured.pv_coverage is 'Share of daylight (of the day, where the place is unknown) in which those devices were measured.';
comment on column energy.plant_measured.power_method is 'Method of the series that give the power; NULL: none does.';
comment on column energy.plant_measured.power_step_s is 'Coarsest step of those series, seconds.';
comment on column energy.plant_measured.power_sensor_ids is 'Sensors that give the power.';
comment on column energy.plant_measured.poa_sensor_ids is 'Sensors that give the plane-of-array irradiance.';
comment on column energy.plant_measured.ghi_sensor_ids is 'Sensors that give the horizontal irradiance.';
comment on column energy.plant_measured.temperature_sensor_ids is 'Sensors that give the module temperature.';
comment on column energy.plant_measured.suspect_sensor_ids is 'Irradiance sensors voted out, as they contradict the others.';
comment on column energy.plant_measured.temperature_coefficient_per_k is 'Temperature coefficient of power used, 1/K.';
comment on column energy.plant_measured.quarter_kwh is
    'Energy of each quarter of an hour from the beginning of the local day, kWh; NULL where not wholly measured.';
comment on column energy.plant_measured.run_id is 'Run that last changed the row.';
comment on column energy.plant_measured.computed_at is 'When the row was last changed.';

alter table registry.sensor
    add column learned_sign smallint check (learned_sign in (1, -1)),
    add column learned_step interval,
    add column learned_phase interval,
    add column learned_until date;
comment on column registry.sensor.learned_sign is
    'Direction that the readings of a trailing window show, where sign states none: +1 positive values are production.';
comment on column registry.sensor.learned_step is 'Usual time from one reading to the next in that window.';
comment on column registry.sensor.learned_phase is 'Usual distance of the readings from whole multiples of that step since 1970, UTC.';
comment on column registry.sensor.learned_until is 'Last date of that window; NULL: nothing was learned yet.';
