"""What people can say about the registry: the actions, their form, the values they state.

What belongs here: single decisions. What does not: files of them (decisions), what follows from all of them (rulings),
storing them (store).

`link`         the record is the same plant as the other record; `value` = `duplicate`: it repeats one of its source
`unlink`       the record is not the plant of the other record, and leaves it; without another record: it stands alone,
               or, with `valid_from`, is another plant from that local date on, and was its plant until then
`reject`       a proposed match of the two records is wrong; holds like `unlink`. Without another record: a proposed
               split is wrong, the record is the plant that it was
`set`          `field` of the record's plant has `value`, from `valid_from` on (a local date), else from that day on; of
               a `sensor`, whatever rules make of it, `quantity`, `cumulative`, `sign` or (of its meter) `role`
`retire`       the record's plant is out of service, whatever sources say, from `valid_from` on, else from now on
`not_a_plant`  the record is no plant
`meter_change` the meter behind `sensor` was exchanged at `valid_at`: `last_value` of the old, `first_value` of the new
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal, get_args

from plant_pipeline.days import is_zone
from plant_pipeline.registry.equipment.quantity import NO_QUANTITY, UNIT_OF_QUANTITY
from plant_pipeline.registry.places import country_code
from plant_pipeline.registry.records import GOLDEN_FIELDS, RecordKey, written
from plant_pipeline.sources.shapes import Technology

Action = Literal["link", "unlink", "reject", "set", "retire", "not_a_plant", "meter_change"]
ACTIONS: Final = get_args(Action)
# What people may state of a plant beside its golden values: its id at Raptor Maps, and the group it is reported in.
FURTHER_FIELDS: Final = ("farm_id", "group_code")
DUPLICATE: Final = "duplicate"
_TEXTS: Final = ("source_plant_id", "other_source_plant_id", "field", "value", "who", "why", "sensor")
METER_CHANGE_FIELDS: Final = ("sensor", "valid_at", "last_value", "first_value")


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of `registry.decision`, or one to be; `from_crosswalk`: a file of decisions says so, at `line`.

    About a sensor (written SOURCE:ID) where that is given; `source` and `source_plant_id` are empty then.
    """

    action: Action
    source: str
    source_plant_id: str
    who: str
    other_source: str | None = None
    other_source_plant_id: str | None = None
    field: str | None = None
    value: str | None = None
    valid_from: date | None = None
    why: str | None = None
    sensor: str | None = None
    valid_at: datetime | None = None
    last_value: float | None = None
    first_value: float | None = None
    from_crosswalk: bool = False
    decided_at: datetime | None = None
    decision_id: int | None = None
    line: int | None = None

    @property
    def record(self) -> RecordKey:
        """The record it is about."""
        return self.source, self.source_plant_id

    @property
    def other(self) -> RecordKey | None:
        """The other record, if it is about two."""
        if self.other_source is None or self.other_source_plant_id is None:
            return None
        return self.other_source, self.other_source_plant_id

    def content(self) -> tuple[object, ...]:
        """What it says and who says so, without when."""
        return (
            self.action, self.record, self.other, self.field, self.value, self.valid_from, self.who, self.why,
            self.sensor, self.valid_at, self.last_value, self.first_value,
        )  # fmt: skip

    def substance(self) -> tuple[object, ...]:
        """What it says, whoever says so for whatever reason."""
        return replace(self, who="", why=None).content()

    def __str__(self) -> str:
        """In words short enough for a finding."""
        parts = [self.action, self.sensor or written(self.record)]
        parts += [written(self.other)] if self.other else []
        parts += [f"{self.field} = {self.value}"] if self.field else []
        return " ".join(parts) + f" ({self.who})"


# ------------------------------------------------------------------------------------------------------------- values
def _positive(text: str) -> float:
    return _number(text, 0, math.inf)


def _number(text: str, low: float, high: float) -> float:
    expected = f"a number from {low:g} " + ("up" if math.isinf(high) else f"to {high:g}")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(expected) from None
    if not (low <= number <= high) or math.isinf(number):
        raise ValueError(expected)
    return number


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date such as 2026-01-31") from None


def _one_of(allowed: Sequence[str], text: str) -> str:
    if text not in allowed:
        raise ValueError("one of " + ", ".join(allowed))
    return text


def _zone(text: str) -> str:
    if not is_zone(text):
        raise ValueError("an IANA time zone such as Europe/Madrid")
    return text


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise ValueError("an ISO 3166 alpha-3 code such as ESP")
    return code


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "name": str,
    "technology": lambda text: _one_of(get_args(Technology), text),
    "latitude": lambda text: _number(text, -90, 90),
    "longitude": lambda text: _number(text, -180, 180),
    "timezone": _zone,
    "country": _country,
    "capacity_ac_kw": _positive,
    "capacity_dc_kw": _positive,
    "storage_kwh": _positive,
    "commissioned_at": _date,
    **dict.fromkeys(FURTHER_FIELDS, str),
}


