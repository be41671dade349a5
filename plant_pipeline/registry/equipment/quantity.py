"""What one sensor measures, told from its name, unit and resolution and from the device it sits on.

What belongs here: the decision for a single sensor; the words are in `sensor_rules.toml`. What does not: the kinds of
devices, comparing sensors with each other (classify.py), which meter counts (main_meter.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from plant_pipeline.registry.equipment.rules import Exclusion, Words, rules, words_of
from plant_pipeline.sources.shapes import SensorFact
from plant_pipeline.units import CANONICAL_UNITS, conversion

PRODUCTION_QUANTITIES = frozenset({"ac_power", "production_energy"})
ONE_DAY = timedelta(days=1)

_DIRECTIONS = ("production", "consumption", "import", "export", "grid")
_ENERGY_BY_DIRECTION = {
    "production": "production_energy",
    "consumption": "consumption_energy",
    "import": "import_energy",
    "export": "export_energy",
}
_POWER_BY_DIRECTION = {"production": "ac_power", "consumption": "consumption_power", "grid": "grid_power"}
_MERGED_DIRECTIONS = {
    frozenset({"grid", "import"}): "import",
    frozenset({"grid", "consumption"}): "import",
    frozenset({"import", "consumption"}): "import",
    frozenset({"grid", "import", "consumption"}): "import",
    frozenset({"grid", "export"}): "export",
    frozenset({"grid", "production"}): "export",
    frozenset({"export", "production"}): "export",
    frozenset({"grid", "export", "production"}): "export",
    frozenset({"import", "export"}): "grid",
    frozenset({"grid", "import", "export"}): "grid",
}

UNIT_OF_QUANTITY: Final[Mapping[str, str]] = {
    **dict.fromkeys((*_POWER_BY_DIRECTION.values(), "dc_power"), "W"),
    **dict.fromkeys(_ENERGY_BY_DIRECTION.values(), "Wh"),
    **{rule.quantity: rule.unit for rule in rules().quantities},
}
"""The vocabulary of `registry.sensor.quantity`, with the canonical unit of each."""

NO_QUANTITY: Final = "none"
"""Stated of a sensor that is not to be used."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sensor's quantity, or why it has none.

    `is_explicit`: the sensor's own name says so, not merely its device. `is_settled`: nobody has anything to do about
    the finding.
    """

    quantity: str | None
    finding: str | None = None
    is_explicit: bool = True
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class SensorPlace:
    """Where a sensor sits: the kind of device, its name and its source's word for its type."""

    equipment_type: str
    name: Words
    source_type: Words
    is_plant: bool

    @property
    def role(self) -> str | None:
        """Which way energy is counted here if a sensor's name does not say it; None: cannot be told."""
        if self.equipment_type in ("inverter", "turbine"):
            return "production"
        if self.equipment_type == "meter":
            return self._role_by_name("production")
        if self.equipment_type == "other":
            is_generating = rules().has("generation", self.source_type)
            if self.is_plant:
                return "production" if is_generating else None
            return self._role_by_name("production" if is_generating else None)
        return None

    def _role_by_name(self, otherwise: str | None) -> str | None:
        if self.is_plant:
            return otherwise
        if rules().has("not_producing", self.name):
            return None
        found = _directions(self.name)
        if found == {"production", "grid"}:
            return None  # "Solar Farm Grid Meter": of the farm, or of the production?
        return _merged(found) if found else otherwise


def measured(sensor: SensorFact, place: SensorPlace) -> Verdict:
    """What the sensor measures (the vocabulary of `registry.sensor.quantity`), or why that cannot be told."""
    words = words_of(sensor.name)
    converted = conversion(sensor.unit)
    unit = converted[0] if converted else None
    for exclusion in rules().exclusions:
        if _applies(exclusion, words if unit else words_of(f"{sensor.name} {sensor.unit}"), unit, sensor, place):
            return Verdict(None, exclusion.finding, is_settled=exclusion.is_settled)
    if unit is None:
        return Verdict(
            None,
            f"the unit {sensor.unit!r} is none of those used here ({', '.join(CANONICAL_UNITS)} and their multiples): "
            "not used; correct it at the source if it measures one of them",
        )
    if unit == "Wh" and not sensor.resolution and truth_of(sensor.attributes.get("cumulative")) is False:
        return Verdict(
            None,
            "energy without an interval (resolution 0) that is said not to be cumulative: give it its resolution, or "
            "set the attribute cumulative to true, at the source",
        )
    if unit in ("W", "Wh"):
        stated = sensor.attributes.get("direction")
        return (
            _by_direction(str(stated), unit, place) if stated in _DIRECTIONS else _power_or_energy(words, unit, place)
        )
    return _by_words(words, unit, place)


def is_reference(sensor: SensorFact) -> bool:
    """Whether it holds one value a day or less: computed elsewhere, compared with, never an input."""
    return sensor.resolution >= ONE_DAY


def truth_of(value: object) -> bool | None:
    """True and false as attributes write them: JSON, text or number; None: not stated."""
    spelled = str(value).strip().casefold()
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(spelled)


