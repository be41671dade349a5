"""Exchanges of meters that a person declared: what the day becomes by them, and again without them.

1 MW of photovoltaics on the equator, a bell of 2,400 kWh from 6 to 18 h, read every 5 min in Wh; people state kWh.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from plant_pipeline.registry.decisions.statements import Decision
from plant_pipeline.registry.store import add_decisions
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import (
    AFTER,
    BEFORE,
    DAY,
    EQUATOR,
    Reading,
    assert_exact,
    assert_honest,
    bell,
    exchanged,
    hour,
    register,
)

_TRUTH = bell(2400)
_DECIDED_AT = datetime(2026, 7, 1, tzinfo=UTC)


def _site(warehouse: Warehouse, readings: Sequence[Reading]) -> tuple[Site, int]:
    site = Site(warehouse, technology="solar", place=EQUATOR)
    sensor_id = site.register(sign=1, source_unit="kWh")
    site.readings(sensor_id, readings)
    return site, sensor_id


def _at_8(first_wh: float, start_kwh: float = 80_000.0) -> list[Reading]:
    """The reading at 8:00 is the first of another meter."""
    return exchanged(register(_TRUTH, start_kwh=start_kwh), 8, first_wh)


def _declare(
    site: Site, sensor_id: int, at_h: float, last_kwh: float | None = None, first_kwh: float | None = None
) -> None:
    (row,) = site.execute(
        "select source || ':' || source_sensor_id as sensor from registry.sensor where sensor_id = %(sensor_id)s",
        sensor_id=sensor_id,
    )
    decision = Decision(
        "meter_change", "", "", "jana", sensor=row.sensor, valid_at=hour(at_h), last_value=last_kwh,
        first_value=first_kwh,
    )  # fmt: skip
    with site.warehouse.transaction() as connection:
        add_decisions(connection, [decision], _DECIDED_AT)


def _undo(site: Site) -> None:
    site.execute("update registry.decision set undone_at = %(at)s", at=_DECIDED_AT)


def _figures(row: Any) -> dict[str, object]:
    """All of a row but its run, and that it was restated."""
    return {name: value for name, value in row._mapping.items() if name not in ("run_id", "computed_at", "status")}


# The exchange at 7:57: by the bell, the old meter shows what was produced until then, and the new one at 8:00 54.3 kWh,
# three minutes' production more than it began with.
_EXCHANGE_H = 7.95
_LAST_KWH = 80_000 + _TRUTH.energy_kwh(_EXCHANGE_H)
_FIRST_KWH = 54.3 - _TRUTH.between(_EXCHANGE_H, 8)


def test_undeclared_it_is_not_final_and_a_finding_says_what_to_do(warehouse: Warehouse) -> None:
    site, _ = _site(warehouse, _at_8(54_300))
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert row.status == "provisional"
    assert row.produced_kwh == pytest.approx(2400 - _TRUTH.between(8 - 5 / 60, 8))
    (finding,) = site.compute(DAY).findings
    assert "if the meter was exchanged: `plant-pipeline registry meter-change flexmeasures:P-SITE" in finding


def test_with_both_values_the_day_is_exact_and_final(warehouse: Warehouse) -> None:
    site, sensor_id = _site(warehouse, _at_8(54_300))
    _declare(site, sensor_id, _EXCHANGE_H, _LAST_KWH, _FIRST_KWH)
    rows = site.days(BEFORE, AFTER)
    for row in rows.values():
        assert_exact(row, 2400)
    assert "meter_change" in rows[DAY].flags
    assert site.compute(DAY).findings == ()
    assert site.reading_flags(sensor_id) == {hour(8): {"meter_change"}}


@pytest.mark.parametrize(
    ("last_kwh", "first_kwh", "known_kwh"),
    [
        (_LAST_KWH, None, _TRUTH.between(8 - 5 / 60, _EXCHANGE_H)),
        (None, _FIRST_KWH, _TRUTH.between(_EXCHANGE_H, 8)),
        (None, None, 0.0),
    ],
    ids=["last alone", "first alone", "neither"],
)
def test_with_less_the_step_between_the_meters_is_estimated(
    warehouse: Warehouse, last_kwh: float | None, first_kwh: float | None, known_kwh: float
) -> None:
    """Five minutes at 100 kW are 8.1 kWh, 0.3 % of the day: it is final all the same, as somebody knows of it."""
    site, sensor_id = _site(warehouse, _at_8(54_300))
    _declare(site, sensor_id, _EXCHANGE_H, last_kwh, first_kwh)
    row = site.day(DAY)
    assert_honest(row, 2400)
    lost_kwh = _TRUTH.between(8 - 5 / 60, 8)
    assert row.produced_kwh == pytest.approx(2400 - lost_kwh + known_kwh, abs=1e-6)
    assert row.gap_kwh == pytest.approx(lost_kwh - known_kwh, abs=0.3)
    assert row.coverage == pytest.approx(1 - 5 / 1440)
    assert row.status == "final"


@pytest.mark.parametrize("first_wh", [0.0, 80_700_000.0], ids=["was a reset", "upwards"])
def test_what_a_person_says_outranks_what_the_register_looks_like(warehouse: Warehouse, first_wh: float) -> None:
    site, sensor_id = _site(warehouse, _at_8(first_wh))
    before = site.day(DAY)
    if first_wh == 0:
        assert "reset" in before.flags
    assert before.produced_kwh + 1 < 2400
    _declare(site, sensor_id, 8, 80_000 + _TRUTH.energy_kwh(8), first_wh / 1000)
    row = site.day(DAY)
    assert row.produced_kwh == pytest.approx(2400, abs=1e-6)
    assert (row.gap_kwh, row.uncertainty_kwh) == (0, 0)
    assert "reset" not in row.flags
    assert row.status in ("final", "restated")


def test_a_register_that_bounces_is_believed_if_a_person_says_so(warehouse: Warehouse) -> None:
    """Four exchanges in one morning, up and down, are none that one believes a register alone."""
    readings = _at_8(54_300)
    for at_h, first_wh in ((9, 9e9), (10, 2e6), (11, 7e9)):
        readings = exchanged(readings, at_h, first_wh)
    site, sensor_id = _site(warehouse, readings)
    before = site.day(DAY)
    assert before.status == "provisional"
    shown = dict(readings)
    for at_h in (8, 9, 10, 11):
        step_kwh = _TRUTH.between(at_h - 5 / 60, at_h)
        _declare(site, sensor_id, at_h, shown[hour(at_h - 5 / 60)] / 1000 + step_kwh, shown[hour(at_h)] / 1000)
    assert_exact(site.day(DAY), 2400)


def test_taken_back_the_day_is_as_it_was(warehouse: Warehouse) -> None:
    site, sensor_id = _site(warehouse, _at_8(54_300))
    before = site.day(DAY)
    _declare(site, sensor_id, _EXCHANGE_H, _LAST_KWH, _FIRST_KWH)
    assert site.day(DAY).produced_kwh == pytest.approx(2400, abs=1e-6)
    _undo(site)
    after = site.day(DAY)
    assert _figures(after) == _figures(before)
    assert after.status == "provisional"


def test_of_two_statements_of_one_instant_the_newest_counts(warehouse: Warehouse) -> None:
    site, sensor_id = _site(warehouse, _at_8(54_300))
    _declare(site, sensor_id, _EXCHANGE_H, _LAST_KWH - 1, _FIRST_KWH)
    _declare(site, sensor_id, _EXCHANGE_H, _LAST_KWH, _FIRST_KWH)
    assert_exact(site.day(DAY), 2400)


def test_a_statement_covers_no_other_exchange(warehouse: Warehouse) -> None:
    """Another one at 16 h, of which nobody has said anything, keeps the day from being final."""
    site, sensor_id = _site(warehouse, exchanged(_at_8(54_300), 16, 7_000_000))
    _declare(site, sensor_id, _EXCHANGE_H, _LAST_KWH, _FIRST_KWH)
    assert site.day(DAY).status == "provisional"
    assert len(site.compute(DAY).findings) == 1
    _declare(site, sensor_id, 16)
    assert site.day(DAY).status == "final"


def test_a_statement_far_from_the_day_does_not_count(warehouse: Warehouse) -> None:
    site, sensor_id = _site(warehouse, _at_8(54_300))
    _declare(site, sensor_id, 24 * 30, 0, 0)
    assert site.day(DAY).status == "provisional"
