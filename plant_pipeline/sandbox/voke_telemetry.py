"""What Voke's gateways send: a point of every metric each five minutes, raw or in buckets, and the latest of each.

What belongs here: metrics and their points. What does not: routes, refusals (voke.py), what a plant produces.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np

from plant_pipeline.sandbox.answers import Json, iso
from plant_pipeline.sandbox.noise import Floats, between, smooth, word
from plant_pipeline.sandbox.plants import DATA, Record, TruePlant, record_id
from plant_pipeline.sandbox.production import ANCHOR_S, METER_LOSS, STEP_S, register_kwh, steps

BUCKETS_S: Final = {"1 minute": 60, "5 minutes": 300, "15 minutes": 900, "1 hour": 3600, "1 day": 86_400}


def load_kw(plant: TruePlant, times_s: Floats) -> Floats:
    """What is consumed behind the plant's meter at each instant."""
    return (
        float(DATA["voke"]["load_share"])
        * plant.capacity_ac_kw
        * (0.5 + smooth(word(plant.key, "load"), times_s, 3600.0))
    )


def _power_kw(plant: TruePlant, times_s: Floats) -> Floats:
    """Power at instants on the grid of steps: between the means of the steps before and after."""
    begin_s = int(times_s[0]) - STEP_S
    means = steps(plant, "meter_kw", begin_s, (int(times_s[-1]) - begin_s) // STEP_S + 1)
    around = ((times_s - begin_s) // STEP_S).astype(np.int64)
    between_means: Floats = (means[around - 1] + means[around]) / 2
    return between_means


def _inverter_kw(plant: TruePlant, times_s: Floats) -> Floats:
    """One of two inverters alike, before the losses up to the meter."""
    return np.maximum(_power_kw(plant, times_s), 0.0) / (1.0 - METER_LOSS) / 2


def _register_kwh(plant: TruePlant, times_s: Floats) -> Floats:
    return register_kwh(plant, times_s) + round(between(1e5, 1e6, plant.key, "voke register"), 1)


_METRICS: Final[Mapping[str, tuple[str, Callable[[TruePlant, Floats], Floats]]]] = {
    "fvePowerKw": ("kW", lambda plant, times_s: np.maximum(_power_kw(plant, times_s), 0.0)),
    "gridPowerKw": ("kW", lambda plant, times_s: load_kw(plant, times_s) - _power_kw(plant, times_s)),
    "consumptionPowerKw": ("kW", load_kw),
    "activePowerKw": ("kW", _inverter_kw),
    "productionRegisterKwh": ("kWh", _register_kwh),
}


def latest(record: Record, plant: TruePlant | None, now: datetime) -> list[Json]:
    """The latest point of every metric."""
    at_s = np.array([now.timestamp() // STEP_S * STEP_S])
    return [row for name in _sent(record, plant) for row in _rows(record, plant, name, at_s)]


def history(
    record: Record, plant: TruePlant | None, metric: str | None, from_s: float, to_s: float, bucket_s: int | None
) -> list[Json]:
    """The points from one instant to another, of one metric or all; of a bucket the mean, at its begin."""
    times_s = np.arange(max(-(-from_s // STEP_S) * STEP_S, ANCHOR_S + STEP_S), to_s + 1, STEP_S)
    if not len(times_s):
        return []
    chosen = [name for name in _sent(record, plant) if metric in (None, name.partition("/")[2])]
    return [row for name in chosen for row in _rows(record, plant, name, times_s, bucket_s)]


def _sent(record: Record, plant: TruePlant | None) -> list[str]:
    return list(record.get("telemetry", ())) if plant is not None else []


def _rows(
    record: Record, plant: TruePlant | None, name: str, times_s: Floats, bucket_s: int | None = None
) -> Iterator[Json]:
    assert plant is not None  # noqa: S101 -- nothing is sent without a plant
    device, _, metric = name.partition("/")
    unit, course = _METRICS[metric]
    values = course(plant, times_s)
    if bucket_s is not None:
        begins_s, first = np.unique(times_s // bucket_s * bucket_s, return_index=True)
        values = np.add.reduceat(values, first) / np.diff([*first, len(values)])
        times_s = begins_s
    of_device = {"subDeviceId": record_id("voke-device", f"{record['id']}:{device}"), "externalId": device}
    for at_s, value in zip(times_s.tolist(), values.tolist(), strict=True):
        yield {
            "time": iso(datetime.fromtimestamp(at_s, UTC)),
            "plant_id": record["id"],
            "metric": metric,
            "value": round(value, 4),
            "unit": unit,
            "metadata": {} if device == "-" else of_device,
        }
