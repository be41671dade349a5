-- What every table and column means, and in which unit.

comment on column landing.fetch.fetch_id is 'Number of the row, given by the warehouse.';
comment on column landing.fetch.source is 'System that answered: ravenwits, voke or flexmeasures.';
comment on column landing.fetch.entity is 'Stream the body belongs to, such as plant or sensor_data.';
comment on column landing.fetch.path is 'Path of the request at the source, without host and query.';
comment on column landing.fetch.http_status is 'HTTP status of the answer.';
comment on column landing.fetch.fetched_at is 'When the body had arrived; the partitions are months of it, in UTC.';
comment on column landing.fetch.object_key is 'Name of the archived body in the archive.';
comment on column landing.fetch.sha256 is 'SHA-256 of the archived body, hexadecimal.';
comment on column landing.fetch.byte_count is 'Length of the archived body, uncompressed, in bytes.';
comment on column landing.fetch.record_count is 'Records in the body; NULL: no success, or not to be counted.';
comment on column landing.fetch.attempts is 'Which attempt was answered; 1: the first.';
comment on column landing.fetch.run_id is 'Run that asked.';

comment on column landing.stream_run.run_id is 'Run in which the stream was pulled.';
comment on column landing.stream_run.source is 'System pulled from: ravenwits, voke or flexmeasures.';
comment on column landing.stream_run.entity is 'Stream, such as plant or readings.';
comment on column landing.stream_run.state is
    'How it ended: complete, incomplete, failed, not_permitted or not_configured.';
comment on column landing.stream_run.expected is 'Records the source said it has; NULL: it does not say.';
comment on column landing.stream_run.got is 'Different records that arrived; NULL: none could be asked for.';
comment on column landing.stream_run.quarantined is 'Records set aside because a field did not pass its check.';
comment on column landing.stream_run.failed is 'Parts of the stream that could not be read.';
comment on column landing.stream_run.retried is 'Attempts beyond the first, over all requests.';
comment on column landing.stream_run.seconds is 'How long the stream took, in seconds.';
comment on column landing.stream_run.message is 'What went wrong, in words; NULL: nothing.';
comment on column landing.stream_run.seen_new is 'Rows the stream added; NULL: it does not count them.';
comment on column landing.stream_run.seen_changed is 'Rows the stream changed; NULL: it does not count them.';
comment on column landing.stream_run.seen_gone is 'Rows no longer in the listing; NULL: it does not count them.';
comment on column landing.stream_run.finished_at is 'When the stream ended.';

comment on column landing.source_account.source is 'System: ravenwits, voke or flexmeasures.';
comment on column landing.source_account.host is 'Host asked at the first sync, without path; NULL: not known.';
comment on column landing.source_account.account is
    'Account or organisation the first sync saw; NULL: the source does not tell.';
comment on column landing.source_account.first_run_at is 'When the row was written.';

comment on column landing.run_issue.run_id is 'Run that met it.';
comment on column landing.run_issue.room is 'Part of the pipeline that noted it, such as readings or energy.';
comment on column landing.run_issue.subject is 'What it is about, such as a plant''s code or a date.';
comment on column landing.run_issue.energy_date is 'Plant-local date it is about; NULL: no single date.';
comment on column landing.run_issue.severity is 'failure: the run ends with exit code 1; finding: it does not.';
comment on column landing.run_issue.message is 'What happened and what to do, in words, without secrets.';
comment on column landing.run_issue.recorded_at is 'When the row was written.';

comment on column quarantine.rejected_record.rejected_id is 'Number of the rejection, as `quarantine list` shows it.';
comment on column quarantine.rejected_record.source is 'System the record came from: ravenwits, voke or flexmeasures.';
comment on column quarantine.rejected_record.entity is 'Stream the record came in.';
comment on column quarantine.rejected_record.record_key is 'Id of the record at the source; NULL: it has none.';
comment on column quarantine.rejected_record.column_name is 'Field that did not pass.';
comment on column quarantine.rejected_record.check_name is 'Check it did not pass.';
comment on column quarantine.rejected_record.value is 'Value of the field as text; NULL: none.';
comment on column quarantine.rejected_record.payload is 'Whole record as received.';
comment on column quarantine.rejected_record.payload_sha256 is
    'SHA-256 of the record, hexadecimal: equal content is counted, not stored again.';
comment on column quarantine.rejected_record.run_id is 'Run that saw it last.';
comment on column quarantine.rejected_record.rejected_at is 'When it was first seen.';
comment on column quarantine.rejected_record.last_seen_at is 'When it was last seen.';
comment on column quarantine.rejected_record.times_seen is 'How often this content was rejected.';
comment on column quarantine.rejected_record.state is
    'open: waits for a person; replayed: accepted later; waived: a person let it be.';

comment on table ravenwits.plant is 'Plants of Ravenwits as last listed, and those listed earlier.';
comment on column ravenwits.plant.id is 'UUID of the plant at Ravenwits.';
comment on column ravenwits.plant.name is 'Name, unique in the account; forecasts are asked for and told apart by it.';
comment on column ravenwits.plant.lat is 'Latitude, degrees north.';
comment on column ravenwits.plant.lon is 'Longitude, degrees east.';
comment on column ravenwits.plant.installed_capacity_mw is 'Installed capacity, MW.';
comment on column ravenwits.plant.nominal_capacity_mw is 'Capacity that may be exported, MW (AC).';
comment on column ravenwits.plant.area is 'Region or market area.';
comment on column ravenwits.plant.technology_type is 'eolica (wind) or solar.';
comment on column ravenwits.plant.last_training_cnn_at is
    'When one forecast model was last trained, as the source writes it (no fixed format).';
