"""What loggers and inverters send: local time without its offset, totals of a UTC day, coarse and short counters."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.energy.site import Site
from plant_pipeline_tests.energy.truth import DAY, EQUATOR, Reading, assert_honest, bell, hour, power, register, steady

_MADRID = ZoneInfo("Europe/Madrid")


def _as_logged(readings: list[Reading]) -> list[Reading]:
    """Stamped in local time without its offset and read back by it: of an hour that comes twice the second is kept."""
    kept: dict[datetime, float] = {}
    for at, value in readings:
        kept[at.astimezone(_MADRID).replace(tzinfo=None)] = value
    return [(local.replace(tzinfo=_MADRID).astimezone(UTC), value) for local, value in sorted(kept.items())]


def _moved(readings: list[Reading], day: str) -> list[Reading]:
    """The course of 15 June on another day."""
    by = datetime.fromisoformat(day).replace(tzinfo=UTC) - hour(0)
    return [(at + by, value) for at, value in readings]


@pytest.mark.parametrize("kind", ["power", "register"])
@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_a_clock_change_of_a_logger_without_offset(warehouse: Warehouse, day: str, hours: int, kind: str) -> None:
    """In autumn an hour of wind is overwritten by the next; in spring nothing is lost. 100 kW, moving by 5 %."""
    site = Site(warehouse, zone="Europe/Madrid")
    if kind == "power":
        site.readings(site.sensor("ac_power", 5, sign=1), _as_logged(_moved(power(steady(2400)), day)))
    else:
        site.readings(site.register(sign=1), _as_logged(_moved(register(steady(2400), start_kwh=1e4), day)))
    row = site.day(day)
    assert_honest(row, 100.0 * hours, hours=hours)
    if hours == 23 or kind == "register":
        assert (row.produced_kwh, row.status) == (pytest.approx(100.0 * hours, rel=1e-3), "final")
    else:
        assert row.status == "provisional"


@pytest.mark.parametrize(("step_min", "unit_wh"), [(5, 1.0), (15, 100.0), (60, 1.0)])
@pytest.mark.parametrize("longitude", [0.0, 105.0, -105.0])
def test_totals_of_a_utc_day_far_from_greenwich(
    warehouse: Warehouse, longitude: float, step_min: float, unit_wh: float
) -> None:
    """The total begins anew at 0 h UTC, in the middle of the plant's light or of its night."""
    zone = {0.0: "UTC", 105.0: "Etc/GMT-7", -105.0: "Etc/GMT+7"}[longitude]
    site = Site(warehouse, technology="solar", zone=zone, place=(0.0, longitude))
    by_h = -longitude / 15
    course = bell(2400)

    def total_wh(at: datetime) -> float:
        midnight = at.replace(hour=0, minute=0, second=0)
        hours = [(instant - hour(0)) / timedelta(hours=1) - by_h for instant in (midnight, at)]
        return 1000 * (course.energy_kwh(hours[1]) - course.energy_kwh(hours[0])) // unit_wh * unit_wh

    labels = [hour(-72 + number * step_min / 60) for number in range(round(132 * 60 / step_min))]
    site.readings(site.register(sign=1), [(at, total_wh(at)) for at in labels])
    row = site.day(DAY)
    assert row.produced_kwh is not None
    if row.status == "final":
        assert row.produced_kwh == pytest.approx(2400, rel=0.01)
    assert abs(row.produced_kwh + row.gap_kwh - 2400) <= row.uncertainty_kwh + 24


@pytest.mark.parametrize("unit_wh", [1e3, 1e4, 1e5])
@pytest.mark.parametrize("bits", [16, 32])
def test_a_counter_of_few_bits_runs_over_in_its_unit(warehouse: Warehouse, bits: int, unit_wh: float) -> None:
    """At 11 h, in units of 1 to 100 kWh; the last ones are coarse for a day of 2,400 kWh."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    modulus_wh = 2.0**bits * unit_wh
    until_wh = 1000 * bell(2400).energy_kwh(11)
    shown = [
        (at, (modulus_wh + value - until_wh) // unit_wh * unit_wh % modulus_wh)
        for at, value in register(bell(2400), start_kwh=0)
    ]
    site.readings(site.register(sign=1), shown)
    row = site.day(DAY)
    assert_honest(row, 2400)
    assert "rollover" in row.flags
    assert (row.status == "final") == (unit_wh <= 1e4)


@pytest.mark.parametrize("dead_band_kw", [2.0, 20.0])
def test_power_that_is_sent_when_it_changes(warehouse: Warehouse, dead_band_kw: float) -> None:
    """By more than 2 or 20 kW of 400, or after an hour."""
    site = Site(warehouse, technology="solar", place=EQUATOR)
    sent: list[Reading] = []
    for at, value in power(bell(2400), step_min=1):
        if not sent or abs(value - sent[-1][1]) > 1000 * dead_band_kw or at - sent[-1][0] >= timedelta(hours=1):
            sent.append((at, value))
    site.readings(site.sensor("ac_power", 0, sign=1), sent)
    row = site.day(DAY)
    assert row.produced_kwh is not None
    if row.status == "final":
        assert row.produced_kwh == pytest.approx(2400, rel=0.01)
