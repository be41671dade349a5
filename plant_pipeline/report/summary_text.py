"""The text a run ends with.

What belongs here: wording and layout of the summary. What does not: reading it from the warehouse (summary).
"""

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from plant_pipeline.report.headline import Part
from plant_pipeline.report.repeats import told_once
from plant_pipeline.report.summary import RunSummary

_MOST_FAILURES = 10
_MOST_FINDINGS = 5
_MOST_PROPOSALS = 3
_MOST_NAMES = 3
_WIDTH = 118
_LABEL = 11
_METHOD_TEXTS = {
    "decision": "by a person's decision",
    "external_id": "by a shared id",
    "name_place": "by name and place",
    "new": "a plant of their own",
    "not_a_plant": "no plant",
}
_REASON_TEXTS = {
    "no_sensors": "no source has a sensor of them",
    "no_timezone": "no time zone is known",
    "no_classified_sensor": "it is not known what their sensors measure",
    "not_computed": "these days were not computed for them",
}


def render_summary(summary: RunSummary, *, where: Mapping[str, str], copyable: Callable[[str], str] = str) -> str:
    """The text a run ends with: readable without colour, some 60 lines whatever the size of the fleet.

    `where` names the places of data (`warehouse`, `archive`, ...) and what to find there. `copyable` makes of a text
    with commands, written `plant-pipeline ...` in backticks, one with commands that work where it is read.
    """
    sections = (
        _heading(summary),
        _source_lines(summary),
        _registry_lines(summary),
        _energy_lines(summary, copyable),
        _without_energy_lines(summary, copyable),
        _kpi_lines(summary),
        _delivery_lines(summary),
        _failure_lines(summary, copyable),
        _finding_lines(summary, copyable),
        _labelled("Data", (copyable(f"{name}: {place}") for name, place in where.items())),
        _labelled("Next", _next_steps(summary, copyable)),
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
            state = stream.state.replace("_", " ") + (" at the second try" if stream.tries > 1 else "")
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
            f"{p.source}:{p.source_plant_id} {p.source_name!r} {'still ' if p.kind == 'split' else ''}= "
            f"{p.plant_code} {p.plant_name!r}? score {p.score:.2f}"
        )
        for p in summary.proposals[:_MOST_PROPOSALS]
    ]
    more = len(summary.proposals) - len(proposals)
    yield from _labelled("Proposals", [*(proposals or ["none is waiting"]), *([f"and {more:,} more"] if more else [])])


def _energy_lines(summary: RunSummary, copyable: Callable[[str], str]) -> Iterator[str]:
    known = [count for count in summary.energy if count.is_known]
    unknown = Counter[str]()
    for count in summary.energy:
        if not count.is_known:
            unknown[count.outcome] += count.plant_days
    days = sum(count.plant_days for count in known)
    mwh = sum(count.produced_kwh or 0.0 for count in known) / 1000
    lines = [
        f"{_plural(days, 'plant day')} known, {mwh:,.1f} MWh"
        + (f"; {summary.restated:,} restated" if summary.restated else "")
    ]
    for method in dict.fromkeys(count.outcome for count in known):
        statuses = {count.status: count.plant_days for count in known if count.outcome == method}
        lines.append(f"  {method.replace('_', ' '):<22}{_counts(statuses)}")
    if unknown:
        lines.append(f"  {f'unknown {unknown.total():,}':<22}{_counts(dict(unknown.most_common()))}")
    lines += [line for text in summary.queued[:_MOST_FINDINGS] for line in _wrapped(text, 3)]
    lines += _rest(len(summary.queued) - _MOST_FINDINGS, summary, copyable)
    yield from _labelled("Energy", lines)