comment on column ravenwits.plant.last_training_trees_at is
    'When another forecast model was last trained, as the source writes it (no fixed format).';
comment on column ravenwits.plant.agrupation is 'Group of plants whose forecasts are summed.';
comment on column ravenwits.plant.customer_display_name is 'Name the customer sees.';
comment on column ravenwits.plant.timezone is 'IANA time zone as the source has it; not checked there.';
comment on column ravenwits.plant.created_at is 'When the source made the record.';
comment on column ravenwits.plant.updated_at is 'When the source last changed the record.';
comment on column ravenwits.plant.fetched_at is 'When the record was last received.';
comment on column ravenwits.plant.is_present is 'Whether the last complete listing had it.';

comment on table ravenwits.forecast is
    'Forecast energy of each period, a row per value seen: a snapshot adds rows only where the value moved.';
comment on column ravenwits.forecast.plant_name is 'Name of the plant the forecast was given under.';
comment on column ravenwits.forecast.period_end is 'End of the period; the partitions are months of it, in UTC.';
comment on column ravenwits.forecast.retrieved_at is 'When this value was first received.';
comment on column ravenwits.forecast.source_plant_id is
    'Id at Ravenwits of the plant that had the name then; NULL: none had.';
comment on column ravenwits.forecast.energy_kwh is 'Forecast energy of the period, kWh.';

comment on table ravenwits.unavailability is
    'Announced limits of plants. Nothing writes it yet: the stream is not read.';
comment on column ravenwits.unavailability.id is 'UUID of the announcement.';
comment on column ravenwits.unavailability.plant_id is 'Name of the plant at Ravenwits (not its UUID).';
comment on column ravenwits.unavailability.start_time_utc is 'Begin of the limit.';
comment on column ravenwits.unavailability.end_time_utc is 'End of the limit.';
comment on column ravenwits.unavailability.available_power_mw is 'Power that remains, MW.';
comment on column ravenwits.unavailability.availability_type is 'CURTAILMENT, UNAVAILABILITY or OTHER.';
comment on column ravenwits.unavailability.observations is 'Remarks, free text.';
comment on column ravenwits.unavailability.source_unit is 'Unit the limit was stated in: MW, kW or %.';
comment on column ravenwits.unavailability.source_value is 'Limit as stated, in source_unit.';
comment on column ravenwits.unavailability.timezone_source is 'IANA time zone the limit was stated in.';
comment on column ravenwits.unavailability.created_at is 'When the source made the record.';
comment on column ravenwits.unavailability.updated_at is 'When the source last changed the record.';
comment on column ravenwits.unavailability.fetched_at is 'When the record was last received.';
comment on column ravenwits.unavailability.is_present is 'Whether the last complete listing had it.';

comment on table voke.plant is 'Plants (gateways at sites) of Voke as last listed, and those listed earlier.';
comment on column voke.plant.id is 'Id of the plant at Voke.';
comment on column voke.plant.name is 'Display name.';
comment on column voke.plant.serial_number is 'Serial number of the gateway.';
comment on column voke.plant.type is 'Kind of plant, as the source words it.';
comment on column voke.plant.status is 'Connection of the gateway, such as ONLINE.';
comment on column voke.plant.lifecycle_status is 'Stage of its set-up, such as PENDING.';
comment on column voke.plant.auth_method is 'How the gateway signs in to the message broker.';
comment on column voke.plant.organization_id is 'Organisation it belongs to.';
comment on column voke.plant.template_id is 'Device template its signals are decoded with.';
comment on column voke.plant.template is 'The template, as received.';
comment on column voke.plant.metadata is 'Free properties, as received.';
comment on column voke.plant.activated_at is 'When it was first used.';
comment on column voke.plant.last_seen_at is 'When it was last in contact.';
comment on column voke.plant.last_auth_failure_at is 'When a sign-in was last refused.';
comment on column voke.plant.secret_rotated_at is 'When its secret was last exchanged.';
comment on column voke.plant.certificate_expires_at is 'When its certificate ends.';
comment on column voke.plant.created_at is 'When the source made the record.';
comment on column voke.plant.updated_at is 'When the source last changed the record.';
comment on column voke.plant.auth_failure_count is 'Refused sign-ins.';
comment on column voke.plant.certificate_fingerprint is 'Fingerprint of its certificate.';
comment on column voke.plant.certificate_serial_number is 'Serial number of its certificate.';
comment on column voke.plant.latitude is 'Latitude, degrees north.';
comment on column voke.plant.longitude is 'Longitude, degrees east.';
comment on column voke.plant.capacity_kwh is 'Storage capacity, kWh; 0: not known.';
comment on column voke.plant.fve_peak_power_kwp is 'Solar peak power, kWp (DC); 0: not known.';
comment on column voke.plant.plant_with_load is 'Whether consumption sits behind its meter.';
comment on column voke.plant.config_enabled is 'Whether it may be configured from afar.';
comment on column voke.plant.esi_state is 'State of its controller, such as PLC_READY.';
comment on column voke.plant.external_plant_id is 'Id of the plant in another system, as people entered it.';
comment on column voke.plant.description is 'Free text.';
comment on column voke.plant.tag is 'Free text.';
comment on column voke.plant.plant_groups is 'Groups it is in, as received.';
comment on column voke.plant.alerts is 'Its alerts, as received with its detail.';
comment on column voke.plant.fetched_at is 'When the record was last received.';
comment on column voke.plant.is_present is 'Whether the last complete listing had it.';

