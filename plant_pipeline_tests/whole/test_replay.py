"""Nights computed again from what was archived, with the sandbox stopped and no connection permitted."""

import json
import os
import shutil
import socket
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, make_url

from plant_pipeline.cli import cli
from plant_pipeline.definitions import defs
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import connect
from plant_pipeline_tests.snapshot import snapshot

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)  # a day of 25 hours in the United States, and the next


@dataclass(frozen=True)
class Nights:
    """Two nights as they were: where they are archived, and the warehouse they filled."""

    archive: Path
    warehouse_url: str
    environment: dict[str, str]


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def _new_database(postgres_url: str) -> str:
    name = f"nights_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def nights(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("nights")
    url = _new_database(postgres_url)
    environment = {
        "PLANT_PIPELINE_HOME": str(folder / "home"),
        "DAGSTER_HOME": str(folder / "dagster"),
        "ARCHIVE_URL": (folder / "archive").as_uri(),
        "PLANT_PIPELINE_TRAILING_DAYS": "1",
    }
    with pytest.MonkeyPatch.context() as patched, serve(world=World.of(8)) as sandbox:
        patched.chdir(folder)
        for name, value in {**sandbox.environment, **environment, "WAREHOUSE_URL": url}.items():
            patched.setenv(name, value)
        for days in (["--date", str(FIRST)], ["--from", str(FIRST), "--to", str(SECOND)]):
            done = _run("sync", *days, "--no-upload")
            assert done.exit_code == 0, done.output
            with dg.DagsterInstance.get() as instance:
                assert defs.resolve_job_def("voke_energy_sampling").execute_in_process(instance=instance).success
    return Nights(folder / "archive", url, environment)


