"""The course of one cumulative register: which readings stand, and what was counted between them.

What belongs here: judging one register from its readings alone. What does not: which register is a plant's, the ends
of a day, the estimate of what was lost.

The runs of ordinary steps get the cheapest explanation: runs are left out between two others that continue each other
(spike, dip), or the course breaks between them (rollover, reset, exchange).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plant_pipeline.arrays import Floats
from plant_pipeline.energy.judging.register_runs import (
    FEW_READINGS,
    HOUR_S,
    Bools,
    Ints,
    Manner,
    Runs,
    cut_runs,
    find_cuts,
    is_trifle,
    learn_manner,
    run_length,
)

EventKind = Literal["glitch", "reset", "rollover", "meter_change", "meter_unexplained"]

# What can have been counted meanwhile, as multiples of the rates on both sides (our choice).
_LOCAL_RATES, _CATCH_UP_RATES, _ROLLOVER_SHARE = 2.0, 4.0, 0.75
_STATED_WITHIN_S = HOUR_S
# Decimal counters roll over at a power of ten of their unit (of Wh too, then), binary ones of 16 or 32 bits at their
# size times the unit; a share of the modulus still counts as near (our choice).
_NEAR_MODULUS = 0.01
_BESIDE_S = 2 * HOUR_S
_MODULI_WH = np.array(
    sorted(
        {10.0**exponent for exponent in range(4, 19)}
        | {2.0**bits * 10.0**exponent for bits in (16, 32) for exponent in range(7)}
    )
)

# Prices of an explanation (our choice). Only their order matters: a rollover is cheaper than leaving readings out, that
# than any other break as long as it leaves out no sound course; two breaks are dearer than the longest dip.
# In this order: a stated change, the course goes on, it goes on in a large step, rollover, reset, exchange between two
# runs of more than a few readings, exchange beside fewer.
_KINDS: tuple[EventKind | None, ...] = ("meter_change", None, None, "rollover", "reset", "meter_change", "meter_change")
_PRICES = np.array([0.5, 0.0, 0.1, 2.0, 6.2, 6.7, 9.0])
# Leaving out a stretch of readings: once, and per reading; more per reading that moves or lies where the course passes,
# per run at a break, and at the ends of what is known per reading after the first (few, many).
_LEFT_OUT, _PER_READING, _PER_MOVING, _PER_PASSED, _PER_RUN_AT_BREAK = 4.0, 0.005, 1.5, 4.1, 2.1
_FEW_AT_END, _MANY_AT_END = 0.9, 2.2
# Leaving out a run that goes on where the course before it ended.
_PER_ONWARD = 0.5
# Believing in zeros as the new course of a register that moved, and that a register comes back to 0.
_VOID, _BACK_TO_ZERO = 8.0, 0.2
_MOST_RUNS_LEFT_OUT = 200
# A register that changes its level, or begins anew, more often, and nobody says why, bounces.
_MOST_CHANGES, _MOST_RESETS = 2, 4
# Or one that falls in a larger share of its moves: it turns over between two readings, say.
_MOST_FALLS = 0.25


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A person's statement: the meter was exchanged at `at_s`; the old one's last and the new one's first value."""

    at_s: float
    last_wh: float | None
    first_wh: float | None


@dataclass(frozen=True, slots=True)
class RegisterEvent:
    """One departure from a steady rise: from the last reading that stands (at `from_s`) to the odd one (at `at_s`).

    A glitch is one reading that is left out, and gains nothing. The other kinds are breaks between two readings that
    stand; `gained_wh` is what is certain of the energy of that step, `is_declared`: a person stated the exchange.
    """

    kind: EventKind
    from_s: float
    at_s: float
    before_wh: float
    after_wh: float
    gained_wh: float
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class RegisterCourse:
    """`stands`, per reading: it lies on the course (else it is left out, never deleted).

    Per reading that stands: `gained_wh`, what was counted since the one before that stands (first: 0), and `is_lost`:
    the step to it holds a break whose true energy is not known, of which `gained_wh` is what is certain. `perhaps_wh`:
    what would have been counted beyond it, if it is the readings left out before it that are right.
    """

    stands: Bools
    gained_wh: Floats
    is_lost: Bools
    perhaps_wh: Floats
    events: tuple[RegisterEvent, ...]


