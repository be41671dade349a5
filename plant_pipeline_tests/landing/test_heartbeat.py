"""The heartbeat, and the script that an outside monitor asks it with."""

import os
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from plant_pipeline.embedded_postgres import embedded_program
from plant_pipeline.landing.heartbeat import write_beat_without_dates, write_heartbeat
from plant_pipeline.warehouse import Warehouse

_SCRIPT = Path(__file__).parents[2] / "deploy" / "nightly_sync_heartbeat.sh"
_NOW = datetime.now(UTC)  # of the collection of tests, which may be half an hour old when one runs
_MARCH_1, _MARCH_2 = date(2026, 3, 1), date(2026, 3, 2)


def _write(warehouse: Warehouse, *dates: date, hours_ago: float, run_id: str = "run") -> None:
    with warehouse.transaction() as connection:
        write_heartbeat(connection, "nightly_sync", run_id, dates, _NOW - timedelta(hours=hours_ago))


def _ask(url: str, *arguments: str) -> tuple[int, str]:
    psql = embedded_program("psql")
    assert psql is not None
    path = f"{Path(psql).parent}:/usr/bin:/bin"
    environment = {**os.environ, "PATH": path, "WAREHOUSE_URL": url, "PGCONNECT_TIMEOUT": "2"}
    done = subprocess.run(
        ["sh", str(_SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.returncode, done.stdout.strip()


def test_the_script_says_since_when_no_night_has_ended_well(warehouse: Warehouse, warehouse_url: str) -> None:
    assert _ask(warehouse_url) == (1, "no successful nightly sync since the warehouse was set up")
    _write(warehouse, _MARCH_2, hours_ago=25.5)
    at = f"{_NOW - timedelta(hours=25.5):%Y-%m-%d %H:%M} UTC"
    assert _ask(warehouse_url) == (0, f"nightly sync succeeded at {at}")
    assert _ask(warehouse_url, "25") == (1, f"no successful nightly sync since {at}")


def test_the_script_speaks_of_other_jobs_too(warehouse: Warehouse, warehouse_url: str) -> None:
    for hours_ago in (9, 3):
        with warehouse.transaction() as connection:
            write_beat_without_dates(connection, "registry_sync", "run", _NOW - timedelta(hours=hours_ago))
    at = f"{_NOW - timedelta(hours=3):%Y-%m-%d %H:%M} UTC"
    assert _ask(warehouse_url, "4", "registry_sync") == (0, f"registry sync succeeded at {at}")
    assert _ask(warehouse_url, "2", "registry_sync") == (1, f"no successful registry sync since {at}")
    assert _ask(warehouse_url)[0] == 1
    assert _ask(warehouse_url, "2", "x'; drop table landing.heartbeat")[0] == 2


@pytest.mark.parametrize("hours", ["-1", "1.5", "1) or true --", "10000"])
def test_hours_that_are_no_number_are_refused(hours: str) -> None:
    code, text = _ask("postgresql://127.0.0.1:1/plants", hours)
    assert code == 2
    assert text.startswith("usage: ")


def test_a_warehouse_that_is_down_is_no_late_night_and_its_address_stays_unsaid() -> None:
    code, text = _ask("postgresql://monitor:pg-secret@127.0.0.1:1/plants")
    assert (code, text) == (2, "the warehouse did not answer: run psql with the same variables to see why")


def test_no_password_is_on_the_command_line_of_psql(tmp_path: Path) -> None:
    """A program that notes its command line and PGPASSWORD takes the place of psql."""
    psql = tmp_path / "psql"
    psql.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$PGPASSWORD" "$@" > {tmp_path}/notes\necho "in time;2026-03-02 04:05"\n'
    )
    psql.chmod(0o755)
    url = tmp_path / "url"
    url.write_text("postgresql://monitor:s%40cret@db.example.com/plants\n", encoding="utf-8")
    for name, value in (("WAREHOUSE_URL", url.read_text(encoding="utf-8").strip()), ("WAREHOUSE_URL_FILE", str(url))):
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", name: value}
        done = subprocess.run([str(_SCRIPT)], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "nightly sync succeeded at 2026-03-02 04:05 UTC\n"
        password, *words = (tmp_path / "notes").read_text(encoding="utf-8").splitlines()
        assert password == "s@cret"
        assert words[-1] == "postgresql://monitor@db.example.com/plants"
        assert "cret" not in "".join(words)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WAREHOUSE_URL", "postgresql://db/plants?password=pg-secret", "write the password into the address"),
        ("WAREHOUSE_URL", "host=db password=pg-secret", "write the password into the address"),
        ("WAREHOUSE_URL_FILE", "/nosuch", "WAREHOUSE_URL_FILE cannot be read"),
    ],
)
def test_a_warehouse_that_is_named_badly_is_no_late_night(name: str, value: str, said: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", name: value}
    done = subprocess.run([str(_SCRIPT)], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "pg-secret" not in done.stderr


def test_days_before_those_of_the_last_run_leave_the_heartbeat_as_it_is(warehouse: Warehouse) -> None:
    _write(warehouse, _MARCH_2, _MARCH_1, hours_ago=30, run_id="night")
    _write(warehouse, _MARCH_1, hours_ago=2, run_id="backfill")
    _write(warehouse, hours_ago=2, run_id="no days")
    statement = "select job, succeeded_at, run_id, dates from landing.heartbeat"
    with warehouse.transaction() as connection:
        (row,) = connection.exec_driver_sql(statement).all()
    assert tuple(row) == ("nightly_sync", _NOW - timedelta(hours=30), "night", [_MARCH_1, _MARCH_2])
    _write(warehouse, _MARCH_2, hours_ago=1, run_id="again")
    with warehouse.transaction() as connection:
        (row,) = connection.exec_driver_sql(statement).all()
    assert (row.run_id, row.dates) == ("again", [_MARCH_2])
