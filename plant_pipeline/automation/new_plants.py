"""A plant that became known: what a person is told of it, and which runs compute its recent days.

What belongs here: words and runs. What does not: finding plants (the query `automation/new_plants`), sending
(`alerts`), the sensor.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plant_pipeline.automation.problem_messages import plain_line

_MOST_NAMED: Final = 10
_FEW: Final = 5
_DIGITS: Final = 4  # of a degree: eleven metres


@dataclass(frozen=True, slots=True)
class NewPlant:
    """A plant as the registry has it, with the records that it is known by and the matches that are doubtful.

    `is_new`: not known at all before, else known and now measured for the first time. `capacity_kw` is the AC power, or
    the DC power where only that is known. `needs_days`: it has sensors and no day was computed.
    """

    plant_code: str
    name: str
    technology: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    capacity_kw: float | None
    has_sensors: bool
    needs_days: bool
    is_new: bool
    known_at: datetime
    records: Sequence[str]
    doubts: Sequence[str]

    @property
    def missing(self) -> list[str]:
        """What the registry lacks of it, in words."""
        lacking = {
            "time zone": self.timezone is None,
            "capacity": self.capacity_kw is None,
            "location": self.latitude is None or self.longitude is None,
            "technology": self.technology is None,
            "sensors": not self.has_sensors,
        }
        return [what for what, is_lacking in lacking.items() if is_lacking]


def announcement(plants: Sequence[NewPlant]) -> dict[str, Any]:
    """One message over all of them: `text` is what Slack and Teams show, `plants` is for programs."""
    title = _title(plants)
    known = repr([(own.plant_code, own.known_at) for own in plants])
    lines = [*(_line(plant) for plant in plants[:_MOST_NAMED]), *_rest(plants)]
    return {
        "text": "\n".join([title, *lines]),
        "title": title,
        "problems": [],
        "plants": [_fields(plant) for plant in plants[:_MOST_NAMED]],
        "more": max(len(plants) - _MOST_NAMED, 0),
        "message_id": hashlib.sha256(known.encode()).hexdigest()[:16],
    }


def plants_to_run(plants: Sequence[NewPlant]) -> list[str | None]:
    """The plants whose days are run, each alone; [None] where they are so many that one run takes all."""
    codes = [plant.plant_code for plant in plants if plant.needs_days]
    return list(codes) if len(codes) <= _FEW else [None]


def _title(plants: Sequence[NewPlant]) -> str:
    if len(plants) == 1:
        (own,) = plants
        return (
            f"{'new plant' if own.is_new else 'first data of a known plant'}: {own.plant_code} {plain_line(own.name)}"
        )
    new = sum(own.is_new for own in plants)
    parts = [f"{new} new plant{'s' if new > 1 else ''}"] if new else []
    others = len(plants) - new
    return ", ".join([*parts, *([f"first data of {others} known plant{'s' if others > 1 else ''}"] if others else [])])


def _line(plant: NewPlant) -> str:
    """Who knows it, what and where it is, what is missing."""
    place = [plant.country or ""]
    if plant.latitude is not None and plant.longitude is not None:
        place.append(f"({round(plant.latitude, _DIGITS)}, {round(plant.longitude, _DIGITS)})")
    kind = [plant.technology or "", f"{plant.capacity_kw:,.0f} kW" if plant.capacity_kw is not None else ""]
    where = " ".join(part for part in (*kind, *place) if part)
    parts = [
        f"known by {', '.join(map(plain_line, plant.records))}" if plant.records else "known by no source now",
        where,
    ]
    if plant.missing:
        parts.append(f"missing: {', '.join(plant.missing)}: `plant-pipeline registry show {plant.plant_code}`")
    if plant.doubts:
        parts.append(f"doubtful match: {'; '.join(map(plain_line, plant.doubts))}: `plant-pipeline registry review`")
    return f"- {plant.plant_code} {plain_line(plant.name)}: {'; '.join(part for part in parts if part)}"


def _rest(plants: Sequence[NewPlant]) -> Iterator[str]:
    if len(plants) <= _MOST_NAMED:
        return
    incomplete = sum(bool(own.missing) for own in plants)
    doubtful = sum(bool(own.doubts) for own in plants)
    yield f"- and {len(plants) - _MOST_NAMED} more: `plant-pipeline registry list`"
    yield f"  of all {len(plants)}: {incomplete} lack something, {doubtful} have a doubtful match"


def _fields(plant: NewPlant) -> dict[str, Any]:
    return {
        "plant_code": plant.plant_code,
        "name": plant.name,
        "is_new": plant.is_new,
        "known_by": list(plant.records),
        "technology": plant.technology,
        "capacity_kw": plant.capacity_kw,
        "country": plant.country,
        "latitude": plant.latitude,
        "longitude": plant.longitude,
        "timezone": plant.timezone,
        "missing": plant.missing,
        "doubtful_matches": list(plant.doubts),
    }
