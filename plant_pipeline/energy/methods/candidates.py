"""What one method says of a plant's energy on a day: the shape, how measurements become one, and which one is chosen.

What belongs here: one series or several added up, methods held against each other. What does not: which series count
(meters.py, producers.py), the row of the warehouse (status.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from plant_pipeline.energy.measuring.estimates import NOTHING_MISSING, Missing
from plant_pipeline.energy.measuring.measurement import Measured
from plant_pipeline.energy.series.sensors import Series

Method = Literal[
    "register_difference", "interval_energy", "power_integral", "inverter_sum", "voke_telemetry", "voke_sampled"
]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""Best first."""

KEEP_COMPLETENESS: Final = 1 / 3
"""Below it an energy is not told (keep-threshold of pvanalytics)."""

FINAL_COMPLETENESS: Final = 0.90
"""From it on a day is complete (our choice)."""

FINAL_SHARE: Final = 0.01
"""An energy is final if what its gaps may hide is at most this share of it ..."""

CALM_SHARE: Final = 0.0002
"""... or this share of what the capacity gives in the day: a calm day is not provisional for ever (our choice)."""

TRIFLE_SHARE: Final = 0.1
"""A difference that the calm of a day allows is at most this share of the energies compared (our choice)."""

AGREEMENT: Final = 0.02
"""Largest difference between two measurements of the same energy, as a share of the larger (our choice)."""

TERMINAL_LOSSES: Final = 0.02
"""Of the energy: so much may be lost between the devices and the meter (our choice)."""

REASONS: Final = (
    "meter_unexplained", "inconsistent_inputs", "missing_parameter", "low_completeness", "source_day_not_local",
    "no_data",
)  # fmt: skip
"""Why a candidate has no energy, the most telling first."""

METHODS_DISAGREE: Final = "methods_disagree"
BROKEN_REGISTER: Final = frozenset({"meter_unexplained", "meter_change", "reset", "stuck"})

_SLACK = 1e-9  # a third of a day, summed from its readings, is not below a third of it
_DECIMALS_KWH = 6  # a milliwatt-hour: below it, sums of floats differ with the order of the rows