comment on table voke.plant_status_sample is
    'Connection of each plant at points in time. Nothing writes it yet: connections are not sampled.';
comment on column voke.plant_status_sample.plant_id is 'Id of the plant at Voke.';
comment on column voke.plant_status_sample.sampled_at is
    'When the status was read; the partitions are months of it, in UTC.';
comment on column voke.plant_status_sample.status is 'Connection of the gateway then, such as ONLINE.';
comment on column voke.plant_status_sample.last_seen_at is 'When the gateway had last been in contact.';

comment on table voke.alert is 'Alerts of Voke''s plants.';
comment on column voke.alert.id is 'Id of the alert at Voke.';
comment on column voke.alert.plant_id is 'Id at Voke of the plant it is about.';
comment on column voke.alert.type is 'Kind, such as THRESHOLD_EXCEEDED.';
comment on column voke.alert.severity is 'Severity, such as INFO.';
comment on column voke.alert.status is 'State, such as ACTIVE.';
comment on column voke.alert.message is 'What happened, in the source''s words.';
comment on column voke.alert.created_at is 'When it began.';
comment on column voke.alert.updated_at is 'When the source last changed it.';
comment on column voke.alert.acknowledged_at is 'When a person took notice; NULL: nobody did.';
comment on column voke.alert.acknowledged_by is 'Who took notice.';
comment on column voke.alert.resolved_at is 'When it ended; NULL: not yet.';
comment on column voke.alert.fetched_at is 'When the record was last received.';
comment on column voke.alert.is_present is 'Whether the last complete listing had it.';

comment on table voke.command is 'Commands sent to plants. Nothing writes it yet: the stream is not read.';
comment on column voke.command.id is 'Id of the command at Voke.';
comment on column voke.command.cmd_id is 'Id the gateway knows it by.';
comment on column voke.command.plant_id is 'Id at Voke of the plant it was sent to.';
comment on column voke.command.command is 'Name of the command.';
comment on column voke.command.payload is 'What was sent, as received.';
comment on column voke.command.response is 'What the gateway answered, as received.';
comment on column voke.command.response_status is 'Outcome the gateway told.';
comment on column voke.command.sent_at is 'When it was sent.';
comment on column voke.command.acked_at is 'When the gateway confirmed it; NULL: not yet.';
comment on column voke.command.created_at is 'When the source made the record.';
comment on column voke.command.fetched_at is 'When the record was last received.';

comment on table voke.sub_device is 'Devices behind Voke''s gateways: inverters, meters, batteries and others.';
comment on column voke.sub_device.id is 'Id of the device at Voke.';
comment on column voke.sub_device.plant_id is 'Id at Voke of the plant it belongs to.';
comment on column voke.sub_device.organization_id is 'Organisation it belongs to.';
comment on column voke.sub_device.external_id is 'Short name, unique in its plant; telemetry metrics begin with it.';
comment on column voke.sub_device.name is 'Display name.';
comment on column voke.sub_device.serial_number is 'Serial number of the device.';
comment on column voke.sub_device.type is 'Kind, such as CABINET, METER, INVERTER or BATTERY.';
comment on column voke.sub_device.status is 'Connection, such as ONLINE.';
comment on column voke.sub_device.template_id is 'Device template its signals are decoded with.';
comment on column voke.sub_device.metadata is 'Free properties, as received.';
comment on column voke.sub_device.last_seen_at is 'When it was last in contact.';
comment on column voke.sub_device.created_at is 'When the source made the record.';
comment on column voke.sub_device.updated_at is 'When the source last changed the record.';
comment on column voke.sub_device.fetched_at is 'When the record was last received.';
comment on column voke.sub_device.is_present is 'Whether the last complete listing had it.';

comment on table voke.certificate_stats is 'State of the gateways'' certificates, a row per reading.';
comment on column voke.certificate_stats.fetched_at is 'When the counts were received.';
comment on column voke.certificate_stats.active is 'Valid certificates.';
comment on column voke.certificate_stats.expired is 'Certificates past their end.';
comment on column voke.certificate_stats.expiring_soon is 'Valid certificates near their end.';
comment on column voke.certificate_stats.revoked is 'Certificates taken back.';
comment on column voke.certificate_stats.next_renewal_at is 'When the next certificate is due; NULL: none.';
comment on column voke.certificate_stats.at_risk_plants is
    'Plants whose certificate has ended or soon will, as received.';

comment on table voke.energy_sample is
    'The source''s counters of the running UTC day, sampled. Nothing writes it yet: they are not sampled.';
comment on column voke.energy_sample.plant_id is 'Id of the plant at Voke.';
comment on column voke.energy_sample.sampled_at is
    'When the counters were read; the partitions are months of it, in UTC.';
comment on column voke.energy_sample.energy_date is 'UTC day the counters belong to.';
comment on column voke.energy_sample.produced_kwh is 'Energy produced since the begin of that day, kWh.';
comment on column voke.energy_sample.imported_kwh is 'Energy drawn from the grid since the begin of that day, kWh.';
comment on column voke.energy_sample.exported_kwh is 'Energy fed into the grid since the begin of that day, kWh.';
comment on column voke.energy_sample.self_consumption_pct is
    'Share of production used on site, percent, as the source computes it.';

