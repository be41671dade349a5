"""What one method says of a plant's energy on a day: the shape, and how measurements become one.

What belongs here: one series or several added up. What does not: which series count (meters.py, producers.py), which
method is chosen (status.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from plant_pipeline.energy.measurement import Measured

Method = Literal["register_difference", "interval_energy", "power_integral", "inverter_sum"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""Best first."""

KEEP_COMPLETENESS: Final = 1 / 3
"""Below it an energy is not told (keep-threshold of pvanalytics)."""

FINAL_COMPLETENESS: Final = 0.90
"""From it on an energy is final (our choice)."""

REASONS: Final = ("meter_unexplained", "inconsistent_inputs", "missing_parameter", "low_completeness", "no_data")
"""Why a candidate has no energy, the most telling first."""

_SLACK = 1e-9  # a third of a day, summed from its readings, is not below a third of it
_DECIMALS_KWH = 6  # a milliwatt-hour: below it, sums of floats differ with the order of the rows


@dataclass(frozen=True, slots=True)
class Candidate:
    """The energy by one method, or why there is none. `completeness` is what the thresholds are compared with."""

    method: Method
    produced_kwh: float | None
    reverse_kwh: float | None
    coverage: float
    data_completeness: float
    daylight_completeness: float | None
    completeness: float
    null_reason: str | None
    sensor_ids: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the energy is known well enough to be final."""
        return self.produced_kwh is not None and self.completeness >= FINAL_COMPLETENESS - _SLACK


def to_kwh(energy_wh: float) -> float:
    """kWh as they are stored."""
    return round(energy_wh / 1000, _DECIMALS_KWH) + 0.0  # no negative zero


def candidate_of(method: Method, measured: Measured) -> Candidate:
    """The candidate of a single series."""
    reason = measured.null_reason
    if reason is None and contradicts_itself([measured]):
        reason = "inconsistent_inputs"
    elif reason is None and is_too_little(measured.completeness):
        reason = "low_completeness"
    return Candidate(
        method=method,
        produced_kwh=None if reason or measured.forward_wh is None else to_kwh(measured.forward_wh),
        reverse_kwh=None if measured.reverse_wh is None else to_kwh(measured.reverse_wh),
        coverage=measured.coverage,
        data_completeness=measured.data_completeness,
        daylight_completeness=measured.daylight_completeness,
        completeness=measured.completeness,
        null_reason=reason,
        sensor_ids=(measured.series.sensor_id,),
    )


def is_too_little(completeness: float) -> bool:
    """Whether too little of the time is known for a figure to be told."""
    return completeness < KEEP_COMPLETENESS - _SLACK


def contradicts_itself(measured: Iterable[Measured]) -> bool:
    """Whether series of unstated sign show more consumption than production (for sun-driven plants: by daylight)."""
    return sum(one.bright_wh for one in measured) < 0


def total(method: Method, parts: Sequence[Candidate]) -> Candidate:
    """The sum over parts that are all needed."""
    if len(parts) == 1:
        return parts[0]
    reason = first_reason(part.null_reason for part in parts)
    daylight = [part.daylight_completeness for part in parts if part.daylight_completeness is not None]
    return Candidate(
        method=method,
        produced_kwh=None if reason else sum(part.produced_kwh or 0.0 for part in parts),
        reverse_kwh=_sum_of_known([part.reverse_kwh for part in parts]),
        coverage=min(part.coverage for part in parts),
        data_completeness=min(part.data_completeness for part in parts),
        daylight_completeness=min(daylight, default=None),
        completeness=min(part.completeness for part in parts),
        null_reason=reason,
        sensor_ids=tuple(sensor_id for part in parts for sensor_id in part.sensor_ids),
    )


def first_reason(reasons: Iterable[str | None]) -> str | None:
    """The most telling of several reasons; None if there is none."""
    return min((reason for reason in reasons if reason), key=REASONS.index, default=None)


def choose(candidates: Sequence[Candidate]) -> Candidate | None:
    """The best method whose energy is complete, else the best that has an energy, else the one that says why not.

    A fall of the main meter that nothing explains is not passed over in favour of another method.
    """
    ordered = sorted(candidates, key=lambda candidate: METHODS.index(candidate.method))
    for candidate in ordered:
        if candidate.method == "register_difference" and candidate.null_reason == "meter_unexplained":
            return candidate
    known = [candidate for candidate in ordered if candidate.produced_kwh is not None]
    if known:
        return next((candidate for candidate in known if candidate.is_complete), known[0])
    return min(ordered, key=lambda candidate: REASONS.index(candidate.null_reason or REASONS[-1]), default=None)


def _sum_of_known(values: Sequence[float | None]) -> float | None:
    return None if any(value is None for value in values) else sum(value or 0.0 for value in values)
