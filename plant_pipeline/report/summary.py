"""What a run came to, from the sources to the delivery, and what waits for a person: as data, and as plain text.

What belongs here: reading it from the warehouse, and the text a run ends with. What does not: judging anything anew.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.landing.stream import RunIssue, StreamOutcome, read_issues, read_outcomes
from plant_pipeline.report.headline import Part, read_parts, read_undelivered
from plant_pipeline.warehouse import execute

_MOST_FAILURES = 10
_MOST_FINDINGS = 5
_MOST_PROPOSALS = 3
_WIDTH = 118
_LABEL = 11
_METHOD_TEXTS = {
    "decision": "by a person's decision",
    "external_id": "by a shared id",
    "name_place": "by name and place",
    "new": "a plant of their own",
    "not_a_plant": "no plant",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A record that may be a plant we know: a person decides."""

    proposal_id: int
    source: str
    source_plant_id: str
    source_name: str
    plant_code: str
    plant_name: str
    score: float


@dataclass(frozen=True, slots=True)
class RegistryCounts:
    """Plants by status, active ones by technology and number of systems; records by how they found their plant."""

    by_status: Mapping[str, int]
    by_technology: Mapping[str, int]
    by_systems: Mapping[int, int]
    records_by_method: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EnergyCount:
    """Plant days that ended the same way: `outcome` is the method, or the reason why energy is unknown."""

    outcome: str
    is_known: bool
    status: str
    plant_days: int
    produced_kwh: float | None


@dataclass(frozen=True, slots=True)
class KpiCount:
    """How many plant days have a value of one KPI, and why the others have none."""

    kpi: str
    values: int
    null_reasons: Mapping[str, int]


@dataclass(frozen=True)
class RunSummary:
    """Everything a run ends with."""

    run_id: str
    energy_dates: Sequence[date]
    streams: Sequence[StreamOutcome]
    registry: RegistryCounts
    proposals: Sequence[Proposal]
    quarantined_records: int
    energy: Sequence[EnergyCount]
    restated: int
    kpis: Sequence[KpiCount]
    parts: Sequence[Part]
    undelivered: Sequence[date] = ()
    issues: Sequence[RunIssue] = field(default_factory=tuple)

    @property
    def failures(self) -> list[RunIssue]:
        """What the run could not do."""
        return [issue for issue in self.issues if issue.severity == "failure"]

    @property
    def findings(self) -> list[RunIssue]:
        """What the run noticed."""
        return [issue for issue in self.issues if issue.severity == "finding"]

    @property
    def failed_streams(self) -> list[StreamOutcome]:
        """Streams that did not end well."""
        return [stream for stream in self.streams if stream.is_failure]


def run_summary(connection: Connection, run_id: str, energy_dates: Sequence[date]) -> RunSummary:
    """What the run `run_id` came to, and what the warehouse has for the plant-local dates it was about."""
    dates = list(energy_dates)
    work = execute(connection, "report/open_work").mappings().one()
    return RunSummary(
        run_id=run_id,
        energy_dates=dates,
        streams=read_outcomes(connection, run_id),
        registry=_registry(connection),
        proposals=[Proposal(**row) for row in execute(connection, "report/open_proposals").mappings()],
        quarantined_records=work["quarantined_records"],
        energy=[EnergyCount(**row) for row in execute(connection, "report/summary_energy", dates=dates).mappings()],
        restated=execute(connection, "report/restated_days", run_id=run_id).scalar_one(),
        kpis=_kpis(connection, dates),
        parts=read_parts(connection, [*dates, *_taken_up(connection, dates, run_id)], run_id),
        undelivered=read_undelivered(connection),
        issues=read_issues(connection, run_id),
    )


def _taken_up(connection: Connection, dates: Sequence[date], run_id: str) -> list[date]:
    """Earlier days that the run delivered beside its own."""
    statement = "select distinct observation_date from raptor_maps.delivery where run_id = %(run_id)s"
    delivered = connection.exec_driver_sql(statement, {"run_id": run_id}).scalars()
    return [day for day in delivered if day not in dates]


def _registry(connection: Connection) -> RegistryCounts:
    rows: Sequence[Any] = execute(connection, "report/summary_registry").mappings().all()
    by_status: Counter[str] = Counter()
    by_technology: Counter[str] = Counter()
    by_systems: Counter[int] = Counter()
    for row in rows:
        by_status[row["status"]] += row["plants"]
        if row["status"] == "active":
            by_technology[row["technology"]] += row["plants"]
            by_systems.update({1: row["in_one"], 2: row["in_two"], 3: row["in_more"]})
    methods = execute(connection, "report/summary_match").mappings()
    return RegistryCounts(
        dict(by_status),
        dict(by_technology.most_common()),
        {systems: count for systems, count in sorted(by_systems.items(), reverse=True) if count},
        {row["method"]: row["records"] for row in methods},
    )


