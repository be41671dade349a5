"""What instruments do in the real world is a line of data each."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from plant_pipeline.sandbox.noise import Floats
from plant_pipeline.sandbox.plants import Quirk, named_plants
from plant_pipeline.sandbox.readings import values
from plant_pipeline.sandbox.world import World

# A whole day at Velvary, and its 6 hours from 14:00 to 20:00 local time, which are 12:00 to 18:00 UTC.
MIDNIGHT = datetime(2026, 6, 20, 22, tzinfo=UTC)
NOON, EVENING = datetime(2026, 6, 21, 12, tzinfo=UTC), datetime(2026, 6, 21, 18, tzinfo=UTC)
AFTERNOON = slice(14 * 12, 20 * 12)


def _day(device: str, curve: str, *quirks: Quirk) -> Floats:
    plant = replace(named_plants()[0], quirks=quirks)
    signals = World([plant]).signals.values()
    signal = next(s for s in signals if s.asset.plant is plant and (s.asset.name, s.curve) == (device, curve))
    return values(signal, int(MIDNIGHT.timestamp()), 300, 288, 2e9)


@pytest.mark.parametrize("factor", [0.0, 1.08, 40.0], ids=["dead", "biased", "spike"])
def test_a_factor_on_one_device_for_a_while(factor: float) -> None:
    quirk = Quirk(device="WS-1", curve="poa_w_per_m2", since=NOON, until=EVENING, factor=factor)
    plain, found = _day("WS-1", "poa_w_per_m2"), _day("WS-1", "poa_w_per_m2", quirk)
    expected = plain.copy()
    expected[AFTERNOON] *= factor
    assert found == pytest.approx(expected, abs=0.5)
    assert (_day("WS-1", "ghi_w_per_m2", quirk) == _day("WS-1", "ghi_w_per_m2")).all()


def test_an_inverter_that_dies() -> None:
    found = _day("INV-02", "ac_kw", Quirk(device="INV-02", since=NOON, is_silent=True))
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