comment on table flexmeasures.asset_type is 'Kinds of assets on the FlexMeasures server.';
comment on column flexmeasures.asset_type.id is 'Id of the type, on this server only.';
comment on column flexmeasures.asset_type.name is 'Name, such as solar or wind; the same on every server.';
comment on column flexmeasures.asset_type.description is 'What the type is, free text.';
comment on column flexmeasures.asset_type.fetched_at is 'When the record was last received.';
comment on column flexmeasures.asset_type.is_present is 'Whether the last complete listing had it.';

comment on table flexmeasures.asset is
    'Assets of FlexMeasures, plants and their parts, as last listed, and those listed earlier.';
comment on column flexmeasures.asset.id is 'Id of the asset on the server.';
comment on column flexmeasures.asset.name is 'Name, unique beside the assets with the same parent.';
comment on column flexmeasures.asset.account_id is 'Account that owns it; NULL: a template open to all.';
comment on column flexmeasures.asset.owner is 'Id and name of that account, as received.';
comment on column flexmeasures.asset.latitude is 'Latitude, degrees north.';
comment on column flexmeasures.asset.longitude is 'Longitude, degrees east.';
comment on column flexmeasures.asset.generic_asset_type_id is 'Id of its type.';
comment on column flexmeasures.asset.generic_asset_type is 'Id and name of its type, as received.';
comment on column flexmeasures.asset.parent_asset_id is 'Asset it is a part of; NULL: none.';
comment on column flexmeasures.asset.child_assets is 'Its direct parts, as received.';
comment on column flexmeasures.asset.sensors is 'Id and name of its own sensors, as received.';
comment on column flexmeasures.asset.attributes is 'Free properties, parsed.';
comment on column flexmeasures.asset.flex_context is 'Settings of the site for scheduling, parsed.';
comment on column flexmeasures.asset.flex_model is 'Settings of the device for scheduling, parsed.';
comment on column flexmeasures.asset.sensors_to_show is 'Charts of its page on the server, parsed.';
comment on column flexmeasures.asset.sensors_to_show_as_kpis is 'KPIs of its page on the server, parsed.';
comment on column flexmeasures.asset.external_id is 'Id of the asset in another system, as people entered it.';
comment on column flexmeasures.asset.description is 'Free text.';
comment on column flexmeasures.asset.fetched_at is 'When the record was last received.';
comment on column flexmeasures.asset.is_present is 'Whether the last complete listing had it.';

comment on table flexmeasures.sensor is 'Sensors of FlexMeasures as last listed, and those listed earlier.';
comment on column flexmeasures.sensor.id is 'Id of the sensor on the server.';
comment on column flexmeasures.sensor.name is 'Name, unique on its asset.';
comment on column flexmeasures.sensor.unit is 'Unit of the values as stored on the server; empty: without unit.';
comment on column flexmeasures.sensor.timezone is 'IANA time zone.';
comment on column flexmeasures.sensor.event_resolution is 'Length of an event; zero: instantaneous.';
comment on column flexmeasures.sensor.generic_asset_id is 'Asset it sits on.';
comment on column flexmeasures.sensor.attributes is 'Free properties, parsed.';
comment on column flexmeasures.sensor.entity_address is 'Address in an older form, kept by the server.';
comment on column flexmeasures.sensor.fetched_at is 'When the record was last received.';
comment on column flexmeasures.sensor.is_present is 'Whether the last complete listing had it.';

comment on column flexmeasures.kpi.asset_id is 'Asset whose page shows the KPI.';
comment on column flexmeasures.kpi.kpi_date is 'Date asked for, local to the asset.';
comment on column flexmeasures.kpi.sensor_id is 'Daily sensor it is read from.';
comment on column flexmeasures.kpi.title is 'Title on the page.';
comment on column flexmeasures.kpi.downsample_function is
    'How the server joins the daily values: sum, mean, max or min.';
comment on column flexmeasures.kpi.unit is 'Unit of value; NULL: the server does not tell.';
comment on column flexmeasures.kpi.value is 'The server''s figure, in unit; 0 also where it has no data.';
comment on column flexmeasures.kpi.fetched_at is 'When the figure was last received.';

comment on table registry.plant is
    'Plants, one row each whatever the number of systems that know it: the values in force.';
comment on column registry.plant.plant_id is 'Id of the plant, issued once.';
comment on column registry.plant.plant_code is 'Short code of the id for people; it never changes.';
comment on column registry.plant.name is 'Name in force.';
comment on column registry.plant.technology is 'solar, wind, storage, hybrid or other; NULL: not known.';
comment on column registry.plant.latitude is 'Latitude, degrees north; NULL: not known.';
comment on column registry.plant.longitude is 'Longitude, degrees east; NULL: not known.';
comment on column registry.plant.timezone is 'IANA time zone in which its days begin and end; NULL: not known.';
comment on column registry.plant.country is 'Country, ISO 3166 alpha-3; NULL: not known.';
comment on column registry.plant.capacity_ac_kw is 'Nominal AC capacity, kW; NULL: not known.';
comment on column registry.plant.capacity_dc_kw is
    'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';