def judge_register(
    at_s: Floats,
    value_wh: Floats,
    *,
    rating_w: float | None,
    usual_w: float | None,
    changes: Sequence[MeterChange] = (),
) -> RegisterCourse:
    """The course of a register from readings in order of time (distinct seconds since 1970, Wh).

    `rating_w` is the highest possible rate, `usual_w` the highest mean power that the device showed between two
    readings of its last 30 days; None: unknown. A device that keeps up more than either disproves it.
    """
    if at_s.size == 0:
        return RegisterCourse(np.zeros(0, np.bool_), np.zeros(0), np.zeros(0, np.bool_), np.zeros(0), ())
    manner = learn_manner(at_s, value_wh, rating_w, usual_w)
    manner = replace(manner, rollover_wh=_learn_rollover_wh(at_s, value_wh, manner))
    is_cut = find_cuts(at_s, value_wh, manner)
    stated = _place(changes, at_s, is_cut)
    is_cut[list(stated)] = True
    runs = cut_runs(at_s, value_wh, is_cut, manner.interval_s)
    is_stated = np.isin(runs.first, list(stated))
    return _course(at_s, value_wh, runs, _cheapest(runs, value_wh, is_stated, manner), stated, manner)


def _place(changes: Sequence[MeterChange], at_s: Floats, is_cut: Bools) -> dict[int, list[MeterChange]]:
    """By reading, the stated changes that lie before it.

    People state a change less exactly than the register shows it: an odd step within an hour of it is the one.
    """
    stated: dict[int, list[MeterChange]] = {}
    cuts = np.flatnonzero(is_cut)
    for change in changes:
        index = int(np.searchsorted(at_s, change.at_s))
        if cuts.size and index not in cuts:
            away_s = np.maximum(at_s[cuts - 1] - change.at_s, change.at_s - at_s[cuts])
            index = int(cuts[np.argmin(away_s)]) if away_s.min() <= _STATED_WITHIN_S else index
        if 0 < index < at_s.size:
            stated.setdefault(index, []).append(change)
    return stated


def _cheapest(runs: Runs, value_wh: Floats, is_stated: Bools, manner: Manner) -> list[tuple[int, EventKind | None]]:
    """The cheapest explanation: the runs that stand, each with the break before it (None: the course goes on).

    A dynamic programme over the runs, each of which stands or is left out as a whole.
    """
    best, unseen = _end_prices(runs, value_wh)
    came_from = np.full(best.size, -1)
    kinds: list[EventKind | None] = [None] * best.size
    readings = runs.last - runs.first + 1
    onward = np.cumsum(_is_onward(runs, manner))
    continued = np.zeros(best.size)  # readings, up to a run, of runs that continue the one before them
    for run in range(1, best.size):
        since = max(run - _MOST_RUNS_LEFT_OUT, 0)
        is_stated_between = np.cumsum(is_stated[since + 1 : run + 1][::-1])[::-1] > 0
        prices, kind = _link_prices(runs.part(since, run), runs.part(run, run + 1), is_stated_between, manner)
        continued[run] = continued[run - 1]
        totals = best[since:run] + prices + _PER_MOVING * (continued[run - 1] - continued[since + 1 : run + 1])
        totals += _PER_ONWARD * (onward[run - 1] - onward[since:run])
        continued[run] += readings[run] if _KINDS[kind[-1]] is None else 0
        nearest = int(np.argmin(totals))
        if totals[nearest] < best[run]:
            best[run], came_from[run], kinds[run] = totals[nearest], since + nearest, _KINDS[kind[nearest]]
    run = int(np.argmin(best + unseen))
    standing = []
    while run >= 0:
        standing.append((run, kinds[run]))
        run = int(came_from[run])
    return standing[::-1]


def _is_onward(runs: Runs, manner: Manner) -> Bools:
    """Per run, whether it goes on where the last run before it ended that moved: no wrong reading does so by chance."""
    moving = np.where(runs.end_wh > runs.start_wh, np.arange(runs.first.size), -1)
    before = np.maximum.accumulate(moving)
    before = np.concatenate(([-1], before[:-1]))
    rise_wh = runs.start_wh - runs.end_wh[before]
    is_ordinary = (rise_wh > 0) & (rise_wh <= manner.ordinary_wh(runs.start_s - runs.end_s[before]))
    return np.asarray((before >= 0) & is_ordinary, np.bool_)


