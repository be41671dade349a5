"""What instruments do in the real world is a line of data each."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from plant_pipeline.sandbox.noise import Floats
from plant_pipeline.sandbox.plants import Quirk, named_plants
from plant_pipeline.sandbox.readings import values
from plant_pipeline.sandbox.world import World

# A whole day at Velvary, and its 6 hours from 14:00 to 20:00 local time.
MIDNIGHT = datetime(2026, 6, 20, 22, tzinfo=UTC)
NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
AFTERNOON = slice(14 * 12, 20 * 12)


def _day(device: str, curve: str, *quirks: Quirk) -> Floats:
    plant = replace(named_plants()[0], quirks=quirks)
    signals = World([plant]).signals.values()
    signal = next(s for s in signals if s.asset.plant is plant and (s.asset.name, s.curve) == (device, curve))
    return values(signal, int(MIDNIGHT.timestamp()), 300, 288, 2e9)


@pytest.mark.parametrize("factor", [0.0, 1.08, 40.0], ids=["dead", "biased", "spike"])
def test_a_factor_on_one_device_for_a_while(factor: float) -> None:
    quirk = Quirk(device="WS-1", curve="poa_w_per_m2", hours=(14, 20), factor=factor)
    plain, found = _day("WS-1", "poa_w_per_m2"), _day("WS-1", "poa_w_per_m2", quirk)
    expected = plain.copy()
    expected[AFTERNOON] *= factor
    assert found == pytest.approx(expected, abs=0.5)
    assert (_day("WS-1", "ghi_w_per_m2", quirk) == _day("WS-1", "ghi_w_per_m2")).all()


def test_an_inverter_that_dies() -> None:
    found = _day("INV-02", "ac_kw", Quirk(device="INV-02", hours=(14, 24), is_silent=True))
    assert np.flatnonzero(np.isnan(found)).tolist() == list(range(14 * 12, 288))


def test_a_register_that_sleeps_at_night() -> None:
    found = _day("MTR-1", "register_kwh", Quirk(curve="register_kwh", hours=(22, 5), is_silent=True))
    assert np.flatnonzero(np.isnan(found)).tolist() == [*range(5 * 12), *range(22 * 12, 288)]


def test_an_exchanged_meter_begins_at_zero() -> None:
    found = _day("MTR-1", "register_kwh", Quirk(curve="register_kwh", at=NOON, loses=1.0))
    before, after = found[14 * 12 - 1], found[14 * 12]
    assert (after, before > 1_000_000) == (0, True)
    plain = _day("MTR-1", "register_kwh")
    assert np.diff(found)[14 * 12 :] == pytest.approx(np.diff(plain)[14 * 12 :], abs=1e-5)


def test_a_new_meter_begins_at_its_own_value() -> None:
    found = _day("MTR-1", "register_kwh", Quirk(curve="register_kwh", at=NOON, loses=1.0, begins_kwh=54.3))
    assert found[14 * 12] == pytest.approx(54.3)


def test_one_value_is_shown_on_each_fourth_day() -> None:
    """2026-06-21 lies 133 days before 2026-11-01."""
    for every_days, count in ((7, 1), (4, 0)):
        quirk = Quirk(device="MTR-1", curve="meter_kw", every_days=every_days, hours=(12, 12.05), shows=65_535.0)
        assert np.count_nonzero(_day("MTR-1", "meter_kw", quirk) == 65_535.0) == count


def test_what_stands_still_is_missing_at_the_meter_too() -> None:
    whole = _day("MTR-1", "meter_kw")
    found = _day("MTR-1", "meter_kw", Quirk(device="-", hours=(14, 20), stands_still=0.5))
    assert found[AFTERNOON].sum() / whole[AFTERNOON].sum() == pytest.approx(0.5, abs=0.01)


def test_a_clock_that_strays_reads_once_for_each_step() -> None:
    plant = replace(named_plants()[0], quirks=(Quirk(curve="register_kwh", jitter_min=2),))
    signals = World([plant]).signals.values()
    signal = next(s for s in signals if s.curve == "register_kwh" and s.asset.plant is plant)
    found = values(signal, int(MIDNIGHT.timestamp()) - 120, 60, 24 * 60, 2e9)
    at_min = np.flatnonzero(~np.isnan(found)) - 2
    assert np.array_equal((at_min + 2) // 5, np.arange(288))
    assert set((at_min - 5 * np.arange(288)).tolist()) == {-2, -1, 0, 1, 2}
