"""The nightly sync as a user runs it, against the sandbox on real sockets and a real PostgreSQL."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from plant_pipeline.cli import cli
from plant_pipeline.definitions import defs
from plant_pipeline.orchestration import range_tags
from plant_pipeline.raptor_maps.validate import check_file
from plant_pipeline.registry.equipment.main_meter import CHECK_METER
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.production import daily_energy_kwh
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse, read_frame
from plant_pipeline_tests.snapshot import snapshot

# Clocks go back in the United States; what has its trouble every four days has it on this one, no meter its monthly
# reset.
DAY = date(2026, 11, 1)

# The 14 columns of Raptor Maps, as its document writes them.
RAPTOR_HEADER = (
    "farm_id,farm_name,timezone,commissioning date,farm_latitude,farm_longitude,equipment_id,equipment_name,"
    "equipment_type,sensor_id,sensor_name,sensor_type,observation_time,measured_value\n"
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


@pytest.fixture
def environment(
    sandbox: Sandbox, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    values = {**sandbox.environment, "WAREHOUSE_URL": warehouse_url, "PLANT_PIPELINE_HOME": str(tmp_path / "home")}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    sandbox.faults.clear()
    yield values
    sandbox.faults.clear()


def _sync(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sync", "--date", DAY.isoformat(), *arguments], catch_exceptions=False)


def test_a_night_ends_well_and_a_second_one_changes_nothing(
    environment: dict[str, str], sandbox: Sandbox, warehouse: Warehouse, tmp_path: Path
) -> None:
    uploads = len(sandbox.uploads)
    first = _sync()
    assert first.exit_code == 0, first.output
    with warehouse.transaction() as connection:
        before = snapshot(connection)
    assert len(sandbox.uploads) == uploads + 1

    second = _sync()
    assert second.exit_code == 0, second.output
    with warehouse.transaction() as connection:
        after = snapshot(connection)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert len(sandbox.uploads) == uploads + 1

    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        # Dagster calls a day unsynced if what it was computed from is no longer the same.
        for name in (
            "registry/equipment",
            "registry/plant",
            "registry/plant_history",
            "voke/plant",
            "flexmeasures/asset",
        ):
            records = instance.fetch_materializations(dg.AssetKey(name.split("/")), limit=2).records
            events = [record.asset_materialization for record in records]
            assert len({event.tags["dagster/data_version"] for event in events if event and event.tags}) == 1, name

    _assert_matched(warehouse, sandbox.world)
    _assert_energy(warehouse, sandbox.world)
    _assert_telemetry(warehouse, sandbox.world)
    _assert_meters(warehouse)
    _assert_troubles(warehouse, sandbox.world)
    upload = sandbox.uploads[-1]
    with upload.path.open(encoding="utf-8", newline="") as file:
        lines = list(file)
    assert (lines[0], lines[-1][-1]) == (RAPTOR_HEADER, "\n")
    assert check_file(upload.path).is_valid


def _assert_matched(warehouse: Warehouse, world: World) -> None:
    """Every true plant is one plant of the registry, no two are the same; the doubtful pair waits for a person."""
    with warehouse.transaction() as connection:
        aliases = read_frame(connection, "select source, source_plant_id, plant_id from registry.plant_alias")
        proposals = read_frame(connection, "select * from registry.match_proposal where status = 'open'")
    plant_of = {(row.source, row.source_plant_id): row.plant_id for row in aliases.itertuples()}
    found = [{plant_of[source, record] for source, record in plant.source_ids.items()} for plant in world.truth]
    assert [plant.name for plant, ids in zip(world.truth, found, strict=True) if len(ids) > 1] == []
    flat = [plant_id for ids in found for plant_id in ids]
    assert len(flat) == len(set(flat))
    assert len(proposals) == 1


def _assert_meters(warehouse: Warehouse) -> None:
    """Two meters that no name tells apart lie 0.2 % from each other: the first is main, the second checks it."""
    with warehouse.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select e.name, s.name, s.is_main, s.finding from registry.sensor s join registry.equipment e "
            "using (equipment_id) join registry.plant p on p.plant_id = s.plant_id where e.name like 'Meter _' "
            "and p.name ilike '%%pampa%%' order by 1, 2"
        ).all()
    assert [tuple(row) for row in rows] == [
        ("Meter 1", "Active Power", True, None),
        ("Meter 1", "Energy Delivered", True, None),
        ("Meter 2", "Active Power", False, CHECK_METER),
        ("Meter 2", "Energy Delivered", False, CHECK_METER),
    ]


# By plant: method, status, share of the true energy that the method measures, hours, flags, and words of a finding.
TROUBLES: dict[str, tuple[str, str, float, float, set[str], str]] = {
    "moura": ("register_difference", "final", 1.0, 24, set(), ""),
    "brandis": ("register_difference", "provisional", 1.0, 24, {"reset", "gap_estimated"}, "meter was exchanged"),
    "tabernas": (
        "power_integral", "provisional", 1.0, 24, {"outlier", "sign_learned", "gap_estimated"},
        "showed values that cannot be"
    ),
    "upington": ("register_difference", "final", 1.0, 24, {"irradiance_suspect"}, "Pyranometer C"),
    "calama": ("register_difference", "final", 1.0, 24, {"irradiance_suspect"}, "Pyranometer B"),
    "ohrid": ("register_difference", "final", 1.0, 24, {"outlier"}, "showed values that cannot be"),
    "broken_hill": (
        "power_integral", "provisional", 1.0, 24, {"methods_disagree", "sign_learned"}, "but inverter sum says"
    ),
    "navan": ("register_difference", "final", 1.0, 24, set(), ""),
    "boulder_city": ("register_difference", "final", 1.0, 25, set(), ""),
}  # fmt: skip


def _assert_troubles(warehouse: Warehouse, world: World) -> None:
    """Each trouble of the fleet ends in a number that is right or not final, a flag, and a finding in words."""
    with warehouse.transaction() as connection:
        rows = read_frame(
            connection,
            "select a.source_plant_id, p.plant_code, e.* from energy.plant_daily as e "
            "inner join registry.plant as p using (plant_id) inner join registry.plant_alias as a using (plant_id) "
            "where a.source = 'flexmeasures' and e.energy_date = %(day)s",
            day=DAY,
        ).set_index("source_plant_id")
        issues = connection.exec_driver_sql("select subject, message from landing.run_issue").all()
        ratios = connection.exec_driver_sql(
            "select a.source_plant_id, k.value, k.null_reason from kpi.plant_daily k "
            "inner join registry.plant_alias a using (plant_id) where k.kpi = 'capacity_factor'"
        ).all()
    for key, (method, status, share, hours, flags, words) in TROUBLES.items():
        plant = world.by_key[key]
        row = rows.loc[plant.source_ids["flexmeasures"]]
        found = (row["method"], row["status"], row["hours_in_day"], set(row["flags"]))
        assert found == (method, status, hours, flags), key
        missed_kwh = abs(row["produced_kwh"] + row["gap_kwh"] - share * daily_energy_kwh(plant, DAY))
        assert missed_kwh <= row["uncertainty_kwh"] + 1e-6 * row["produced_kwh"], key
        code = str(row["plant_code"])
        told = [message for subject, message in issues if code in f"{subject} {message}"]
        assert any(words in message for message in told) if words else told == [], (key, told)
    ohrid = world.by_key["ohrid"].source_ids["flexmeasures"]
    assert [(value, reason) for plant_id, value, reason in ratios if plant_id == ohrid] == [(None, "no_capacity")]


def _assert_telemetry(warehouse: Warehouse, world: World) -> None:
    """Two plants have energy by Voke alone, a third by its own register, which Voke confirms."""
    with warehouse.transaction() as connection:
        rows = read_frame(
            connection,
            "select a.source_plant_id, e.method, e.status, c.produced_kwh from energy.plant_daily_candidate as c "
            "inner join energy.plant_daily as e using (plant_id, energy_date) "
            "inner join registry.plant_alias as a using (plant_id) "
            "where a.source = 'voke' and c.method = 'voke_telemetry'",
        )
    key_of = {plant.source_ids.get("voke"): plant for plant in world.truth}
    assert {key_of[str(row.source_plant_id)].key: (row.method, row.status) for row in rows.itertuples()} == {
        "usti": ("voke_telemetry", "final"),
        "zdar": ("voke_telemetry", "final"),
        "velvary": ("register_difference", "final"),
    }
    for row in rows.itertuples():
        truth = daily_energy_kwh(key_of[str(row.source_plant_id)], DAY)
        assert row.produced_kwh == pytest.approx(truth, rel=0.002)


def _assert_energy(warehouse: Warehouse, world: World, day: date = DAY) -> None:
    with warehouse.transaction() as connection:
        rows = read_frame(
            connection,
            "select a.source_plant_id, e.produced_kwh, e.null_reason from energy.plant_daily as e "
            "inner join registry.plant_alias as a using (plant_id) "
            "where a.source = 'flexmeasures' and e.energy_date = %(day)s",
            day=day,
        )
    produced = {row.source_plant_id: row.produced_kwh for row in rows.itertuples()}
    assert len(produced) >= 14
    wrong = {}
    for plant in world.truth:
        value = produced.get(str(plant.source_ids.get("flexmeasures")))
        expected = daily_energy_kwh(plant, day)
        if value is not None and value != pytest.approx(expected, rel=0.015, abs=1.0):
            wrong[plant.name] = (value, expected)
    assert wrong == {}


def test_a_dead_source_fails_only_its_own_branch_and_a_re_run_completes_it(
    environment: dict[str, str], sandbox: Sandbox, warehouse: Warehouse, webhook: list[dict[str, object]]
) -> None:
    sandbox.faults.add(Fault("voke", "*", status=403))
    done = _sync("--no-upload")
    assert done.exit_code == 1
    assert len(webhook) == 1
    assert "voke plant" in str(webhook[0]["problems"])
    assert "voke plant" in done.output
    with warehouse.transaction() as connection:
        states = read_frame(connection, "select source, entity, state from landing.stream_run").itertuples(index=False)
        by_stream = {(source, entity): state for source, entity, state in states}
        plants = read_frame(connection, "select count(*) as n from registry.plant")["n"][0]
        energy = read_frame(connection, "select count(*) as n from energy.plant_daily")["n"][0]
    assert by_stream["voke", "plant"] == "failed"
    assert by_stream["flexmeasures", "asset"] == by_stream["ravenwits", "plant"] == "complete"
    assert plants > 20
    assert energy > 10

    sandbox.faults.clear()
    assert _sync("--no-upload").exit_code == 0
    _assert_matched(warehouse, sandbox.world)


def test_without_upload_nothing_is_sent(environment: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    uploads = len(sandbox.uploads)
    assert _sync("--no-upload").exit_code == 0
    assert len(sandbox.uploads) == uploads
    report = tmp_path / "report.html"
    done = CliRunner().invoke(cli, ["report", "--date", DAY.isoformat(), "--out", str(report)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "<svg" in report.read_text(encoding="utf-8")
    doctor = CliRunner().invoke(cli, ["doctor"], catch_exceptions=False)
    assert doctor.exit_code == 0, doctor.output


def _sync_range(*days: date) -> None:
    arguments = ["sync", "--from", str(min(days)), "--to", str(max(days)), "--no-upload"]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_days_before_the_first_one_that_dagster_shows_are_synced_as_any_other(
    environment: dict[str, str], warehouse: Warehouse, tmp_path: Path
) -> None:
    days = [date(2019, 1, 1), date(2019, 1, 2)]
    _sync_range(*days)
    with warehouse.transaction() as connection:
        energy = read_frame(connection, "select distinct energy_date from energy.plant_daily")
    assert sorted(energy["energy_date"]) == days
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(["kpi", "plant_daily"])) == {str(day) for day in days}


def test_each_day_of_a_run_over_several_tells_of_its_own_rows(
    environment: dict[str, str],
    sandbox: Sandbox,
    warehouse: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one has 23 hours in Europe."""
    days = [date(2026, 3, 28), date(2026, 3, 29)]
    with monkeypatch.context() as patched:
        # A run that computes the KPIs of plants has combined those of groups with them.
        patched.setattr("plant_pipeline.kpi.assets.combine_groups", lambda *_: pytest.fail("combined twice"))
        _sync_range(*days)
    _assert_energy(warehouse, sandbox.world, days[-1])
    with warehouse.transaction() as connection:
        zones = read_frame(
            connection,
            "select s.sensor_id, p.timezone from registry.sensor as s inner join registry.plant as p using (plant_id)",
        )
        readings = read_frame(connection, "select sensor_id, period_start from energy.reading").merge(zones)
        expected = {
            "energy/reading": Counter(
                moment.astimezone(ZoneInfo(zone)).date()
                for moment, zone in zip(readings["period_start"], readings["timezone"], strict=True)
            )
        }
        for table, column in (
            ("flexmeasures.kpi", "kpi_date"),
            ("energy.plant_daily", "energy_date"),
            ("kpi.plant_daily", "kpi_date"),
            ("raptor_maps.delivery", "observation_date"),
        ):
            expected[table.replace(".", "/")] = Counter(
                read_frame(connection, f"select {column} as day from {table}")["day"]
            )
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        for name, counts in expected.items():
            assert all(counts[day] for day in days), name
            assert _row_counts(instance, name) == [(str(day), counts[day]) for day in days]
        _assert_explained(instance)
        _assert_groups_alone(instance, warehouse, days)