def _end_prices(runs: Runs, value_wh: Floats) -> tuple[Floats, Floats]:
    """Per run, the price of leaving out all that comes before it, and all that comes after it.

    Zeros beside a register that moves are no course of their own.
    """
    before, after = runs.first, value_wh.size - 1 - runs.last
    is_void_before = (before <= run_length(value_wh == 0)) & ~(runs.start_w <= 0)
    is_void_after = (after <= run_length(value_wh[::-1] == 0)) & ~(runs.end_w <= 0)
    return (
        _left_out_price(before, np.where(is_void_before, 0.0, _end_soundness(before))),
        _left_out_price(after, np.where(is_void_after, 0.0, _end_soundness(after))),
    )


def _end_soundness(readings: Ints) -> Floats:
    few = np.clip(readings - 1, 0, 2 * FEW_READINGS)
    return _FEW_AT_END * few + _MANY_AT_END * (readings - 1 - few)


def _left_out_price(readings: Ints, soundness: NDArray[np.floating]) -> Floats:
    return np.where(readings > 0, _LEFT_OUT + _PER_READING * readings + soundness, 0.0)


def _link_prices(earlier: Runs, run: Runs, is_stated_between: Bools, manner: Manner) -> tuple[Floats, Ints]:
    """Per earlier run, the price of letting `run` follow it with all between left out, and as what (see `_KINDS`)."""
    rise_wh = run.start_wh - earlier.end_wh
    elapsed_s = run.start_s - earlier.end_s
    left_out = run.first - earlier.last - 1
    is_up = rise_wh >= -manner.rounding_wh
    local_wh = _local_wh(earlier, run, manner)
    continued_wh = np.where(left_out > 0, np.maximum(local_wh, manner.large_wh), manner.ordinary_wh(elapsed_s))
    possible_wh = np.maximum(manner.possible_wh(elapsed_s), _catch_up_wh(earlier, run, manner))
    conditions = [
        is_stated_between,
        is_up & (rise_wh <= continued_wh),
        is_up & (rise_wh <= possible_wh) & (left_out == 0),
        ~is_up & (_modulus_wh(earlier.end_wh, manner) + rise_wh <= _ROLLOVER_SHARE * local_wh),
        ~is_up & (run.start_wh >= 0) & (run.start_wh <= local_wh),
        np.minimum(earlier.last - earlier.first, run.last - run.first) >= FEW_READINGS,
    ]
    kind = np.select(conditions, list(range(len(conditions))), len(conditions))
    void = np.where(run.is_void & ~is_up & ~(earlier.end_w <= 0), _VOID, 0.0)
    void += np.where((run.start_wh == 0) & (left_out > 0), _BACK_TO_ZERO, 0.0)
    return _PRICES[kind] + void + _left_out_price(left_out, _soundness(earlier, run, kind > 3)), kind


def _soundness(earlier: Runs, run: Runs, is_break: Bools) -> Floats:
    """Per earlier run, the price of how sound that looks which lies between: runs that move like a register, and
    readings where a continued course passes anyway (at a break: each run).
    """
    passed = np.triu((earlier.start_wh >= earlier.end_wh[:, None]) & (earlier.end_wh <= run.start_wh), 1)
    passed_price = _PER_PASSED * (passed @ np.asarray(earlier.last - earlier.first + 1, np.float64))
    runs_between = np.arange(is_break.size)[::-1]
    moving_price = _PER_MOVING * np.asarray(run.steps_before - earlier.steps_until, np.float64)
    return moving_price + np.where(is_break, _PER_RUN_AT_BREAK * runs_between, passed_price)


def _local_wh(earlier: Runs, run: Runs, manner: Manner) -> Floats:
    """The most that can have been counted from one run to the next, by the rates on both sides."""
    local_w: Floats = np.fmax(earlier.end_w, run.start_w)
    local_w = np.minimum(np.where(np.isnan(local_w), manner.own_w, _LOCAL_RATES * local_w), manner.highest_w)
    elapsed_s = np.maximum(run.start_s - earlier.end_s, manner.interval_s)
    return local_w * elapsed_s / HOUR_S + 2 * manner.resolution_wh


