"""One value per field of a plant, chosen from what its records offer, and what was not chosen.

What belongs here: precedence of sources and of people, adding up parts, disagreements worth telling. What does not:
which records belong to the plant (resolve), since when a value holds (history).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from plant_pipeline.days import is_zone
from plant_pipeline.registry.matching.normalise import is_code, is_placeholder
from plant_pipeline.registry.places import (
    Coordinates,
    are_swapped,
    country_code,
    country_of_zone,
    distance_km,
    place_of,
    zone_at,
)
from plant_pipeline.registry.records import (
    GOLDEN_FIELDS,
    FieldKey,
    SourceOrder,
    dc_source_order,
    source_order,
    source_rank,
)
from plant_pipeline.sources.shapes import PlantCandidate

DECISION: Final = "decision"
DERIVED: Final = "derived"
SENSOR_ZONE: Final = "sensor_timezone"  # field of `plant_field`: the commonest zone of one record's sensors
CAPACITY_FIELDS: Final = ("capacity_ac_kw", "capacity_dc_kw", "storage_kwh")

CAPACITY_TOLERANCE: Final = 0.10
PLACE_TOLERANCE_KM: Final = 5.0
_DC_TECHNOLOGIES: Final = ("solar", "hybrid")
_OF_HYBRID: Final = {"solar", "storage", "hybrid", "other"}


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A record of the plant. `is_live`: its source still has it; `is_counted`: its capacity adds to its source's."""

    candidate: PlantCandidate
    is_live: bool = True
    is_counted: bool = True


class Offer(NamedTuple):
    """What a source offers for a field, and whether it was chosen."""

    value: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Golden:
    """The chosen values by field (all of `GOLDEN_FIELDS`), and all offers by field, source and record."""

    values: Mapping[str, object]
    offers: Mapping[FieldKey, Offer]


def golden_values(members: Sequence[Member], stated: Mapping[str, object]) -> Golden:
    """Choose the values of one plant; `stated` is what people say, and wins. `members` is not empty."""
    chooser = _Chooser(members, stated)
    chooser.choose_name()
    chooser.choose_technology()
    chooser.choose_place()
    chooser.choose_zone()
    chooser.choose_country()
    chooser.choose_capacity("capacity_ac_kw")
    technology = chooser.values.get("technology")
    chooser.choose_capacity("capacity_dc_kw", of_dc=True, is_meant=technology in _DC_TECHNOLOGIES)
    chooser.choose_capacity("storage_kwh")
    return chooser.golden()