def _kpis(connection: Connection, dates: list[date]) -> list[KpiCount]:
    values: Counter[str] = Counter()
    null_reasons: dict[str, Counter[str]] = {}
    for row in execute(connection, "report/summary_kpi", dates=dates).mappings():
        reasons = null_reasons.setdefault(row["kpi"], Counter())
        if row["null_reason"] is None:
            values[row["kpi"]] += row["plant_days"]
        else:
            reasons[row["null_reason"]] += row["plant_days"]
    known = [kpi for kpi in CATALOGUE if kpi in null_reasons]
    ordered = known + sorted(set(null_reasons) - set(known))
    return [KpiCount(kpi, values[kpi], dict(null_reasons[kpi].most_common())) for kpi in ordered]


def render_summary(summary: RunSummary, *, where: Mapping[str, str]) -> str:
    """The text a run ends with: readable without colour, some 60 lines whatever the size of the fleet.

    `where` names the places of data (`warehouse`, `archive`, ...) and what to find there.
    """
    sections = (
        _heading(summary),
        _source_lines(summary),
        _registry_lines(summary),
        _energy_lines(summary),
        _kpi_lines(summary),
        _delivery_lines(summary),
        _failure_lines(summary),
        _finding_lines(summary),
        _labelled("Data", (f"{name}: {place}" for name, place in where.items())),
        _labelled("Next", _next_steps(summary)),
    )
    return "\n".join(line for section in sections for line in section)