SENSOR_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "quantity": (*UNIT_OF_QUANTITY, NO_QUANTITY),
    "cumulative": ("true", "false"),
    "sign": ("1", "-1"),
    "role": ("main", "check"),
}
"""What may be stated of a sensor, and the values."""


def stated_value(field: str, text: str) -> object:
    """The value a `set` decision states, in the type of its column. Raises `ValueError` saying what is expected."""
    return _PARSERS[field](text.strip())


def check_decision(decision: Decision) -> list[str]:
    """What is wrong with the form of a decision, in words; empty if nothing is."""
    problems: list[str] = []
    if decision.action not in ACTIONS:
        return [f"action {decision.action!r} is not one of {', '.join(ACTIONS)}"]
    problems += [
        f"{name} is no text in UTF-8, or has a null character in it"
        for name in _TEXTS
        if not _is_text(getattr(decision, name) or "")
    ]
    if not decision.who.strip():
        problems.append("who is needed: name the person who decided")
    if decision.action == "meter_change" or (decision.action == "set" and decision.sensor is not None):
        of_sensor = _meter_change_problems if decision.action == "meter_change" else _sensor_problems
        return problems + list(of_sensor(decision))
    if any(getattr(decision, name) is not None for name in METER_CHANGE_FIELDS):
        problems.append(f"{decision.action} has no {', '.join(METER_CHANGE_FIELDS)}")
    if not decision.source or not decision.source_plant_id:
        problems.append("source and source_plant_id are needed")
    if (decision.other_source is None) != (decision.other_source_plant_id is None):
        problems.append("other_source and other_source_plant_id go together")
    elif decision.action == "link" and decision.other is None:
        problems.append(f"{decision.action} needs other_source and other_source_plant_id")
    if decision.other == decision.record:
        problems.append("the two records are the same")
    if decision.other is not None and decision.action in ("set", "retire", "not_a_plant"):
        problems.append(f"{decision.action} is about one record: leave other_source and other_source_plant_id empty")
    return problems + list(_value_problems(decision))


def _is_text(text: str) -> bool:
    """Whether the warehouse can keep it: a terminal may send bytes in another encoding."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _name_problems(sensor: str | None) -> Iterator[str]:
    source, _, source_sensor_id = (sensor or "").partition(":")
    if not source or not source_sensor_id:
        yield f"{sensor!r} is no sensor: write SOURCE:ID"


def _sensor_problems(decision: Decision) -> Iterator[str]:
    yield from _name_problems(decision.sensor)
    allowed = SENSOR_FIELDS.get(decision.field or "")
    if allowed is None:
        yield f"field {decision.field!r} of a sensor cannot be set: use one of {', '.join(SENSOR_FIELDS)}"
    elif decision.value not in allowed:
        yield f"{decision.field} = {decision.value!r} is not what is expected: one of {', '.join(allowed)}"
    others = (
        decision.source, decision.source_plant_id, decision.other_source, decision.other_source_plant_id,
        decision.valid_from, decision.valid_at, decision.last_value, decision.first_value,
    )  # fmt: skip
    if any(each not in (None, "") for each in others):
        yield "what is set of a sensor needs sensor, field and value alone"


def _meter_change_problems(decision: Decision) -> Iterator[str]:
    yield from _name_problems(decision.sensor)
    if decision.valid_at is None:
        yield "meter_change needs valid_at, the instant of the exchange"
    for name in ("last_value", "first_value"):
        value = getattr(decision, name)
        if value is not None and not 0 <= value < math.inf:
            yield f"{name} = {value:g} is not what is expected: a number from 0 up"
    others = (
        decision.source, decision.source_plant_id, decision.other_source, decision.other_source_plant_id,
        decision.field, decision.value, decision.valid_from,
    )  # fmt: skip
    if any(others):
        yield "meter_change is about a sensor: leave the columns from source to valid_from empty"


def _value_problems(decision: Decision) -> Iterator[str]:
    if decision.action == "set":
        if decision.field is None or decision.field not in _PARSERS:
            yield f"field {decision.field!r} cannot be set: use one of {', '.join((*GOLDEN_FIELDS, *FURTHER_FIELDS))}"
        elif not (decision.value or "").strip():
            yield f"set {decision.field} needs a value"
        else:
            try:
                stated_value(decision.field, decision.value or "")
            except ValueError as error:
                yield f"{decision.field} = {decision.value!r} is not what is expected: {error}"
    elif decision.field:
        yield f"{decision.action} has no field"
    elif decision.value and (decision.action != "link" or decision.value != DUPLICATE):
        yield f"{decision.action} with value {decision.value!r}: only link has a value, {DUPLICATE!r}"
    is_rebirth = decision.action == "unlink" and decision.other is None
    if decision.valid_from and decision.action not in ("set", "retire") and not is_rebirth:
        yield f"{decision.action} has no valid_from"