class _Chooser:
    """Collects the offers of one plant field by field."""

    def __init__(self, members: Sequence[Member], stated: Mapping[str, object]) -> None:
        self._stated = stated
        self._ordered = sorted(members, key=lambda m: _order(m, source_order()))
        self._by_dc_order = sorted(members, key=lambda m: _order(m, dc_source_order()))
        self.values: dict[str, object] = {}
        self._offers: dict[FieldKey, Offer] = {}
        for field, value in stated.items():
            self.values[field] = value
            self._offers[field, DECISION, ""] = Offer(as_text(value), True)

    def golden(self) -> Golden:
        return Golden({field: self.values.get(field) for field in GOLDEN_FIELDS}, self._offers)

    def choose_first(self, field: str, offered: Mapping[Member, object]) -> None:
        """The first offer in the order of sources."""
        first = next((m for m in self._ordered if m in offered), None)
        self._note(field, offered, [first] if first else [])

    def choose_name(self) -> None:
        """The first that speaks, else the first that is no placeholder, else the first."""
        names = {m: m.candidate.name for m in self._ordered}
        telling = {m: name for m, name in names.items() if not is_placeholder(name)}
        speaking = {m: name for m, name in telling.items() if not is_code(name)}
        offered = telling or names
        self._note("name", offered, list(speaking or offered)[:1])

    def choose_technology(self) -> None:
        """Hybrid if any says so or the parts make one, else the first that says more than "other"."""
        offered = {m: m.candidate.technology for m in self._ordered if m.candidate.technology}
        said = set(offered.values())
        if "hybrid" in said:
            chosen = [m for m in self._ordered if offered.get(m) == "hybrid"][:1]
        elif {"solar", "storage"} <= said:
            self._note("technology", offered, [])
            self._derive("technology", "hybrid")
            return
        else:
            chosen = [m for m in self._ordered if m in offered and (offered[m] != "other" or said == {"other"})][:1]
        self._note("technology", offered, chosen)

    def choose_place(self) -> None:
        """Latitude and longitude of one record: the first that has both, unless it has them the wrong way round."""
        places = {m: place for m in self._ordered if (place := place_of(m.candidate))}
        chosen = list(places)[:1]
        mirrored = [m for m in places if are_swapped(places[m], places[chosen[0]])]
        if mirrored and self._witnesses(places[mirrored[0]], places) > self._witnesses(places[chosen[0]], places):
            chosen = mirrored[:1]
        for index, field in enumerate(("latitude", "longitude")):
            self._note(field, {m: place[index] for m, place in places.items()}, chosen)

    def _witnesses(self, place: Coordinates, places: Mapping[Member, Coordinates]) -> int:
        """How many records lie at a place, or say the zone or the country there."""
        zone = zone_at(*place)
        country = country_of_zone(zone)
        near = sum(distance_km(place, own) <= PLACE_TOLERANCE_KM for own in places.values())
        zones = sum(zone in (m.candidate.timezone, commonest(valid_zones(m.candidate))) for m in self._ordered)
        countries = sum(country_code(m.candidate.country) == country is not None for m in self._ordered)
        return near + zones + countries

    def choose_zone(self) -> None:
        """As stated, else the zone at the coordinates on land, else the commonest of the sensors, else that at sea."""
        offered = {m: m.candidate.timezone for m in self._ordered if is_zone(m.candidate.timezone)}
        self.choose_first("timezone", offered)
        votes = {m: zones for m in self._ordered if (zones := valid_zones(m.candidate))}
        elected = commonest([zone for zones in votes.values() for zone in zones])
        latitude, longitude = self.values.get("latitude"), self.values.get("longitude")
        local = zone_at(latitude, longitude) if isinstance(latitude, float) and isinstance(longitude, float) else None
        is_at_sea = local is not None and local.startswith("Etc/")
        derived = (elected or local) if is_at_sea else (local or elected)
        is_voted = "timezone" not in self.values and derived is not None and derived == elected and derived != local
        if derived is not None:
            self._derive("timezone", derived)
        for m, zones in votes.items():
            zone = commonest(zones)
            self._offers[SENSOR_ZONE, *_record(m)] = Offer(zone or "", is_voted and zone == elected)

    def choose_country(self) -> None:
        """As stated, if it is a country, else that of the zone."""
        offered = {m: code for m in self._ordered if (code := country_code(m.candidate.country))}
        self.choose_first("country", offered)
        zone = self.values.get("timezone")
        derived = country_of_zone(zone) if isinstance(zone, str) else None
        if derived is not None:
            self._derive("country", derived)

    def choose_capacity(self, field: str, *, of_dc: bool = False, is_meant: bool = True) -> None:
        """The first source that knows it; parts of one source add up."""
        ordered = self._by_dc_order if of_dc else self._ordered
        offered = {m: float(value) for m in ordered if (value := getattr(m.candidate, field)) is not None and value > 0}
        counted = [m for m in ordered if m in offered and m.is_counted] if is_meant else []
        chosen = [m for m in counted if _group(m) == _group(counted[0])]
        self._note(field, offered, chosen)
        if chosen and field not in self._stated:
            self.values[field] = sum(offered[m] for m in chosen)

    def _note(self, field: str, offered: Mapping[Member, object], chosen: Sequence[Member]) -> None:
        is_open = field not in self._stated
        if chosen and is_open:
            self.values[field] = offered[chosen[0]]
        for m, value in offered.items():
            self._offers[field, *_record(m)] = Offer(as_text(value), is_open and m in chosen)

    def _derive(self, field: str, value: str) -> None:
        is_needed = field not in self.values
        self._offers[field, DERIVED, ""] = Offer(value, is_needed)
        self.values.setdefault(field, value)


def _order(member: Member, order: SourceOrder) -> tuple[bool, tuple[int, str], bool, str]:
    """What the source still has comes before what is gone, sources in order, the counted record of a source first."""
    candidate = member.candidate
    return not member.is_live, source_rank(candidate.source, order), not member.is_counted, candidate.source_plant_id


def _group(member: Member) -> tuple[str, bool]:
    return member.candidate.source, member.is_live


def _record(member: Member) -> tuple[str, str]:
    return member.candidate.source, member.candidate.source_plant_id


def valid_zones(candidate: PlantCandidate) -> list[str]:
    """The zones of a record's sensors that exist."""
    return [zone for zone in candidate.sensor_timezones if is_zone(zone)]


def commonest(zones: Sequence[str]) -> str | None:
    """The one that occurs most often, of several the first by name."""
    if len(set(zones)) == 1:
        return zones[0]
    counts = Counter(zones)
    return min(counts, key=lambda zone: (-counts[zone], zone)) if counts else None


def as_text(value: object) -> str:
    """A value as `plant_field` holds it; floats so that they can be read back exactly."""
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