comment on column registry.plant.storage_kwh is 'Storage capacity, kWh; NULL: not known, or without storage.';
comment on column registry.plant.commissioned_at is 'Date of commissioning; only people state it.';
comment on column registry.plant.status is 'active, retired or merged.';
comment on column registry.plant.merged_into is 'Plant that this one turned out to be; NULL: not merged.';
comment on column registry.plant.first_seen_at is 'When any source first had it.';
comment on column registry.plant.updated_at is 'When a value in force last changed.';
comment on column registry.plant.retired_at is 'When it left the fleet; NULL: it has not.';

comment on table registry.plant_alias is 'Records of sources that are plants, each with its plant and why we think so.';
comment on column registry.plant_alias.source is 'System: ravenwits, voke or flexmeasures.';
comment on column registry.plant_alias.source_plant_id is 'Id of the record at the source.';
comment on column registry.plant_alias.plant_id is 'Plant it belongs to.';
comment on column registry.plant_alias.source_name is 'Name at the source.';
comment on column registry.plant_alias.method is
    'What joined it to the plant: decision, external_id, name_place, or new (nothing: it founded one).';
comment on column registry.plant_alias.score is 'Likeness that joined it, 0 to 1; NULL: not by likeness.';
comment on column registry.plant_alias.is_present is 'Whether the source still has it.';
comment on column registry.plant_alias.first_seen_at is 'When it was first listed.';
comment on column registry.plant_alias.last_seen_at is 'When it was last listed.';

comment on table registry.not_a_plant is 'Records of sources listed among plants that are none.';
comment on column registry.not_a_plant.source is 'System: ravenwits, voke or flexmeasures.';
comment on column registry.not_a_plant.source_plant_id is 'Id of the record at the source.';
comment on column registry.not_a_plant.source_name is 'Name at the source.';
comment on column registry.not_a_plant.reason is 'Why it is no plant, in words.';

comment on table registry.plant_field is
    'Every value offered for a plant, with where it comes from; a row is written when it changes.';
comment on column registry.plant_field.plant_id is 'Plant the value is offered for.';
comment on column registry.plant_field.field is 'Column of registry.plant, or a further property that people state.';
comment on column registry.plant_field.source is
    'ravenwits, voke, flexmeasures, decision (a person) or derived (computed from other values).';
comment on column registry.plant_field.source_plant_id is 'Record that offers it; empty for decision and derived.';
comment on column registry.plant_field.value is
    'The value as text, in the unit of the column; NULL: nothing is offered.';
comment on column registry.plant_field.is_selected is 'Whether it is the value in force.';
comment on column registry.plant_field.observed_at is 'When the offer was last seen to change.';

comment on table registry.plant_history is
    'The values of each plant over time; a version holds from valid_from until before valid_to.';
comment on column registry.plant_history.plant_id is 'Id of the plant.';
comment on column registry.plant_history.valid_from is
    'First instant of the version, a midnight where the plant is; the first version begins at 1970-01-01 UTC.';
comment on column registry.plant_history.valid_to is 'First instant after the version; NULL: it holds now.';
comment on column registry.plant_history.recorded_at is 'When the version was written.';
comment on column registry.plant_history.plant_code is 'Code of the plant.';
comment on column registry.plant_history.name is 'Name then.';
comment on column registry.plant_history.technology is 'solar, wind, storage, hybrid or other; NULL: not known.';
comment on column registry.plant_history.latitude is 'Latitude, degrees north; NULL: not known.';
comment on column registry.plant_history.longitude is 'Longitude, degrees east; NULL: not known.';
comment on column registry.plant_history.timezone is 'IANA time zone; NULL: not known.';
comment on column registry.plant_history.country is 'Country, ISO 3166 alpha-3; NULL: not known.';
comment on column registry.plant_history.capacity_ac_kw is 'Nominal AC capacity, kW; NULL: not known.';
comment on column registry.plant_history.capacity_dc_kw is
    'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';
comment on column registry.plant_history.storage_kwh is 'Storage capacity, kWh; NULL: not known, or without storage.';
comment on column registry.plant_history.commissioned_at is 'Date of commissioning.';
comment on column registry.plant_history.status is 'active, retired or merged.';
comment on column registry.plant_history.merged_into is 'Plant that this one turned out to be; NULL: not merged.';
comment on column registry.plant_history.first_seen_at is 'When any source first had the plant.';
comment on column registry.plant_history.updated_at is 'When a value last changed.';
comment on column registry.plant_history.retired_at is 'When the plant left the fleet; NULL: it had not.';

comment on table registry.plant_history_superseded is
    'Versions of plants that a later one replaced, or a decision took back.';
comment on column registry.plant_history_superseded.plant_id is 'Id of the plant.';
comment on column registry.plant_history_superseded.valid_from is 'First instant of the version.';
comment on column registry.plant_history_superseded.valid_to is
    'First instant after the version; NULL: it had no end when it was replaced.';
comment on column registry.plant_history_superseded.recorded_at is 'When the version had been written.';
comment on column registry.plant_history_superseded.plant_code is 'Code of the plant.';
comment on column registry.plant_history_superseded.name is 'Name then.';
comment on column registry.plant_history_superseded.technology is
    'solar, wind, storage, hybrid or other; NULL: not known.';
comment on column registry.plant_history_superseded.latitude is 'Latitude, degrees north; NULL: not known.';
comment on column registry.plant_history_superseded.longitude is 'Longitude, degrees east; NULL: not known.';
comment on column registry.plant_history_superseded.timezone is 'IANA time zone; NULL: not known.';
comment on column registry.plant_history_superseded.country is 'Country, ISO 3166 alpha-3; NULL: not known.';
comment on column registry.plant_history_superseded.capacity_ac_kw is 'Nominal AC capacity, kW; NULL: not known.';
comment on column registry.plant_history_superseded.capacity_dc_kw is
    'Peak DC capacity at standard test conditions, kW; NULL: not known, or without panels.';
