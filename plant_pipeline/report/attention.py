"""What of a report needs a person, the most pressing first.

What belongs here: which facts are work, in which order, in words, with the command that helps. What does not: reading,
layout.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from plant_pipeline.report.comparison import DayComparison, shortfall_kwh, standing_of
from plant_pipeline.report.fleet_days import CERTIFICATE_DAYS, Certificate, Conflict, OpenProblem
from plant_pipeline.report.headline import Headline, ReportPlant
from plant_pipeline.report.texts import energy, reason_text, words

MOST_NAMED = 8
_MISTRUSTED = ("methods_disagree", "above_capacity", "device_silent", "gap_estimated")

Level = Literal["alarm", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Work:
    """One thing for a person: `text` says what, `names` of what (all of them), `command` shows or mends it.

    `section`: the id of the part of the page that has the particulars, if any.
    """

    level: Level
    text: str
    names: Sequence[str] = ()
    command: str | None = None
    section: str | None = None
    plants: Sequence[ReportPlant] = field(default=())


def work_of(
    headline: Headline,
    compared: Mapping[str, DayComparison],
    conflicts: Sequence[Conflict],
    certificates: Sequence[Certificate],
    problems: Sequence[OpenProblem] = (),
) -> list[Work]:
    """Alarms first, then what is to be looked at, then what is only to be known; in each what costs most first."""
    found = [
        *_problems(problems),
        *_sources(headline),
        *_delivery(headline),
        *_without_energy(headline),
        *_low(headline, compared),
        *_mistrusted(headline),
        *_certificates(certificates),
        *_registry(headline, conflicts),
        *_waiting(headline),
    ]
    return sorted(found, key=lambda own: ("alarm", "warn", "note").index(own.level))


def _problems(problems: Sequence[OpenProblem]) -> Iterator[Work]:
    new = [f"{own.subject}: {own.message}" for own in problems if own.acknowledged_by is None]
    if new:
        text = f"{_count(len(new), 'problem')} that nobody has acknowledged"
        yield Work("alarm", text, new, "problems list", "problems")
    known = [f"{own.subject}: {own.message}" for own in problems if own.acknowledged_by is not None]
    if known:
        text = f"{_count(len(known), 'problem')} that somebody knows of"
        yield Work("note", text, known, "problems list", "problems")


def _sources(headline: Headline) -> Iterator[Work]:
    failed = headline.failed_streams
    if failed:
        names = [
            f"{own.source} {words(own.entity)}: {words(own.state)}{f' – {own.message}' if own.message else ''}"
            for own in failed
        ]
        yield Work("alarm", f"{_count(len(failed), 'source stream')} failed in the latest run", names, "doctor")


def _delivery(headline: Headline) -> Iterator[Work]:
    if headline.undelivered:
        days = [str(day) for day in headline.undelivered]
        text = f"{_count(len(days), 'day')} not delivered to Raptor Maps"
        yield Work("alarm", text, days, "raptor status", "delivery")


def _without_energy(headline: Headline) -> Iterator[Work]:
    by_reason: dict[str, list[ReportPlant]] = defaultdict(list)
    for plant in headline.missing:
        by_reason[plant.missing_reason or ""].append(plant)
    for reason, plants in sorted(by_reason.items(), key=lambda own: (-len(own[1]), own[0])):
        if reason == "no_sensors":
            text = f"{_count(len(plants), 'plant')} without any sensor: no source measures {_their(plants)} energy"
            yield Work("note", text, command=f"registry show {plants[0].plant_code}", plants=plants)
        else:
            text = f"{_count(len(plants), 'plant')} without energy: {reason_text(reason)}"
            command = _explain(headline, plants) if reason != "not_computed" else f"sync --date {headline.report_date}"
            yield Work("alarm", text, command=command, plants=plants, section="plants")


def _low(headline: Headline, compared: Mapping[str, DayComparison]) -> Iterator[Work]:
    low = [plant for plant in headline.plants if standing_of(plant, compared.get(plant.plant_code)) == "low"]
    if low:
        low.sort(key=lambda plant: (-shortfall_kwh(plant, compared[plant.plant_code]), plant.plant_code))
        lacking = sum(shortfall_kwh(plant, compared[plant.plant_code]) for plant in low)
        text = (
            f"{_count(len(low), 'plant')} more than 30 % below expectation: {energy(lacking)} less than to be expected"
        )
        yield Work("warn", text, command=_explain(headline, low), plants=low, section="plants")


def _mistrusted(headline: Headline) -> Iterator[Work]:
    by_flag: dict[str, list[ReportPlant]] = defaultdict(list)
    for plant in headline.provisional:
        flags = [flag for flag in _MISTRUSTED if flag in plant.flags]
        by_flag[flags[0] if flags else ""].append(plant)
    for flag, plants in sorted(by_flag.items(), reverse=True):
        kwh = energy(sum(plant.produced_kwh or 0.0 for plant in plants))
        text = f"{_count(len(plants), 'plant')} with provisional energy, {kwh}, not in the sum"
        why = words(flag) if flag else "a part of the day may still come"
        level: Level = "warn" if flag else "note"
        yield Work(level, f"{text}: {why}", command=_explain(headline, plants), plants=plants, section="plants")


def _certificates(certificates: Sequence[Certificate]) -> Iterator[Work]:
    for is_over in (True, False):
        names = [
            f"{own.plant_name} {own.plant_code}: {own.ends_at:%Y-%m-%d}"
            for own in certificates
            if own.is_over == is_over
        ]
        if names:
            count = _count(len(names), "certificate")
            text = f"{count} ended" if is_over else f"{count} will end within {CERTIFICATE_DAYS} days"
            yield Work("alarm" if is_over else "warn", text, names, section="certificates")


def _registry(headline: Headline, conflicts: Sequence[Conflict]) -> Iterator[Work]:
    if headline.proposals:
        text = f"{_count(headline.proposals, 'doubtful match', 'doubtful matches')} to decide"
        yield Work("warn", text, command="registry review", section="proposals")
    if conflicts:
        plants = len({own.plant_code for own in conflicts})
        text = f"{_count(plants, 'plant')} on which systems disagree"
        yield Work("warn", text, command=f"registry show {conflicts[0].plant_code}", section="conflicts")


def _waiting(headline: Headline) -> Iterator[Work]:
    if headline.quarantined_records:
        text = f"{_count(headline.quarantined_records, 'record')} in quarantine"
        yield Work("warn", text, command="quarantine list", section="quarantine")
    if headline.queued_plant_days:
        text = f"{_count(headline.queued_plant_days, 'plant day')} to be computed again: the registry learned of them"
        yield Work("note", text, command="sync")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _their(plants: Sequence[ReportPlant]) -> str:
    return "its" if len(plants) == 1 else "their"


def _explain(headline: Headline, plants: Sequence[ReportPlant]) -> str:
    """The command that tells of the first of the plants where its number came from, or why it has none."""
    return f"explain {plants[0].plant_code} {headline.report_date}"
