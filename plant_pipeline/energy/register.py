"""The energy a cumulative register counted between two instants, whatever happened to the register in between.

What belongs here: judging the course of one register. What does not: which register is a plant's, the warehouse.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

LONGEST_GLITCH = 3
"""Most successive readings off the register's course that are taken for a fault of the transmission (our choice)."""

READINGS_BEFORE = LONGEST_GLITCH + 1
READINGS_AFTER = LONGEST_GLITCH + 2
"""How many readings before, and from an instant on, decide what the register did there."""

_SHORTEST_TIME_OF_RISE_S = 3600.0
_MOST_JUMPS = 2
_ROUNDING = 1e-12
# Shares of the modulus, and of the value before a reset, that still count as near (our choice).
_NEAR_MODULUS = 0.01
_NEAR_ZERO = 0.1
_DECIMAL_SIZES = tuple(10.0**exponent for exponent in range(1, 19))
_BINARY_SIZES = tuple(size * 10.0**exponent for size in (2.0**16, 2.0**32) for exponent in range(7))

EventKind = Literal["rollover", "reset", "glitch", "unexplained"]


class RegisterReading(NamedTuple):
    """The counter at an instant (seconds since 1970). `is_next`: it is the reading right after the one before it here.

    Readings between two in a list may be left out if the register rose steadily there.
    """

    at_s: float
    value_wh: float
    is_next: bool


@dataclass(frozen=True, slots=True)
class RegisterEvent:
    """One departure from a steady rise: from the last sound reading (at `from_s`) to the odd one (at `at_s`).

    `gained_wh` is what counts as energy of that step; 0 for a glitch, whose readings are passed over.
    """

    kind: EventKind
    from_s: float
    at_s: float
    before_wh: float
    after_wh: float
    gained_wh: float


@dataclass(frozen=True, slots=True)
class RegisterEnergy:
    """`energy_wh`, or in `null_reason` why it is not known. `start_wh` and `end_wh`: the register at both instants,
    counted on from its first reading here as if it had never fallen; None: not readable there.
    """

    energy_wh: float | None
    null_reason: Literal["meter_unexplained", "low_completeness"] | None
    start_wh: float | None
    end_wh: float | None
    events: tuple[RegisterEvent, ...] = ()


def register_energy(
    readings: Sequence[RegisterReading], start_s: float, end_s: float, reach_s: float, max_power_w: float | None
) -> RegisterEnergy:
    """Energy between two instants from readings in order of time, which reach beyond both ends where they can.

    At an instant without a reading the register lies on the line between the two readings around it, if those are at
    most `reach_s` apart; else the energy is not known (`low_completeness`). `max_power_w` is the highest possible rate,
    None if unknown: then any rise is possible and only a glitch, or a reset to exactly 0, explains a fall.
    """
    course, events = _follow(readings, max_power_w, max_power_w)
    if sum(event.kind == "unexplained" and event.after_wh > event.before_wh for event in events) > _MOST_JUMPS:
        # A meter that exceeds the highest rate again and again disproves the rate, which is the plant's capacity.
        course, events = _follow(readings, max_power_w, None)
    start_wh, end_wh = _at(course, start_s, reach_s), _at(course, end_s, reach_s)
    inside = tuple(event for event in events if event.from_s < end_s and event.at_s > start_s)
    if any(event.kind == "unexplained" for event in inside):
        return RegisterEnergy(None, "meter_unexplained", start_wh, end_wh, inside)
    if start_wh is None or end_wh is None:
        return RegisterEnergy(None, "low_completeness", start_wh, end_wh, inside)
    return RegisterEnergy(end_wh - start_wh, None, start_wh, end_wh, inside)


def _at(course: Sequence[tuple[float, float]], at_s: float, reach_s: float) -> float | None:
    index = bisect_left(course, (at_s, float("-inf")))
    if index < len(course) and course[index][0] == at_s:
        return course[index][1]
    if index in (0, len(course)):
        return None
    (before_s, before_wh), (after_s, after_wh) = course[index - 1], course[index]
    if after_s - before_s > reach_s:
        return None
    return before_wh + (after_wh - before_wh) * (at_s - before_s) / (after_s - before_s)