def _labelled(label: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{label:<{_LABEL}}{line}".rstrip()
        label = ""


def _short(text: str, width: int = _WIDTH - _LABEL) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= width else f"{line[: width - 3].rstrip()}..."


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _heading(summary: RunSummary) -> Iterator[str]:
    days = "no plant-local day"
    if summary.energy_dates:
        first, last = min(summary.energy_dates), max(summary.energy_dates)
        days = f"plant-local day {first}" if first == last else f"plant-local days {first} to {last}"
    yield "=" * _WIDTH
    failed = len(summary.failed_streams) + len(summary.failures)
    verdict = f"INCOMPLETE, {_plural(failed, 'failure')}" if failed else "done"
    yield f"plant_pipeline: {verdict}; {days}; run {summary.run_id}"
    yield "-" * _WIDTH


def _source_lines(summary: RunSummary) -> Iterator[str]:
    titles = ("seen", "new", "changed", "gone", "quarantined")
    yield f"{'Sources':<{_LABEL + 19}}" + "".join(f"{title:>{max(len(title), 7) + 1}}" for title in titles) + "  state"
    for source in dict.fromkeys(stream.source for stream in summary.streams):
        streams = [stream for stream in summary.streams if stream.source == source]
        if all(stream.state == "not_configured" for stream in streams):
            yield f"  {source}: not configured"
            continue
        for stream in streams:
            counts = (stream.got, stream.seen_new, stream.seen_changed, stream.seen_gone, stream.quarantined)
            cells = (
                f"{'-' if count is None else f'{count:,}':>{max(len(title), 7) + 1}}"
                for count, title in zip(counts, titles, strict=True)
            )
            state = stream.state.replace("_", " ")
            if stream.message and not stream.is_failure:
                state += f": {stream.message}"
            yield _short(f"  {f'{source} {stream.entity}':<{_LABEL + 17}}{''.join(cells)}  {state}", _WIDTH)


def _registry_lines(summary: RunSummary) -> Iterator[str]:
    registry = summary.registry
    others = {status: count for status, count in registry.by_status.items() if status != "active"}
    active = f"{_plural(registry.by_status.get('active', 0), 'active plant')}"
    lines = [active + (f": {_counts(registry.by_technology)}" if registry.by_technology else "")]
    if others:
        lines[0] += f"; {_counts(others)}"
    if registry.by_systems:
        known = (f"{count:,} in {_plural(systems, 'system')}" for systems, count in registry.by_systems.items())
        lines.append(f"known {', '.join(known)}")
    if registry.records_by_method:
        matched = (
            f"{count:,} {_METHOD_TEXTS.get(method, method)}" for method, count in registry.records_by_method.items()
        )
        lines.append(f"records of the sources: {', '.join(matched)}")
    yield from _labelled("Registry", lines)
    proposals = [
        _short(
            f"{p.source}:{p.source_plant_id} {p.source_name!r} = {p.plant_code} {p.plant_name!r}? score {p.score:.2f}"
        )
        for p in summary.proposals[:_MOST_PROPOSALS]
    ]
    more = len(summary.proposals) - len(proposals)
    yield from _labelled("Proposals", [*(proposals or ["none is waiting"]), *([f"and {more:,} more"] if more else [])])


def _energy_lines(summary: RunSummary) -> Iterator[str]:
    known = [one for one in summary.energy if one.is_known]
    unknown = Counter[str]()
    for one in summary.energy:
        if not one.is_known:
            unknown[one.outcome] += one.plant_days
    days = sum(one.plant_days for one in known)
    mwh = sum(one.produced_kwh or 0.0 for one in known) / 1000
    lines = [
        f"{_plural(days, 'plant day')} known, {mwh:,.1f} MWh"
        + (f"; {summary.restated:,} restated" if summary.restated else "")
    ]
    for method in dict.fromkeys(one.outcome for one in known):
        statuses = {one.status: one.plant_days for one in known if one.outcome == method}
        lines.append(f"  {method.replace('_', ' '):<22}{_counts(statuses)}")
    if unknown:
        lines.append(f"  {f'unknown {unknown.total():,}':<22}{_counts(dict(unknown.most_common()))}")
    yield from _labelled("Energy", lines)


def _kpi_lines(summary: RunSummary) -> Iterator[str]:
    lines = []
    for one in summary.kpis:
        reasons = {reason: count for reason, count in one.null_reasons.items() if reason != "not_applicable"}
        line = f"{one.kpi:<22}{one.values:>7,} values {sum(reasons.values()):>7,} NULL"
        line += f" ({_counts(reasons)})" if reasons else ""
        beside_the_point = one.null_reasons.get("not_applicable", 0)
        lines.append(_short(line + (f"; n/a {beside_the_point:,}" if beside_the_point else "")))
    yield from _labelled("KPIs", lines or ["none"])


def _delivery_lines(summary: RunSummary) -> Iterator[str]:
    outcomes = Counter(_outcome(part) for part in summary.parts)
    rows = sum(part.row_count for part in summary.parts if _outcome(part) == "sent")
    text = _counts({name: outcomes[name] for name in ("sent", "unchanged", "built", "failed")})
    lines = [f"parts {text}; {rows:,} rows sent" if summary.parts else "no part was built"]
    if summary.undelivered:
        days = ", ".join(map(str, summary.undelivered))
        text = f"not delivered yet: {days}; the next sync without dates sends them"
        lines += _wrapped(text, _MOST_FAILURES)
    yield from _labelled("Raptor", lines)


def _outcome(part: Part) -> str:
    if part.status == "uploaded":
        return "sent" if part.is_of_run else "unchanged"
    return part.status


def _failure_lines(summary: RunSummary) -> Iterator[str]:
    texts = [f"{one.source} {one.entity}: {one.message or one.state}" for one in summary.failed_streams]
    texts += [_issue_text(issue) for issue in summary.failures]
    lines = [line for text in texts[:_MOST_FAILURES] for line in _wrapped(text, 3)]
    yield from _labelled("Failures", [*lines, *_rest(len(texts) - _MOST_FAILURES)])


def _finding_lines(summary: RunSummary) -> Iterator[str]:
    texts = [_issue_text(issue) for issue in summary.findings[:_MOST_FINDINGS]]
    lines = [line for text in texts for line in _wrapped(text, 2)]
    yield from _labelled("Findings", [*lines, *_rest(len(summary.findings) - _MOST_FINDINGS)])


def _issue_text(issue: RunIssue) -> str:
    day = f"{issue.energy_date} " if issue.energy_date and str(issue.energy_date) not in issue.message else ""
    return f"{day}{issue.message}"


def _wrapped(text: str, most_lines: int) -> list[str]:
    return textwrap.wrap(text, _WIDTH - _LABEL, subsequent_indent="  ", max_lines=most_lines, placeholder=" ...")


def _rest(count: int) -> list[str]:
    return [f"and {count:,} more: table landing.run_issue"] if count > 0 else []


def _next_steps(summary: RunSummary) -> Iterator[str]:
    if summary.failed_streams or summary.failures:
        yield _step("doctor", "what is wrong; the next sync completes the rest")
    if summary.proposals:
        yield _step("registry review", f"decide {_plural(len(summary.proposals), 'proposal')}")
    if summary.quarantined_records:
        yield _step("quarantine list", f"look at {_plural(summary.quarantined_records, 'rejected record')}")
    if summary.energy_dates:
        last = max(summary.energy_dates)
        yield _step(f"report --date {last} --out report.html", "the fleet on one page")
        yield _step(f"explain PLANT {last}", "where a number came from, or why it is NULL")


def _step(command: str, purpose: str) -> str:
    return f"{f'plant-pipeline {command}':<58}{purpose}"