@dataclass(slots=True)
class Candidate:
    """The energy by one method, or why there is none.

    `completeness` is what the thresholds are compared with. `gap_kwh` is the best estimate of what was produced while
    nothing valid was measured, `uncertainty_kwh` the half width of the 95 % interval of both together; None: not to be
    told. `is_doubtful`: not final unless another method says the same.
    """

    method: Method
    produced_kwh: float | None
    reverse_kwh: float | None
    coverage: float
    data_completeness: float
    daylight_completeness: float | None
    completeness: float
    null_reason: str | None
    sensor_ids: tuple[int, ...]
    gap_kwh: float | None = None
    uncertainty_kwh: float | None = None
    flags: tuple[str, ...] = ()
    is_doubtful: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether enough of the day was measured for sums and ratios over days."""
        return self.produced_kwh is not None and self.completeness >= FINAL_COMPLETENESS - _SLACK

    @property
    def whole_kwh(self) -> float | None:
        """Measured and estimated energy together."""
        if self.produced_kwh is None or self.gap_kwh is None or self.uncertainty_kwh is None:
            return None
        return self.produced_kwh + self.gap_kwh

    def is_final(self, calm_kwh: float) -> bool:
        """Whether the energy is as good as it will get: see FINAL_SHARE; `calm_kwh` is the share of the capacity."""
        whole_kwh = self.whole_kwh
        if whole_kwh is None or self.gap_kwh is None or self.uncertainty_kwh is None or not self.is_complete:
            return False
        if self.is_doubtful or METHODS_DISAGREE in self.flags or "meter_unexplained" in self.flags:
            return False
        return self.gap_kwh + self.uncertainty_kwh <= max(FINAL_SHARE * whole_kwh, calm_kwh) + _SLACK


def to_kwh(energy_wh: float) -> float:
    """kWh as they are stored."""
    return round(energy_wh / 1000, _DECIMALS_KWH) + 0.0 if energy_wh else 0.0  # no negative zero


def candidate_of(method: Method, measured: Measured, missing: Missing) -> Candidate:
    """The candidate of a single series; `missing` is what was produced in its gaps."""
    reason, completeness = measured.null_reason, measured.completeness
    if reason is None and is_too_little(completeness):
        reason = "low_completeness"
    is_known = reason is None and measured.forward_wh is not None
    return Candidate(
        method=method,
        produced_kwh=to_kwh(measured.forward_wh or 0.0) if is_known else None,
        reverse_kwh=None if reason or measured.reverse_wh is None else to_kwh(measured.reverse_wh),
        coverage=measured.coverage,
        data_completeness=measured.data_completeness,
        daylight_completeness=measured.daylight_completeness,
        completeness=completeness,
        null_reason=reason,
        sensor_ids=(measured.series.sensor_id,),
        gap_kwh=to_kwh(missing.energy_wh) if is_known and missing.energy_wh is not None else None,
        uncertainty_kwh=to_kwh(missing.half_width_wh) if is_known and missing.energy_wh is not None else None,
        flags=(*measured.flags, "gap_estimated") if missing.energy_wh else measured.flags,
        is_doubtful=measured.is_doubtful,
    )


def is_too_little(completeness: float) -> bool:
    """Whether too little of the time is known for a figure to be told."""
    return completeness < KEEP_COMPLETENESS - _SLACK


def total(method: Method, parts: Sequence[Candidate]) -> Candidate:
    """The sum over parts that are all needed; its sensors are not told if those of a part are not."""
    if len(parts) == 1:
        return parts[0] if parts[0].method == method else replace(parts[0], method=method)
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
        sensor_ids=tuple(sensor_id for part in parts for sensor_id in part.sensor_ids)
        if all(part.sensor_ids for part in parts)
        else (),
        gap_kwh=None if reason else _sum_of_known([part.gap_kwh for part in parts]),
        uncertainty_kwh=None if reason else _sum_of_known([part.uncertainty_kwh for part in parts]),
        flags=tuple(dict.fromkeys(flag for part in parts for flag in part.flags)),
        is_doubtful=any(part.is_doubtful for part in parts),
    )


def first_reason(reasons: Iterable[str | None]) -> str | None:
    """The most telling of several reasons; None if there is none."""
    return min((reason for reason in reasons if reason), key=REASONS.index, default=None)


def _sum_of_known(values: Sequence[float | None]) -> float | None:
    return None if any(value is None for value in values) else sum(value or 0.0 for value in values)


# -- methods against each other --
def compared(candidates: Sequence[Candidate], calm_kwh: float) -> tuple[list[Candidate], list[str]]:
    """The candidates, those flagged that another one contradicts, and in words which contradict each other.

    Two contradict each other if they lie further apart than 2 % of the larger, and than both their uncertainties allow.
    A register at a standstill while another method says that there was energy is flagged as stuck.
    """
    if len(candidates) < 2:
        return list(candidates), []
    flagged: dict[Method, list[str]] = {}
    findings = []
    for index, candidate in enumerate(candidates):
        for other in candidates[index + 1 :]:
            if _disagree(candidate, other, calm_kwh):
                findings.append(
                    f"{_says(candidate)}, but {_says(other)}: not final until they agree; look for a silent device, a "
                    "meter that stands still or a wrong unit"
                )
                for own, against in ((candidate, other), (other, candidate)):
                    flagged.setdefault(own.method, []).append(METHODS_DISAGREE)
                    if _is_stuck(own, against, calm_kwh):
                        flagged[own.method].append("stuck")
    return [
        replace(
            candidate,
            flags=tuple(dict.fromkeys((*candidate.flags, *flagged.get(candidate.method, ())))),
            is_doubtful=candidate.is_doubtful
            and not any(_confirms(other, candidate, calm_kwh) for other in candidates),
        )
        for candidate in candidates
    ], findings


def _confirms(other: Candidate, one: Candidate, calm_kwh: float) -> bool:
    """Whether another method says the same, by itself surely enough to tell."""
    is_sound = other.method != one.method and other.is_complete and not other.is_doubtful
    return is_sound and _is_sure(other, calm_kwh) and not _disagree(one, other, calm_kwh)


def _is_sure(candidate: Candidate, calm_kwh: float) -> bool:
    """Whether a method is sure enough by itself to say of another one whether it is right."""
    whole_kwh = candidate.whole_kwh
    return whole_kwh is not None and _open_kwh(candidate) <= max(AGREEMENT * whole_kwh, calm_kwh)


def _disagree(one: Candidate, other: Candidate, calm_kwh: float) -> bool:
    one_kwh, other_kwh = one.whole_kwh, other.whole_kwh
    if one_kwh is None or other_kwh is None:
        return False
    both_kwh = (one.uncertainty_kwh or 0.0) + (other.uncertainty_kwh or 0.0)
    larger_kwh = max(one_kwh, other_kwh)
    return abs(one_kwh - other_kwh) > max(AGREEMENT * larger_kwh, both_kwh, _trifle_kwh(larger_kwh, calm_kwh))


def _trifle_kwh(energy_kwh: float, calm_kwh: float) -> float:
    """What hardly counts beside an energy; a capacity stated far too high does not make it large."""
    return min(calm_kwh, TRIFLE_SHARE * energy_kwh)


def _is_stuck(one: Candidate, against: Candidate, calm_kwh: float) -> bool:
    trifle_kwh = _trifle_kwh(against.produced_kwh or 0.0, calm_kwh)
    is_still = one.method == "register_difference" and (one.produced_kwh or 0.0) <= trifle_kwh
    return is_still and (against.produced_kwh or 0.0) > trifle_kwh


def _says(candidate: Candidate) -> str:
    kwh, gap_kwh = candidate.whole_kwh or 0.0, candidate.gap_kwh or 0.0
    estimated = f", {gap_kwh:.1f} of them estimated for gaps" if gap_kwh else ""
    return f"{candidate.method.replace('_', ' ')} says {kwh:.1f} kWh{estimated}"


def choose(candidates: Sequence[Candidate], calm_kwh: float) -> Candidate | None:
    """The candidate that tells the energy.

    The best method that is final; of those that contradict each other the best too, but a register that stands still or
    had a break loses against a method that is complete. Otherwise the one that leaves least open; of the sum of devices
    the losses up to a meter that measured the day are open as well.
    """
    if len(candidates) == 1:
        return candidates[0]
    ordered = sorted(candidates, key=lambda candidate: METHODS.index(candidate.method))
    known = [candidate for candidate in ordered if candidate.produced_kwh is not None]
    if not known:
        return min(ordered, key=lambda candidate: REASONS.index(candidate.null_reason or REASONS[-1]), default=None)
    complete = [own for own in known if own.is_complete]
    usable = complete or known
    sound = [own for own in usable if not _is_discredited(own)] or usable
    settled = [own for own in sound if own.is_final(calm_kwh) or METHODS_DISAGREE in own.flags]
    best = next(iter(settled), None) or min(sound, key=_open_kwh)
    if best.method == "inverter_sum" and METHODS_DISAGREE not in best.flags:
        return min(sound, key=_open_at_meter_kwh)
    return best


def _is_discredited(candidate: Candidate) -> bool:
    flags = set(candidate.flags)
    return candidate.method == "register_difference" and METHODS_DISAGREE in flags and bool(BROKEN_REGISTER & flags)


def _open_kwh(candidate: Candidate) -> float:
    if candidate.gap_kwh is None or candidate.uncertainty_kwh is None:
        return float("inf")
    return candidate.gap_kwh + candidate.uncertainty_kwh


def _open_at_meter_kwh(candidate: Candidate) -> float:
    lost_kwh = TERMINAL_LOSSES * (candidate.whole_kwh or 0.0) if candidate.method == "inverter_sum" else 0.0
    return _open_kwh(candidate) + lost_kwh


# -- devices --
@dataclass(frozen=True, slots=True)
class DeviceView:
    """What telling a device's energy needs beside its series: what each did not measure, and a calm day's energy."""

    missing: Mapping[int, Missing] = field(default_factory=dict)
    calm_kwh: float = 0.0

    def candidates(self, own: Sequence[Measured]) -> dict[Method, Candidate]:
        """The candidates of one device, held against each other."""
        return {candidate.method: candidate for candidate in self._compared(own)[0]}

    def _compared(self, own: Sequence[Measured]) -> tuple[list[Candidate], list[str]]:
        if len(own) == 1:
            return [self._of_series(own[0])], []
        alike = [self._of_alike(series) for series in _by_method(own).values()]
        found = sorted((candidate for candidate, _ in alike), key=lambda candidate: METHODS.index(candidate.method))
        candidates, contradictions = compared(found, self.calm_kwh)
        return candidates, [*(text for _, texts in alike for text in texts), *contradictions]

    def _of_alike(self, series: Sequence[Measured]) -> tuple[Candidate, list[str]]:
        """What the best of several series of one kind says, held against the others, and which contradict it.

        One that is final alone, as it counts in finer steps, speaks for all that it agrees with.
        """
        best = _best(series)
        candidate = self._of_series(best)
        texts, final = [], []
        for rival in series:
            other = self._of_series(rival)
            if rival is best or not other.is_complete:
                continue
            if _disagree(candidate, other, self.calm_kwh):
                texts.append(
                    f"{_says(candidate)} by sensor {best.series.sensor_id}, but {_says(other)} by sensor "
                    f"{rival.series.sensor_id}: not final until they agree; look for a wrong unit"
                )
            elif candidate.is_doubtful and not other.is_doubtful and _is_sure(other, self.calm_kwh):
                candidate = replace(candidate, is_doubtful=False)
            if other.is_final(self.calm_kwh):
                final.append(other)
        if final and not texts and not candidate.is_final(self.calm_kwh):
            candidate = final[0]
        if texts:
            candidate = replace(candidate, flags=tuple(dict.fromkeys((*candidate.flags, METHODS_DISAGREE))))
        return candidate, texts

    def _of_series(self, own: Measured) -> Candidate:
        return candidate_of(method_of(own.series), own, self.missing.get(own.series.sensor_id, NOTHING_MISSING))

    def rivalries(self, own: Sequence[Measured]) -> list[str]:
        """In words, which series of one device contradict each other though they are of one kind."""
        alike = [self._of_alike(series) for series in _by_method(own).values()]
        return [f"{own[0].series.equipment_name}: {text}" for _, texts in alike for text in texts]

    def contradictions(self, own: Sequence[Measured]) -> list[str]:
        """In words, which methods of one device contradict each other."""
        return [f"{own[0].series.equipment_name}: {text}" for text in self._compared(own)[1]]

    def choice(self, own: Sequence[Measured]) -> Candidate | None:
        """What one device says, by the best of its methods."""
        return choose(self._compared(own)[0], self.calm_kwh)


def _by_method(measured: Iterable[Measured]) -> dict[Method, list[Measured]]:
    found: dict[Method, list[Measured]] = defaultdict(list)
    for own in measured:
        found[method_of(own.series)].append(own)
    return found


def method_of(series: Series) -> Method:
    """What energy from one series is called."""
    if series.is_power:
        return "power_integral"
    return "register_difference" if series.kind == "register" else "interval_energy"


def _best(measured: Sequence[Measured]) -> Measured:
    """Of several series of the same thing, the one that knows most; the oldest sensor of equals."""
    return max(measured, key=lambda one: (one.forward_wh is not None, one.completeness, -one.series.sensor_id))