def _without_energy_lines(summary: RunSummary, copyable: Callable[[str], str]) -> Iterator[str]:
    lines = []
    for reason, count in Counter(plant.reason for plant in summary.without_energy).most_common():
        plants = [plant for plant in summary.without_energy if plant.reason == reason]
        names = ", ".join(f"{plant.plant_code} {plant.name}" for plant in plants[:_MOST_NAMES])
        more = f" and {count - _MOST_NAMES:,} more" if count > _MOST_NAMES else ""
        text = _REASON_TEXTS.get(reason) or reason.replace("_", " ")
        lines += _wrapped(
            copyable(
                f"{_plural(count, 'active plant')}, {text}: {names}{more}; "
                f"look: `plant-pipeline registry show {plants[0].plant_code}`"
            ),
            3,
        )
    yield from _labelled("No energy", lines)


def _kpi_lines(summary: RunSummary) -> Iterator[str]:
    lines = []
    for kpi in summary.kpis:
        reasons = {reason: count for reason, count in kpi.null_reasons.items() if reason != "not_applicable"}
        line = f"{kpi.kpi:<22}{kpi.values:>7,} values {sum(reasons.values()):>7,} NULL"
        line += f" ({_counts(reasons)})" if reasons else ""
        beside_the_point = kpi.null_reasons.get("not_applicable", 0)
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


def _failure_lines(summary: RunSummary, copyable: Callable[[str], str]) -> Iterator[str]:
    texts = [f"{stream.source} {stream.entity}: {stream.message or stream.state}" for stream in summary.failed_streams]
    texts += told_once(summary.failures)
    lines = [line for text in texts[:_MOST_FAILURES] for line in _wrapped(copyable(text), 3)]
    yield from _labelled("Failures", [*lines, *_rest(len(texts) - _MOST_FAILURES, summary, copyable)])


def _finding_lines(summary: RunSummary, copyable: Callable[[str], str]) -> Iterator[str]:
    texts = told_once(summary.findings)
    lines = [line for text in texts[:_MOST_FINDINGS] for line in _wrapped(copyable(text), 3)]
    yield from _labelled("Findings", [*lines, *_rest(len(texts) - _MOST_FINDINGS, summary, copyable)])


def _wrapped(text: str, most_lines: int) -> list[str]:
    """The text in lines; what stands in backticks is a command: it stays on one line however long, and is never cut.

    Where the words do not fit into the lines, the commands that fell victim to it follow in lines of their own.
    """
    commands = re.findall("`[^`]*`", text)
    tied = re.sub("`[^`]*`", lambda found: found[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(
        tied,
        _WIDTH - _LABEL,
        subsequent_indent="  ",
        max_lines=most_lines,
        placeholder=" ...",
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = [line.replace("\0", " ") for line in lines]
    shown = " ".join(lines)
    return [*lines, *(f"  {command}" for command in commands if command not in shown)]


def _rest(count: int, summary: RunSummary, copyable: Callable[[str], str]) -> list[str]:
    return [copyable(f"and {count:,} more: `plant-pipeline findings --run {summary.run_id}`")] if count > 0 else []


def _next_steps(summary: RunSummary, copyable: Callable[[str], str]) -> Iterator[str]:
    steps = list(_steps(summary))
    width = max((len(purpose) for purpose, _ in steps), default=0)
    for purpose, command in steps:
        yield f"{purpose:<{width}}  {copyable(f'`plant-pipeline {command}`').strip('`')}"


def _steps(summary: RunSummary) -> Iterator[tuple[str, str]]:
    """What to do next, and the command that does it."""
    if summary.failed_streams or summary.failures:
        yield "what is wrong; the next sync completes the rest", "doctor"
    if summary.proposals:
        yield f"decide {_plural(len(summary.proposals), 'proposal')}", "registry review"
    if summary.quarantined_records:
        yield f"look at {_plural(summary.quarantined_records, 'rejected record')}", "quarantine list"
    if summary.energy_dates:
        last = max(summary.energy_dates)
        yield "the fleet on one page", f"report --date {last} --out report.html"
        if summary.plant_to_explain is not None:
            yield "where a number came from", f"explain {summary.plant_to_explain} {last}"