# ------------------------------------------------------------------------------------------------------- disagreements
def disagreements(
    plant_code: str, name: str, members: Sequence[Member], golden: Golden, now_utc: datetime
) -> list[str]:
    """Where sources that still have the plant contradict the chosen value beyond tolerance, in words.

    Capacity by more than 10 %, place by more than 5 km, another technology, a zone with another offset. What a person
    stated is settled.
    """
    live = [m for m in members if m.is_live]
    open_fields = {field for field in golden.values if (field, DECISION, "") not in golden.offers}
    found = [
        *(_capacity_disagreements(live, golden, [f for f in CAPACITY_FIELDS if f in open_fields])),
        *(_place_disagreements(live, golden) if {"latitude", "longitude"} <= open_fields else ()),
        *(_technology_disagreements(live, golden) if "technology" in open_fields else ()),
        *(_zone_disagreements(live, golden, now_utc) if "timezone" in open_fields else ()),
    ]
    if golden.values["timezone"] is None:
        found.append(
            "no time zone, and so no days: no source gives coordinates or a zone; state it: "
            f"`plant-pipeline registry set {plant_code} timezone Area/City`"
        )
    return [f"{plant_code} {name}: {text}" for text in found]


def _capacity_disagreements(live: Sequence[Member], golden: Golden, fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        chosen = golden.values[field]
        if not isinstance(chosen, float):
            continue
        sums: dict[str, float] = {}
        for m in live:
            value = getattr(m.candidate, field)
            if m.is_counted and value:
                sums[m.candidate.source] = sums.get(m.candidate.source, 0.0) + value
        for source, value in sorted(sums.items()):
            if abs(value - chosen) > CAPACITY_TOLERANCE * chosen:
                yield f"{field} is {chosen:g}, but {source} says {value:g} ({value / chosen - 1:+.0%})"


def _place_disagreements(live: Sequence[Member], golden: Golden) -> Iterator[str]:
    latitude, longitude = golden.values["latitude"], golden.values["longitude"]
    if not (isinstance(latitude, float) and isinstance(longitude, float)):
        return
    for m in live:
        place = place_of(m.candidate)
        distance = distance_km((latitude, longitude), place) if place else 0.0
        if distance > PLACE_TOLERANCE_KM and place is not None:
            is_swap = are_swapped(place, (latitude, longitude))
            reason = (
                ": latitude and longitude look swapped in one of the two: correct them at the source" if is_swap else ""
            )
            yield f"{m.candidate.source} {m.candidate.source_plant_id} places it {distance:.1f} km away{reason}"


def _technology_disagreements(live: Sequence[Member], golden: Golden) -> Iterator[str]:
    chosen = golden.values["technology"]
    for m in live:
        said = m.candidate.technology
        is_part = chosen == "hybrid" and said in _OF_HYBRID
        if said is not None and said not in (chosen, "other") and not is_part:
            yield f"technology is {chosen}, but {m.candidate.source} {m.candidate.source_plant_id} says {said}"


def _zone_disagreements(live: Sequence[Member], golden: Golden, now_utc: datetime) -> Iterator[str]:
    chosen = golden.values["timezone"]
    if not isinstance(chosen, str):
        return
    for who, zone in sorted(zones_said(live, golden)):
        if not have_same_offsets(zone, chosen, now_utc):
            yield f"timezone is {chosen}, but {who} says {zone}, which has another offset"


def zones_said(live: Sequence[Member], golden: Golden) -> set[tuple[str, str]]:
    """Who says which time zone, of those that are not the chosen one: records, their sensors, and the place."""
    offered = {(m.candidate.source, zone) for m in live if is_zone(zone := m.candidate.timezone or "")}
    offered |= {
        (f"{m.candidate.source}'s sensors", zone) for m in live if (zone := commonest(valid_zones(m.candidate)) or "")
    }
    derived = golden.offers.get(("timezone", DERIVED, ""))
    if derived and not derived.value.startswith("Etc/") and derived.value not in {zone for _, zone in offered}:
        offered.add(("the place", derived.value))
    return {(who, zone) for who, zone in offered if zone != golden.values["timezone"]}


def have_same_offsets(one: str, other: str, now_utc: datetime) -> bool:
    """Whether two zones have the same offset now and in half a year."""
    return _offsets(one, now_utc) == _offsets(other, now_utc)


@lru_cache(maxsize=2048)
def _offsets(zone: str, now_utc: datetime) -> list[timedelta | None]:
    """Offset from UTC now and in half a year, which tells summer time rules apart."""
    return [(now_utc + timedelta(days=days)).astimezone(ZoneInfo(zone)).utcoffset() for days in (0, 182)]