comment on column registry.plant_history_superseded.storage_kwh is
    'Storage capacity, kWh; NULL: not known, or without storage.';
comment on column registry.plant_history_superseded.commissioned_at is 'Date of commissioning.';
comment on column registry.plant_history_superseded.status is 'active, retired or merged.';
comment on column registry.plant_history_superseded.merged_into is
    'Plant that this one turned out to be; NULL: not merged.';
comment on column registry.plant_history_superseded.first_seen_at is 'When any source first had the plant.';
comment on column registry.plant_history_superseded.updated_at is 'When a value last changed.';
comment on column registry.plant_history_superseded.retired_at is 'When the plant left the fleet; NULL: it had not.';
comment on column registry.plant_history_superseded.superseded_at is 'When it was replaced.';

comment on table registry.match_proposal is 'Doubtful matches for a person to decide: is this record that plant?';
comment on column registry.match_proposal.proposal_id is 'Number of the proposal, as `registry review` shows it.';
comment on column registry.match_proposal.source is 'System of the record: ravenwits, voke or flexmeasures.';
comment on column registry.match_proposal.source_plant_id is 'Id of the record at the source.';
comment on column registry.match_proposal.plant_id is 'Plant it may belong to.';
comment on column registry.match_proposal.score is 'Likeness of the two, 0 to 1.';
comment on column registry.match_proposal.evidence is 'What speaks for and against it, in parts.';
comment on column registry.match_proposal.status is 'open: waits for a person; accepted or rejected: decided.';
comment on column registry.match_proposal.decided_by is 'Who decided; NULL: nobody yet.';
comment on column registry.match_proposal.decided_at is 'When it was decided; NULL: not yet.';

comment on table registry.decision is 'What people decided about plants; the newest that is not undone is in force.';
comment on column registry.decision.decision_id is 'Number of the decision, rising.';
comment on column registry.decision.action is 'What was decided: link, unlink, reject, set, retire or not_a_plant.';
comment on column registry.decision.source is 'System of the record it is about.';
comment on column registry.decision.source_plant_id is 'Id of the record it is about.';
comment on column registry.decision.other_source is 'System of the second record; NULL: about one record.';
comment on column registry.decision.other_source_plant_id is 'Id of the second record; NULL: about one record.';
comment on column registry.decision.field is 'Property that is set; NULL: none is.';
comment on column registry.decision.value is
    'Value it is set to, as text in the unit of the property; NULL: not known.';
comment on column registry.decision.valid_from is 'Plant-local date from which it holds; NULL: always.';
comment on column registry.decision.who is 'Who decided.';
comment on column registry.decision.why is 'Reason, in words; NULL: none given.';
comment on column registry.decision.decided_at is 'When it was decided.';
comment on column registry.decision.undone_at is 'When it was undone; NULL: it is in force.';

comment on table registry.equipment is
    'Devices of plants; sensors on the plant''s own record make that record a device.';
comment on column registry.equipment.equipment_id is 'Id of the device, made of its source and its id there.';
comment on column registry.equipment.plant_id is 'Plant it belongs to.';
comment on column registry.equipment.source is 'System that has it: voke or flexmeasures.';
comment on column registry.equipment.source_asset_id is 'Id of the device at the source.';
comment on column registry.equipment.name is 'Name at the source.';
comment on column registry.equipment.equipment_type is
    'inverter, combiner, meter, weather_station, battery, turbine or other.';
comment on column registry.equipment.parent_equipment_id is 'Device it is part of; NULL: none.';
comment on column registry.equipment.is_present is 'Whether the source still has it.';

comment on table registry.sensor is
    'Series of measurements, each with what it measures and how its values are to be read.';
comment on column registry.sensor.sensor_id is 'Number of the sensor, given by the warehouse.';
comment on column registry.sensor.equipment_id is 'Device it measures.';
comment on column registry.sensor.plant_id is 'Plant of that device.';
comment on column registry.sensor.source is 'System that has its readings: voke or flexmeasures.';
comment on column registry.sensor.source_sensor_id is 'Id of the sensor at the source.';
comment on column registry.sensor.name is 'Name at the source.';
comment on column registry.sensor.source_unit is 'Unit at the source; NULL or empty: none stated.';
comment on column registry.sensor.unit is 'Unit of its rows in energy.reading; NULL: quantity not known.';
comment on column registry.sensor.is_cumulative is 'Whether its values are a counter that only rises.';
comment on column registry.sensor.is_main is
    'Whether it counts for its plant''s production: the main meter, or one of several parts.';
comment on column registry.sensor.resolution is 'Length of an interval; zero: instantaneous.';
comment on column registry.sensor.timezone is 'IANA time zone at the source; NULL: none stated.';
comment on column registry.sensor.raptor_sensor_type is 'Type in the export to Raptor Maps; NULL: not exported.';
comment on column registry.sensor.is_present is 'Whether the source still has it.';
comment on column registry.sensor.finding is 'Why it is not used as it might be, in words; NULL: nothing to note.';

comment on column energy.reading.sensor_id is 'Sensor that measured (registry.sensor).';
comment on column energy.reading.period_start is
    'Begin of the interval, or the instant; the partitions are ranges of it, in UTC.';