def _applies(exclusion: Exclusion, words: Words, unit: str | None, sensor: SensorFact, place: SensorPlace) -> bool:
    if (exclusion.units and unit not in exclusion.units) or (exclusion.is_of_unknown_unit and unit):
        return False
    if exclusion.equipment_types and place.equipment_type not in exclusion.equipment_types:
        return False
    if exclusion.skips_references and is_reference(sensor):
        return False
    if exclusion.terms is not None and not exclusion.terms.occur_in(words):
        return False
    return not any(rules().has(group, words) for group in exclusion.unless)


# -- power and energy --
def _power_or_energy(words: Words, unit: str, place: SensorPlace) -> Verdict:
    if place.equipment_type == "weather_station":
        return Verdict(None, "power or energy of a weather station is not the plant's: not used", is_settled=True)
    has_ac, has_dc = rules().has("ac", words), rules().has("dc", words)
    if has_ac and has_dc:
        return Verdict(None, "the name says both AC and DC; leave the right one at the source")
    if place.equipment_type == "inverter" and not has_ac:
        has_dc = has_dc or rules().has("dc_input", words)
    if has_dc or (place.equipment_type == "combiner" and not has_ac):
        return _direct_current(unit)
    found = _directions(words)
    if found:
        return _by_direction(_merged(found), unit, place)
    left = _not_understood(words, place)
    if left:
        return Verdict(
            None,
            f"the name says more than is understood here ({' '.join(left)}); if this is the plant's or the device's "
            "production, put 'production' or 'ac' into the name at the source",
        )
    if place.equipment_type == "combiner":
        return Verdict("ac_power") if unit == "W" else _by_direction(None, unit, place)
    verdict = _by_direction(place.role, unit, place)
    return Verdict(verdict.quantity, verdict.finding, is_explicit=has_ac)


def _direct_current(unit: str) -> Verdict:
    if unit == "W":
        return Verdict("dc_power")
    return Verdict(None, "energy on the DC side is not production delivered: not used", is_settled=True)


def _directions(words: Words) -> frozenset[str]:
    return frozenset(direction for direction in _DIRECTIONS if rules().has(direction, words))


def _merged(found: frozenset[str]) -> str | None:
    """One direction of the several a name may mention; None if they contradict each other."""
    return next(iter(found)) if len(found) == 1 else _MERGED_DIRECTIONS.get(found)


def _by_direction(direction: str | None, unit: str, place: SensorPlace) -> Verdict:
    if place.equipment_type in ("inverter", "turbine") and direction != "production":
        return Verdict(
            None, "not this device's production; what flows to or from the grid or a load belongs to a meter: not used"
        )
    if direction is None:
        return Verdict(
            None,
            "neither the name nor the device says whether this is production, consumption or exchange with the grid; "
            "put 'production', 'consumption', 'import' or 'export' into the name at the source",
        )
    quantity = (_POWER_BY_DIRECTION if unit == "W" else _ENERGY_BY_DIRECTION).get(direction)
    if quantity:
        return Verdict(quantity)
    if unit == "W":
        return Verdict(
            None,
            f"{direction} power is one direction of the grid's power: only the signed one is used",
            is_settled=True,
        )
    return Verdict(
        None, "energy exchanged with the grid, without its direction: put 'import' or 'export' into the name"
    )


def _not_understood(words: Words, place: SensorPlace) -> tuple[str, ...]:
    """Words of the name, but for numbers, that are neither neutral nor the device's own; () if one reading has none."""
    known = {*place.name.split, *place.name.joined, *place.source_type.split}
    kind = rules().equipment_types.get(place.equipment_type)
    remains: tuple[str, ...] = ()
    for tokens in (words.joined, words.split):
        remains = tokens
        for terms in (rules().terms["neutral"], rules().terms["ac"], rules().terms["total"], kind):
            remains = terms.leave_of(remains) if terms else remains
        remains = tuple(word for word in remains if word not in known and not word.isdigit())
        if not remains:
            return ()
    return remains


# -- all other quantities --
def _by_words(words: Words, unit: str, place: SensorPlace) -> Verdict:
    allowed = [
        rule
        for rule in rules().quantities
        if rule.unit == unit and (not rule.equipment_types or place.equipment_type in rule.equipment_types)
    ]
    found = [rule.quantity for rule in allowed if rule.terms.occur_in(words)]
    is_explicit = bool(found)
    if not found and place.equipment_type == "weather_station" and not place.is_plant:
        found = [rule.quantity for rule in allowed if rule.terms.occur_in(place.name)]
    if not found:
        found = [rule.quantity for rule in allowed if place.equipment_type in rule.default_for]
    if len(found) == 1:
        return Verdict(found[0], is_explicit=is_explicit)
    choices = found or [rule.quantity for rule in allowed]
    if len(choices) < 2:
        used = f"only {choices[0]}" if choices else "nothing"
        return Verdict(None, f"{used} is used in {unit} of a device of this kind", is_settled=True)
    return Verdict(
        None,
        f"the name does not say whether it is {' or '.join(choices)}; name it so at the source if it is one of them",
    )