def _assert_explained(instance: dg.DagsterInstance) -> None:
    """Every asset and check that the night made leads to a page of the documentation."""
    graph = defs.resolve_asset_graph()
    made = [instance.get_latest_materialization_event(key) for key in graph.get_all_asset_keys()]
    events = [record.asset_materialization for record in made if record is not None]
    assert len(events) > 25
    assert [event for event in events if event and "documentation" not in event.metadata] == []
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    evaluations = [
        record.event.dagster_event.asset_check_evaluation_data
        for record in records.values()
        if record.event is not None and record.event.dagster_event is not None
    ]
    assert len(evaluations) > 30
    assert [own.check_name for own in evaluations if "documentation" not in own.metadata] == []


def _assert_groups_alone(instance: dg.DagsterInstance, warehouse: Warehouse, days: list[date]) -> None:
    """Asked for by itself, as in the UI, `kpi/portfolio_daily` is made of what the plants have."""
    with warehouse.transaction() as connection:
        before = snapshot(connection)["kpi.portfolio_daily"]
        connection.exec_driver_sql("update kpi.portfolio_daily set value = 0, plants = 0")
    job = defs.resolve_job_def("nightly_sync")
    keys = [dg.AssetKey(["kpi", "portfolio_daily"])]
    assert job.execute_in_process(instance=instance, asset_selection=keys, tags=range_tags(days)).success
    with warehouse.transaction() as connection:
        assert snapshot(connection)["kpi.portfolio_daily"] == before


def _row_counts(instance: dg.DagsterInstance, name: str) -> list[tuple[str | None, object]]:
    """What Dagster holds of each materialization of an asset: its partition and row count."""
    records = instance.fetch_materializations(dg.AssetKey(name.split("/")), limit=100).records
    events = [record.asset_materialization for record in records]
    return sorted((event.partition, event.metadata["dagster/row_count"].value) for event in events if event)


def test_no_secret_is_kept_anywhere(
    environment: dict[str, str], sandbox: Sandbox, warehouse: Warehouse, tmp_path: Path
) -> None:
    assert _sync().exit_code == 0
    secrets = [environment[name] for name in environment if name.endswith(("PASSWORD", "TOKEN", "SECRET"))]
    with warehouse.transaction() as connection:
        everything = json.dumps(snapshot(connection))
        landing = " ".join(
            connection.exec_driver_sql(
                "select row(f.*)::text from landing.fetch as f union all "
                "select row(s.*)::text from landing.stream_run as s"
            ).scalars()
        )
    files = b"".join(path.read_bytes() for path in (tmp_path / "dagster").rglob("*") if path.is_file())
    for secret in [*secrets, "X-Amz-Signature"]:
        assert secret not in everything
        assert secret not in landing
        assert secret.encode() not in files