comment on column energy.reading.value is 'Measured value, in the unit of registry.sensor.';

comment on table energy.plant_daily is
    'Energy of each plant and plant-local day, by the method chosen; NULL with a reason where it is not known.';
comment on column energy.plant_daily.plant_id is 'Plant.';
comment on column energy.plant_daily.energy_date is 'Plant-local date.';
comment on column energy.plant_daily.produced_kwh is
    'Energy produced, kWh, gross of what the plant drew; NULL: not known, see null_reason.';
comment on column energy.plant_daily.imported_kwh is 'Energy drawn from the grid, kWh; NULL: not measured.';
comment on column energy.plant_daily.exported_kwh is 'Energy fed into the grid, kWh; NULL: not measured.';
comment on column energy.plant_daily.method is 'Way produced_kwh was measured; NULL: no way had data.';
comment on column energy.plant_daily.coverage is 'Share of the day the method''s energy stands for, 0 to 1.';
comment on column energy.plant_daily.status is
    'provisional: may still change; final: complete; restated: was final and changed.';
comment on column energy.plant_daily.null_reason is 'Why produced_kwh is NULL, a word of the closed list of reasons.';
comment on column energy.plant_daily.hours_in_day is
    'Length of the plant-local day, hours: 23 to 25 where clocks are changed.';
comment on column energy.plant_daily.run_id is 'Run that last changed the row.';
comment on column energy.plant_daily.computed_at is 'When the row was last changed.';
comment on column energy.plant_daily.data_completeness is 'Share of the day for which valid values arrived, 0 to 1.';
comment on column energy.plant_daily.daylight_completeness is
    'Share of the time the sun was up for which valid values arrived, 0 to 1; NULL: place not known, or not solar.';
comment on column energy.plant_daily.flag is 'What is odd about the day, words joined by "; "; NULL: nothing.';

comment on table energy.plant_daily_candidate is
    'Energy of each plant and plant-local day by every method that was possible.';
comment on column energy.plant_daily_candidate.plant_id is 'Plant.';
comment on column energy.plant_daily_candidate.energy_date is 'Plant-local date; the partitions are months of it.';
comment on column energy.plant_daily_candidate.method is 'Way it was measured.';
comment on column energy.plant_daily_candidate.produced_kwh is
    'Energy produced by this method, kWh; NULL: not known, see null_reason.';
comment on column energy.plant_daily_candidate.imported_kwh is 'Energy drawn from the grid, kWh; NULL: not measured.';
comment on column energy.plant_daily_candidate.exported_kwh is 'Energy fed into the grid, kWh; NULL: not measured.';
comment on column energy.plant_daily_candidate.coverage is 'Share of the day this method''s energy stands for, 0 to 1.';
comment on column energy.plant_daily_candidate.data_completeness is
    'Share of the day for which valid values arrived, 0 to 1.';
comment on column energy.plant_daily_candidate.daylight_completeness is
    'Share of the time the sun was up for which valid values arrived, 0 to 1; NULL: place not known, or not solar.';
comment on column energy.plant_daily_candidate.null_reason is
    'Why produced_kwh is NULL, a word of the closed list of reasons.';
comment on column energy.plant_daily_candidate.sensor_ids is 'Sensors it was measured with (registry.sensor).';
comment on column energy.plant_daily_candidate.hours_in_day is 'Length of the plant-local day, hours.';
comment on column energy.plant_daily_candidate.run_id is 'Run that wrote the row.';
comment on column energy.plant_daily_candidate.computed_at is 'When the row was written.';

comment on table energy.restatement is 'Changes of energy that had been final, one row each.';
comment on column energy.restatement.plant_id is 'Plant.';
comment on column energy.restatement.energy_date is 'Plant-local date whose energy changed.';
comment on column energy.restatement.recorded_at is 'When it changed.';
comment on column energy.restatement.old_value_kwh is 'Energy produced before, kWh; NULL: had not been known.';
comment on column energy.restatement.new_value_kwh is 'Energy produced since, kWh; NULL: no longer known.';
comment on column energy.restatement.old_method is 'Method before.';
comment on column energy.restatement.new_method is 'Method since; NULL: no method has data.';
comment on column energy.restatement.cause is 'Why it changed, in words.';
comment on column energy.restatement.run_id is 'Run that changed it.';

comment on table kpi.plant_daily is
    'KPIs of each plant and plant-local day, one row each; NULL with a reason where it cannot be told.';
comment on column kpi.plant_daily.plant_id is 'Plant.';
comment on column kpi.plant_daily.kpi_date is 'Plant-local date; the partitions are months of it.';
comment on column kpi.plant_daily.kpi is 'Name of the KPI, as in the catalogue.';
comment on column kpi.plant_daily.value is 'Value in unit; NULL: see null_reason.';
comment on column kpi.plant_daily.unit is 'Unit of value; 1: a fraction.';
comment on column kpi.plant_daily.numerator is
    'What value divides, so that longer periods can be summed; NULL: no ratio, or not known.';
comment on column kpi.plant_daily.denominator is 'What value divides by; NULL: no ratio, or not known.';
comment on column kpi.plant_daily.coverage is 'Share of the day the inputs stand for, 0 to 1; NULL: does not apply.';
comment on column kpi.plant_daily.null_reason is 'Why value is NULL, a word of the closed list of reasons.';
comment on column kpi.plant_daily.method is 'Method of the energy it rests on; NULL: it rests on none.';
comment on column kpi.plant_daily.formula_version is 'Version of the formula; a changed formula has a higher one.';
comment on column kpi.plant_daily.run_id is 'Run that last changed the row.';
comment on column kpi.plant_daily.computed_at is 'When the row was last changed.';