def _catch_up_wh(earlier: Runs, run: Runs, manner: Manner) -> Floats:
    """The most that a register stuck since its last move can have to make up for, if it moves again then."""
    moving_w = np.minimum(_CATCH_UP_RATES * np.fmax(earlier.moving_w, run.start_w), manner.highest_w)
    return np.where(run.start_w > 0, moving_w * (run.start_s - earlier.moved_s) / HOUR_S, 0.0)


def _modulus_wh(value_wh: Floats, manner: Manner) -> Floats:
    """The size at which a register near it rolls over, infinite if it is near none and was not seen to do so often."""
    above = _modulus_above(value_wh)
    return np.where(above - value_wh <= _NEAR_MODULUS * above, above, manner.rollover_wh)


def _modulus_above(value_wh: Floats) -> Floats:
    above: Floats = _MODULI_WH[np.minimum(np.searchsorted(_MODULI_WH, value_wh, side="right"), _MODULI_WH.size - 1)]
    return above


def _learn_rollover_wh(at_s: Floats, value_wh: Floats, manner: Manner) -> float:
    """The modulus above all readings if more than a few falls, and most of all, are ordinary rises beyond it.

    Infinite if there is none, and if the register can get half as far from one reading to the next: then it can have
    turned over unseen.
    """
    modulus_wh = float(_modulus_above(value_wh.max()))
    rises_wh, ordinary_wh = np.diff(value_wh), manner.ordinary_wh(np.diff(at_s))
    is_fall = rises_wh < -manner.rounding_wh
    is_rollover = is_fall & (modulus_wh + rises_wh <= ordinary_wh) & (ordinary_wh < modulus_wh / 2)
    enough = max(FEW_READINGS, is_fall.sum() / 2)
    return modulus_wh if is_rollover.sum() > enough else float("inf")


def _course(
    at_s: Floats,
    value_wh: Floats,
    runs: Runs,
    standing_runs: Sequence[tuple[int, EventKind | None]],
    stated: dict[int, list[MeterChange]],
    manner: Manner,
) -> RegisterCourse:
    stands = np.zeros(at_s.size, np.bool_)
    for run, _ in standing_runs:
        stands[runs.first[run] : runs.last[run] + 1] = True
    standing = np.flatnonzero(stands)
    gained_wh = np.maximum(np.diff(value_wh[standing], prepend=value_wh[standing[0]]), 0.0)
    is_lost = np.zeros(standing.size, np.bool_)
    events = _glitches(at_s, value_wh, stands)
    breaks = [(int(np.searchsorted(standing, runs.first[run])), kind) for run, kind in standing_runs if kind]
    turns_unseen = manner.rollover_wh == np.inf and _falls_often(value_wh, manner)
    if turns_unseen or manner.rollover_wh < np.inf:
        is_lost = np.diff(standing, prepend=standing[0]) > 1
    lengths = np.diff([0, *(position for position, _ in breaks), standing.size])
    unstated, resets = [], []
    for number, (position, kind) in enumerate(breaks):
        before, after = int(standing[position - 1]), int(standing[position])
        declared = [change for index in range(before + 1, after + 1) for change in stated.get(index, [])]
        pair = _event(kind, at_s, value_wh, before, after)
        if (kind == "reset" or turns_unseen) and not declared:
            resets.append(len(events))
        if kind == "meter_change" and not declared:
            unstated.append(len(events))
            is_proven = min(lengths[number : number + 2]) > FEW_READINGS and is_trifle(value_wh[before + 1 : after])
            pair = pair if is_proven else replace(pair, kind="meter_unexplained")
        gained_wh[position], is_unsure = _gained(pair, declared, manner)
        is_lost[position] |= is_unsure
        events.append(replace(pair, gained_wh=float(gained_wh[position]), is_declared=bool(declared)))
    bouncing = turns_unseen or len(unstated) > _MOST_CHANGES or len(resets) > _MOST_RESETS
    for index in (*unstated, *resets) if bouncing else ():
        events[index] = replace(events[index], kind="meter_unexplained")
    perhaps_wh = _perhaps_wh(at_s, value_wh, standing, manner)
    return RegisterCourse(stands, gained_wh, is_lost, perhaps_wh, tuple(sorted(events, key=lambda event: event.at_s)))


