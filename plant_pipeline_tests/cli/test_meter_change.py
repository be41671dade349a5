"""`registry meter-change`: what is refused, what it leads to, and taking it back."""

import json
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.meter_changes import meter_changes_of_nothing
from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import DAY, EQUATOR, assert_exact, bell, exchanged, hour, register
from plant_pipeline_tests.registry.given import NOW, record

_TRUTH = bell(2400)
# The meter is exchanged at noon of Kinshasa, 11:00 UTC, where the old one shows 80,000 kWh and what was produced.
_LAST_KWH = f"{80_000 + _TRUTH.energy_kwh(11):.9f}"


@pytest.fixture
def site(warehouse: Warehouse, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A plant an hour east of Greenwich, whose register goes on at 7,000 kWh."""
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    with warehouse.transaction() as connection:
        reconcile(connection, [record("voke:v1", "Other")], complete_sources=(), now_utc=NOW)
    return Site(warehouse, technology="solar", zone="Africa/Kinshasa", place=EQUATOR)


def _run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def _sensor(site: Site, sensor_id: int) -> str:
    (row,) = site.execute("select source_sensor_id from registry.sensor where sensor_id = %(id)s", id=sensor_id)
    return f"flexmeasures:{row.source_sensor_id}"


def _register(site: Site) -> str:
    sensor_id = site.register(sign=1, source_unit="kWh")
    site.readings(sensor_id, exchanged(register(_TRUTH, start_kwh=80_000), 11, 7_000_000))
    return _sensor(site, sensor_id)


def _decisions(site: Site) -> list[Any]:
    return list(
        site.execute(
            "select decision_id, action, source, source_plant_id, sensor, valid_at, last_value, first_value, who, why, "
            "undone_at from registry.decision order by 1"
        )
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--at", "tomorrow"), "'tomorrow' is not what is expected: date and time with offset"),
        (("--at", "2026-06-15"), "or local time of Africa/Kinshasa"),
        (("--at", "2999-01-01T00:00Z"), "2999-01-01 00:00:00 UTC lies in the future"),
        (("--at", "2026-06-15T12:00", "--last", "-1"), "last_value = -1 is not what is expected: a number from 0 up"),
        (("--at", "2026-06-15T12:00", "--first", "nan"), "first_value = nan is not what is expected"),
        (("--at", "2026-06-15T12:00", "--first", "many"), "is not a valid float"),
        (("--at", "2026-06-15T12:00", "--who", " "), "who is needed"),
        ((), "Missing option '--at'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_followed_is_refused(site: Site, words: tuple[str, ...], message: str) -> None:
    assert message in _run("registry", "meter-change", _register(site), *words, code=2)
    assert _decisions(site) == []


def test_it_is_about_a_register_that_is_known(site: Site) -> None:
    power = _sensor(site, site.sensor("ac_power", 5))
    at = ("--at", "2026-06-15T12:00")
    assert "is no cumulative register of energy" in _run("registry", "meter-change", power, *at, code=2)
    for unknown in ("flexmeasures:99", "99", "elsewhere:99", "P-SITE"):
        assert f"no sensor {unknown} (SOURCE:ID) is known" in _run("registry", "meter-change", unknown, *at, code=2)
    assert _decisions(site) == []


def test_a_day_is_exact_by_it_until_it_is_taken_back(site: Site) -> None:
    sensor = _register(site)
    before = site.day(DAY)
    assert before.status == "provisional"
    command = ("registry", "meter-change", sensor, "--at", "2026-06-15T12:00", "--last", _LAST_KWH, "--first", "7000")
    assert "nothing noted" in _run(*command, "--who", "jana", "--dry-run")
    assert _decisions(site) == []

    said = _run(*command, "--who", "jana", "--why", "broken display")
    assert "noted: plants 0 new" in said
    days = "its days from 2026-06-14 to 2026-06-16 are computed again"
    assert f"P-SITE: the exchange of the meter of {sensor} at 2026-06-15 11:00Z was declared; {days}" in said
    ((decision_id, *rest, undone_at),) = _decisions(site)
    assert rest == [
        "meter_change", None, None, sensor, hour(11), float(_LAST_KWH), 7000.0, "jana", "broken display",
    ]  # fmt: skip
    assert undone_at is None
    assert_exact(site.day(DAY), 2400)
    shown = json.loads(_run("registry", "show", "P-SITE", "--json"))
    assert [row["id"] for row in shown["equipment_and_sensors"]] == [sensor]
    (listed,) = shown["decisions"]
    assert (listed["sensor"], listed["last_value"], listed["first_value"]) == (sensor, float(_LAST_KWH), 7000.0)
    assert datetime.fromisoformat(listed["valid_at"]) == hour(11)
    assert "meter_change at 2026-06-15 11:00:00Z" in (explained := _run("explain", "P-SITE", DAY))
    assert "kWh counted, declared" in explained

    said = _run("registry", "undo", str(decision_id), "--who", "petr")
    assert f"at 2026-06-15 11:00Z is not declared any more; {days}" in said
    # Midnight in Kinshasa is at 23:00 UTC of the day before.
    touched = site.execute("select from_utc, to_utc from registry.touched where why like '%%meter%%'")
    assert [tuple(row) for row in touched] == [(hour(-25), hour(47))] * 2
    after = site.day(DAY)
    assert (after.produced_kwh, after.gap_kwh, after.uncertainty_kwh, after.status) == (
        before.produced_kwh, before.gap_kwh, before.uncertainty_kwh, "provisional",
    )  # fmt: skip


def test_an_instant_may_have_its_own_offset(site: Site) -> None:
    _run("registry", "meter-change", _register(site), "--at", "2026-06-15T16:30+05:30")
    assert [row.valid_at for row in _decisions(site)] == [hour(11)]


def test_other_decisions_leave_it_alone(site: Site) -> None:
    _run("registry", "meter-change", _register(site), "--at", "2026-06-15T12:00")
    assert "1 changed" in _run("registry", "set", "voke:v1", "timezone", "Europe/Prague")
    assert [row.action for row in _decisions(site)] == ["meter_change", "set"]


def test_a_file_states_it_once_and_what_it_mistypes_is_pointed_out(site: Site) -> None:
    sensor = _register(site)
    lines = [
        Decision("meter_change", "", "", "jana", sensor=each, valid_at=hour(11), last_value=float(_LAST_KWH),
                 first_value=7000.0, line=2)
        for each in (sensor, "flexmeasures:typo")
    ]  # fmt: skip
    for _ in range(2):
        with site.warehouse.transaction() as connection:
            changes = reconcile(connection, [], complete_sources=(), now_utc=NOW, crosswalk=lines)
            findings = meter_changes_of_nothing(connection)
        assert not any("meter_change" in finding for finding in changes.findings)
        assert findings == ["meter_change names flexmeasures:typo, which is no cumulative register of any plant"]
    assert [row.sensor for row in _decisions(site)] == [sensor, "flexmeasures:typo"]
    assert_exact(site.day(DAY), 2400)