@pytest.fixture
def without_network(nights: Nights, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The configuration of the nights without any source or credential; nothing but a bucket can be connected to."""
    connect = socket.socket.connect

    def refused(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and os.environ.get("AWS_ENDPOINT_URL", "").endswith(f":{address[1]}"):
            return connect(self, address)
        raise ConnectionRefusedError(f"{address} was asked for in a replay")

    for name, value in nights.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)


def _snapshot(url: str) -> dict[str, list[str]]:
    with connect(url) as warehouse, warehouse.transaction() as connection:
        return snapshot(connection)


def _replay(monkeypatch: pytest.MonkeyPatch, url: str, first: date = FIRST, last: date = SECOND, *more: str) -> Result:
    monkeypatch.setenv("WAREHOUSE_URL", url)
    return _run("replay", "--from", str(first), "--to", str(last), *more)


def _differences(found: dict[str, list[str]], expected: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name: sorted(set(found.get(name, [])) ^ set(expected[name]))[:4]
        for name in expected
        if found.get(name) != expected[name]
    }


def _samples(url: str) -> list[tuple[object, ...]]:
    """What was sampled, with the instant at which it was."""
    with connect(url) as warehouse, warehouse.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select sampled_at, plant_id, status from voke.plant_status_sample "
            "union all select sampled_at, plant_id, produced_kwh::text from voke.energy_sample order by 1, 2, 3"
        )
        return list(map(tuple, rows))


@pytest.mark.usefixtures("without_network")
def test_an_empty_warehouse_is_rebuilt_row_for_row_from_a_bucket(
    nights: Nights, postgres_url: str, monkeypatch: pytest.MonkeyPatch, bucket: Any
) -> None:
    for file in nights.archive.rglob("*"):
        if file.is_file():
            key = f"of/us/{file.relative_to(nights.archive).as_posix()}"
            bucket.put_object(Bucket="plants", Key=key, Body=file.read_bytes())
    monkeypatch.setenv("ARCHIVE_URL", "s3://plants/of/us")
    expected = _snapshot(nights.warehouse_url)
    assert expected["registry.plant"]
    assert expected["kpi.plant_daily"]
    rebuilt = _new_database(postgres_url)
    done = _replay(monkeypatch, rebuilt)
    assert done.exit_code == 0, done.output
    assert _differences(_snapshot(rebuilt), expected) == {}
    assert _samples(rebuilt) == _samples(nights.warehouse_url)[: len(_samples(rebuilt))] != []


@pytest.mark.usefixtures("without_network")
def test_a_warehouse_that_knows_later_nights_keeps_them(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _snapshot(nights.warehouse_url)
    # The second of both runs computed this day last; its readings of the day after are not touched either.
    done = _replay(monkeypatch, nights.warehouse_url, FIRST, FIRST)
    assert done.exit_code == 0, done.output
    assert "days only, as the warehouse knows later ones" in done.output
    assert _differences(_snapshot(nights.warehouse_url), expected) == {}
    with connect(nights.warehouse_url) as warehouse, warehouse.transaction() as connection:
        twice = connection.exec_driver_sql(
            "select object_key, byte_offset from landing.fetch group by 1, 2 having count(*) > 1"
        )
        assert twice.all() == []


@pytest.mark.usefixtures("without_network")
def test_the_answers_of_one_source_alone_are_taken(
    nights: Nights, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuilt = _new_database(postgres_url)
    done = _replay(monkeypatch, rebuilt, FIRST, SECOND, "--source", "flexmeasures")
    assert done.exit_code == 0, done.output
    expected, found = _snapshot(nights.warehouse_url), _snapshot(rebuilt)
    assert found["flexmeasures.asset"] == expected["flexmeasures.asset"]
    assert found["ravenwits.plant"] == found["voke.plant"] == []
    assert _replay(monkeypatch, rebuilt, FIRST, SECOND, "--source", "solaredge").exit_code == 2


@pytest.mark.usefixtures("without_network")
def test_a_tampered_body_and_an_unknown_day_are_named(
    nights: Nights, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = shutil.copytree(nights.archive, tmp_path / "copy")
    monkeypatch.setenv("ARCHIVE_URL", copy.as_uri())
    damaged = min(copy.glob("ravenwits/plant/*/*/*/*.json.gz"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    done = _replay(monkeypatch, _new_database(postgres_url), FIRST, FIRST)
    assert done.exit_code == 1
    assert damaged.relative_to(copy).as_posix() in done.output
    unknown = _replay(monkeypatch, nights.warehouse_url, date(2026, 9, 1), date(2026, 9, 2))
    assert unknown.exit_code == 2
    assert "knows no run that computed a day from 2026-09-01 to 2026-09-02" in unknown.output
    assert "it knows runs of 2026-11-01 to 2026-11-02" in unknown.output


@pytest.mark.usefixtures("without_network")
def test_a_request_that_was_not_archived_is_named(
    nights: Nights, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = shutil.copytree(nights.archive, tmp_path / "copy")
    monkeypatch.setenv("ARCHIVE_URL", copy.as_uri())
    shutil.rmtree(copy / "ravenwits/plant")
    done = _replay(monkeypatch, _new_database(postgres_url), SECOND, SECOND)
    assert done.exit_code == 1
    assert "the archive has no answer of that run to GET /api/v0/plants/" in done.output
    assert "asks the source itself" in done.output


@pytest.mark.usefixtures("without_network")
def test_the_archive_is_listed_shown_and_verified(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", nights.warehouse_url)
    verified = _run("archive", "verify")
    assert (verified.exit_code, "0 damaged" in verified.output) == (0, True), verified.output
    rows = json.loads(_run("archive", "list", "--source", "ravenwits", "--json").output)
    assert {row["source"] for row in rows} == {"ravenwits"}
    assert {"plant", "forecast"} <= {row["entity"] for row in rows}
    plants = next(row for row in rows if row["entity"] == "plant")
    shown = _run("archive", "show", str(plants["fetch_id"]))
    assert len(json.loads(shown.stdout)) == plants["record_count"]
    assert "/api/v0/plants/" in shown.stderr
    assert _run("archive", "list", "--to", "2020-01-01").output == "nothing was received\n"

    copy = shutil.copytree(nights.archive, tmp_path / "copy")
    monkeypatch.setenv("ARCHIVE_URL", copy.as_uri())
    damaged = copy / plants["object_key"]
    content = bytearray(damaged.read_bytes())
    content[plants["byte_offset"] + plants["byte_length"] // 2] ^= 1
    damaged.write_bytes(content)
    verified = _run("archive", "verify")
    assert (verified.exit_code, plants["object_key"] in verified.output) == (1, True), verified.output
    shown = _run("archive", "show", str(plants["fetch_id"]))
    assert (shown.exit_code, plants["object_key"] in shown.output) == (1, True), shown.output


def test_a_night_is_an_object_a_stream(nights: Nights) -> None:
    objects = list(nights.archive.rglob("*.json.gz"))
    with connect(nights.warehouse_url) as warehouse, warehouse.transaction() as connection:
        bodies, streams = connection.exec_driver_sql(
            "select count(*), count(distinct (run_id, source, entity, fetched_at::date)) from landing.fetch"
        ).one()
    assert len(objects) == streams
    assert bodies > 10 * streams


def _copy_of(postgres_url: str, url: str) -> str:
    copied = _new_database(postgres_url)
    source, target = make_url(url).database, make_url(copied).database
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {target}")
        connection.execute(f"create database {target} template {source}")
    return copied


def _decided(url: str) -> dict[str, list[tuple[object, ...]]]:
    """What decides who is who, and what is golden; when a row was last touched is not in it."""
    statements = {
        "plant": "select plant_id, plant_code, name, technology, status, merged_into from registry.plant",
        "plant_alias": "select source, source_plant_id, plant_id, method from registry.plant_alias",
        "decision": "select * from registry.decision",
        "match_proposal": "select proposal_id, source, source_plant_id, plant_id, status from registry.match_proposal",
        "plant_history": "select plant_id, valid_from, valid_to, name, recorded_at from registry.plant_history",
        "sensor": "select sensor_id, source, source_sensor_id, plant_id, quantity from registry.sensor",
        "energy": "select plant_id, energy_date, produced_kwh, method, status from energy.plant_daily",
    }
    with connect(url) as warehouse, warehouse.transaction() as connection:
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(statement).all()), key=str)
            for name, statement in statements.items()
        }


@pytest.mark.usefixtures("without_network")
def test_with_the_decisions_of_people_the_same_plants_come_again(
    nights: Nights, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    decided = _copy_of(postgres_url, nights.warehouse_url)
    monkeypatch.setenv("WAREHOUSE_URL", decided)
    with connect(decided) as warehouse, warehouse.transaction() as connection:
        code, one, other = _a_plant_and_two_records(connection)
    told = ("--who", "anna", "--why", "she knows")
    for command in (("set", code, "name", 'Solar "Øst", 1'), ("unlink", one, other)):
        done = _run("registry", *command, *told)
        assert done.exit_code == 0, done.output
    assert _run("registry", "export", "--out", str(tmp_path / "out")).exit_code == 0
    expected = _decided(decided)
    assert len(expected["decision"]) == 2

    rebuilt = _new_database(postgres_url)
    monkeypatch.setenv("WAREHOUSE_URL", rebuilt)
    imported = _run("registry", "import", "--in", str(tmp_path / "out"))
    assert imported.exit_code == 0, imported.output
    of_registry = expected.keys() - {"energy"}
    found = _decided(rebuilt)
    assert {name: found[name] for name in of_registry} == {name: expected[name] for name in of_registry}
    assert "Øst" in _run("registry", "list").output
    again = _run("registry", "import", "--in", str(tmp_path / "out"))
    assert (again.exit_code, "has a registry already" in again.output) == (2, True)

    done = _replay(monkeypatch, rebuilt)
    assert done.exit_code == 0, done.output
    found = _decided(rebuilt)
    assert {name: rows for name, rows in found.items() if rows != expected[name] and name != "energy"} == {}


def _a_plant_and_two_records(connection: Connection) -> tuple[str, str, str]:
    """A plant's code, and two records that were taken for another one."""
    first, second = connection.exec_driver_sql(
        "select p.plant_code, min(a.source || ':' || a.source_plant_id), max(a.source || ':' || a.source_plant_id) "
        "from registry.plant as p inner join registry.plant_alias as a using (plant_id) "
        "where p.status = 'active' group by 1 having count(*) > 1 order by 1 limit 2"
    )
    return first.plant_code, second.min, second.max