def _perhaps_wh(at_s: Floats, value_wh: Floats, standing: Ints, manner: Manner) -> Floats:
    """Per reading that stands, what those left out before it would come to beyond it.

    Only where they go on from the course before them, or into the one after them, at the rate of the hours around: then
    the fall between is as well an exchange of the meter.
    """
    perhaps_wh = np.zeros(standing.size)
    for position in (1 + np.flatnonzero(np.diff(standing) > 1)).tolist():
        before, after = int(standing[position - 1]), int(standing[position])
        rises_wh, seconds = np.diff(value_wh[before : after + 1]), np.diff(at_s[before : after + 1])
        first = int(np.searchsorted(at_s[standing], at_s[before] - _BESIDE_S))
        last = int(np.searchsorted(at_s[standing], at_s[after] + _BESIDE_S, side="right")) - 1
        earlier, later = int(standing[min(first, position - 1)]), int(standing[max(last, position)])
        local_w = max(_rate_w(at_s, value_wh, earlier, before), _rate_w(at_s, value_wh, after, later))
        is_ordinary = (rises_wh >= 0) & (
            rises_wh <= _LOCAL_RATES * local_w * seconds / HOUR_S + 2 * manner.resolution_wh
        )
        for fall, others in ((-1, is_ordinary[:-1]), (0, is_ordinary[1:])):
            if local_w > 0 and rises_wh[fall] < 0 and others.all():
                perhaps_wh[position] = local_w * seconds[fall] / HOUR_S - rises_wh[fall]
    return perhaps_wh


def _rate_w(at_s: Floats, value_wh: Floats, first: int, last: int) -> float:
    """The mean rate from one reading to another."""
    seconds = at_s[last] - at_s[first]
    return float((value_wh[last] - value_wh[first]) / seconds * HOUR_S) if seconds > 0 else 0.0


def _falls_often(value_wh: Floats, manner: Manner) -> bool:
    rises_wh = np.diff(value_wh)
    moves = rises_wh[np.abs(rises_wh) > manner.rounding_wh]
    return bool(np.count_nonzero(moves < 0) > max(_MOST_RESETS, _MOST_FALLS * moves.size))


def _gained(event: RegisterEvent, changes: Sequence[MeterChange], manner: Manner) -> tuple[float, bool]:
    """What is certain of the energy of a break, and whether more may have been lost."""
    if event.kind == "rollover":
        return float(_modulus_wh(np.array(event.before_wh), manner)) - event.before_wh + event.after_wh, False
    if event.kind == "reset":
        return event.after_wh, True
    if len(changes) != 1:
        return 0.0, True
    last_wh, first_wh = changes[0].last_wh, changes[0].first_wh
    parts_wh = [
        *([] if last_wh is None else [last_wh - event.before_wh]),
        *([] if first_wh is None else [event.after_wh - first_wh]),
    ]
    possible_wh = manner.possible_wh(np.array(event.at_s - event.from_s))
    if any(part < -manner.rounding_wh for part in parts_wh) or sum(parts_wh) > possible_wh:
        return 0.0, True  # the statement contradicts the readings
    return max(sum(parts_wh), 0.0), len(parts_wh) < 2


def _glitches(at_s: Floats, value_wh: Floats, stands: Bools) -> list[RegisterEvent]:
    """What is left out; before the first reading that stands, each odd one is told from itself."""
    indices = np.arange(stands.size)
    last_standing = np.maximum.accumulate(np.where(stands, indices, -1))
    from_ = np.where(last_standing < 0, indices, last_standing)
    return [_event("glitch", at_s, value_wh, int(from_[odd]), int(odd)) for odd in np.flatnonzero(~stands)]


def _event(kind: EventKind, at_s: Floats, value_wh: Floats, before: int, after: int) -> RegisterEvent:
    return RegisterEvent(
        kind, float(at_s[before]), float(at_s[after]), float(value_wh[before]), float(value_wh[after]), 0.0
    )