comment on table kpi.portfolio_daily is 'KPIs of groups of plants. Nothing writes it yet: groups are not computed.';
comment on column kpi.portfolio_daily.group_code is 'Group of plants; all: the whole fleet.';
comment on column kpi.portfolio_daily.kpi_date is 'Date, local to each plant of the group.';
comment on column kpi.portfolio_daily.kpi is 'Name of the KPI, as in the catalogue.';
comment on column kpi.portfolio_daily.value is 'Value in unit; NULL: see null_reason.';
comment on column kpi.portfolio_daily.unit is 'Unit of value; 1: a fraction.';
comment on column kpi.portfolio_daily.numerator is 'Sum of the plants'' numerators.';
comment on column kpi.portfolio_daily.denominator is 'Sum of the plants'' denominators.';
comment on column kpi.portfolio_daily.plants is 'Plants that count in it.';
comment on column kpi.portfolio_daily.capacity_share is 'Their share of the group''s AC capacity, 0 to 1.';
comment on column kpi.portfolio_daily.null_reason is 'Why value is NULL, a word of the closed list of reasons.';

comment on view kpi.plant_daily_wide is
    'KPIs of each plant and plant-local day, a column each; NULL: not known or not computed.';
comment on column kpi.plant_daily_wide.plant_id is 'Plant.';
comment on column kpi.plant_daily_wide.plant_code is 'Code of the plant.';
comment on column kpi.plant_daily_wide.name is 'Name of the plant.';
comment on column kpi.plant_daily_wide.kpi_date is 'Plant-local date.';
comment on column kpi.plant_daily_wide.energy_kwh is 'Energy produced, kWh.';
comment on column kpi.plant_daily_wide.specific_yield is 'Energy per DC capacity, kWh/kWp.';
comment on column kpi.plant_daily_wide.yield_ac is 'Energy per nominal AC capacity, kWh/kW.';
comment on column kpi.plant_daily_wide.reference_yield is 'Plane-of-array irradiation over 1000 W/m², hours.';
comment on column kpi.plant_daily_wide.ref_yield_ghi is 'Horizontal irradiation over 1000 W/m², hours.';
comment on column kpi.plant_daily_wide.performance_ratio is 'Specific yield over reference yield, fraction.';
comment on column kpi.plant_daily_wide.capacity_factor is
    'Energy over what nominal AC capacity gives in the day, fraction.';
comment on column kpi.plant_daily_wide.full_load_hours is 'Energy over nominal AC capacity, hours.';
comment on column kpi.plant_daily_wide.peak_power_kw is 'Highest mean power of a quarter of an hour, kW.';
comment on column kpi.plant_daily_wide.data_completeness is 'Share of the day with valid values, fraction.';
comment on column kpi.plant_daily_wide.daylight_completeness is
    'Share of the time the sun was up with valid values, fraction.';
comment on column kpi.plant_daily_wide.self_consumption is 'Share of production used on site, fraction.';
comment on column kpi.plant_daily_wide.self_sufficiency is
    'Share of consumption that own production covered, fraction.';

comment on column kpi.plant_monthly.plant_id is 'Plant.';
comment on column kpi.plant_monthly.month_date is 'First day of the month.';
comment on column kpi.plant_monthly.kpi is 'Name of the KPI, as in the catalogue.';
comment on column kpi.plant_monthly.unit is 'Unit of value; 1: a fraction.';
comment on column kpi.plant_monthly.value is
    'Value of the month in unit; NULL: no day counts, or the rule for months gives none.';
comment on column kpi.plant_monthly.days_with_value is 'Days that count.';
comment on column kpi.plant_monthly.days is 'Days of the month that have a row.';
comment on column kpi.plant_monthly.is_final is 'Whether the days that count are nine in ten of the month.';
comment on column kpi.plant_monthly.coverage is 'Mean of the days'' coverage, 0 to 1.';

comment on table raptor_maps.delivery is
    'Files built for Raptor Maps, a row per part and content, each with its last outcome.';
comment on column raptor_maps.delivery.delivery_id is 'Number of the row, given by the warehouse.';
comment on column raptor_maps.delivery.observation_date is 'Plant-local date the file is about.';
comment on column raptor_maps.delivery.part is 'Number of the part, from 1.';
comment on column raptor_maps.delivery.file_name is 'Name of the file.';
comment on column raptor_maps.delivery.sha256 is 'SHA-256 of the file, hexadecimal.';
comment on column raptor_maps.delivery.byte_count is 'Length of the file, bytes.';
comment on column raptor_maps.delivery.row_count is 'Rows of the file, without the header.';
comment on column raptor_maps.delivery.status is 'built, uploaded or failed.';
comment on column raptor_maps.delivery.http_status is
    'HTTP status of the last upload; NULL: not sent, or not answered.';
comment on column raptor_maps.delivery.url_host is 'Host it was sent to; NULL: not sent.';
comment on column raptor_maps.delivery.uploaded_at is 'When the receiver accepted it; NULL: it has not.';
comment on column raptor_maps.delivery.run_id is 'Run that last built or sent it.';
comment on column raptor_maps.delivery.object_key is 'Name of the kept file in the archive.';
comment on column raptor_maps.delivery.parts is 'Parts the date was split into.';