def _follow(
    readings: Sequence[RegisterReading], max_power_w: float | None, max_rise_w: float | None
) -> tuple[list[tuple[float, float]], list[RegisterEvent]]:
    """The sound readings as (instant, Wh counted on), and the events between them."""
    sound: list[RegisterReading] = []
    course: list[tuple[float, float]] = []
    events: list[RegisterEvent] = []
    index = 0
    while index < len(readings):
        reading = readings[index]
        if not sound or _is_possible(sound[-1], reading, max_rise_w):
            _accept(sound, course, reading)
            index += 1
            continue
        back = _return_to_course(sound[-1], readings, index, max_rise_w)
        if back is not None:
            events += [_event("glitch", sound[-1], odd) for odd in readings[index:back]]
            index = back
            continue
        if len(sound) > 1 and _is_spike(sound[-2], sound[-1], reading, max_rise_w):
            events.append(_event("glitch", sound[-2], sound.pop()))
            course.pop()
            continue
        if index == len(readings) - 1:
            break  # nothing after it tells a glitch from a new course: as if it had not come yet
        event = _explain(sound[-1], reading, max_power_w)
        events.append(event)
        _accept(sound, course, reading, event.gained_wh)
        index += 1
    return course, events


def _accept(
    sound: list[RegisterReading],
    course: list[tuple[float, float]],
    reading: RegisterReading,
    gained_wh: float | None = None,
) -> None:
    if not sound:
        course.append((reading.at_s, reading.value_wh))
    else:
        rise_wh = max(reading.value_wh - sound[-1].value_wh, 0.0) if gained_wh is None else gained_wh
        course.append((reading.at_s, course[-1][1] + rise_wh))
    sound.append(reading)


def _is_possible(before: RegisterReading, after: RegisterReading, max_rise_w: float | None) -> bool:
    """Whether the register can have risen from one reading to the next.

    What a register shows may lag or move in coarse steps, so a rise is compared with an hour at the highest rate.
    """
    rise_wh = after.value_wh - before.value_wh
    if rise_wh < -_ROUNDING * abs(before.value_wh):
        return False
    if max_rise_w is None or not after.is_next:
        return True
    return rise_wh <= max_rise_w * max(after.at_s - before.at_s, _SHORTEST_TIME_OF_RISE_S) / 3600


def _return_to_course(
    last: RegisterReading, readings: Sequence[RegisterReading], index: int, max_rise_w: float | None
) -> int | None:
    """The first reading after a few odd ones that continues from the last sound one."""
    for later in range(index + 1, min(index + 1 + LONGEST_GLITCH, len(readings))):
        if not readings[later].is_next:
            return None
        if _is_possible(last, readings[later], max_rise_w):
            return later
    return None


def _is_spike(before: RegisterReading, top: RegisterReading, after: RegisterReading, max_rise_w: float | None) -> bool:
    """Whether the last sound reading was itself the odd one: out of reach from below, and left again at once."""
    if max_rise_w is None or not top.is_next:
        return False
    highest_wh = max_rise_w * (top.at_s - before.at_s) / 3600
    return top.value_wh - before.value_wh > highest_wh and _is_possible(before, after, max_rise_w)


def _explain(before: RegisterReading, after: RegisterReading, max_power_w: float | None) -> RegisterEvent:
    """A fall that stays: the register rolled over at its modulus, began anew near zero, or did the inexplicable."""
    highest_wh = (max_power_w or 0.0) * (after.at_s - before.at_s) / 3600
    if 0 <= after.value_wh < before.value_wh:
        modulus_wh = _next_modulus(before.value_wh)
        to_modulus_wh = modulus_wh - before.value_wh
        if to_modulus_wh <= _NEAR_MODULUS * modulus_wh and to_modulus_wh + after.value_wh <= highest_wh:
            return _event("rollover", before, after, to_modulus_wh + after.value_wh)
        if after.value_wh <= _NEAR_ZERO * before.value_wh and after.value_wh <= highest_wh:
            return _event("reset", before, after, after.value_wh)
    return _event("unexplained", before, after)


def _next_modulus(value_wh: float) -> float:
    """The least value above this one at which a register may roll over.

    Decimal counters roll over at a power of ten of their unit (of Wh too, then), binary ones of 16 or 32 bits at their
    size times the unit.
    """
    return min(
        (size_wh for sizes in (_DECIMAL_SIZES, _BINARY_SIZES) for size_wh in sizes if size_wh > value_wh),
        default=float("inf"),
    )


def _event(kind: EventKind, before: RegisterReading, after: RegisterReading, gained_wh: float = 0.0) -> RegisterEvent:
    return RegisterEvent(kind, before.at_s, after.at_s, before.value_wh, after.value_wh, gained_wh)
