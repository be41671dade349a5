"""What of a report Dagster's pages show: Markdown, with pictures as images.

What belongs here: putting figures into Markdown that no text of others can break. What does not: which figures count.
"""

import base64
from collections.abc import Sequence

from markupsafe import Markup

from plant_pipeline.markdown import md_more, md_table, md_text
from plant_pipeline.registry.review import ProposalView
from plant_pipeline.report.comparison import DayStanding
from plant_pipeline.report.fleet_days import Conflict
from plant_pipeline.report.fleet_map import draw_map
from plant_pipeline.report.fleet_report import FleetReport
from plant_pipeline.report.headline import ReportPlant
from plant_pipeline.report.html import environment
from plant_pipeline.report.texts import energy, number_text, percent

_LEVELS = {"alarm": "ALARM", "warn": "Look", "note": "Note"}
_MOST_NAMED = 5
_MOST_ROWS = 15
_MAP_DETAIL = 6.0
_DECIDE = "\n\n`plant-pipeline registry accept NUMBER` or `reject NUMBER` decides."
_MOST_IMAGE_BYTES = 200_000


def md_image(picture: Markup, name: str) -> str:
    """A picture as an image that needs nothing beside itself; empty if it is too large to be kept with a run."""
    style = environment().get_template("_picture.css").render()
    head, inner = picture.split(">", 1)
    svg = f'{head} xmlns="http://www.w3.org/2000/svg"><style>{style}svg{{font-family:sans-serif}}</style>{inner}'
    encoded = base64.b64encode(svg.encode()).decode()
    return f"![{md_text(name)}](data:image/svg+xml;base64,{encoded})" if len(encoded) <= _MOST_IMAGE_BYTES else ""


def md_work(report: FleetReport) -> str:
    """What needs a person, a line each."""
    lines = []
    for own in report.work:
        names = [*own.names, *(plant.name for plant in own.plants)]
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        named = f": {md_text(', '.join(names[:_MOST_NAMED]))}{more}" if names else ""
        command = f" – `plant-pipeline {own.command}`" if own.command else ""
        lines.append(f"- **{_LEVELS[own.level]}** {md_text(own.text)}{named}{command}")
    return "\n".join(lines) or "Nothing needs a person."


def md_ranking(report: FleetReport) -> str:
    """The plants that need a look first."""
    rows = [
        (plant.name, plant.plant_code, energy(plant.produced_kwh), report.standing_words(plant), plant.status or "–")
        for plant in report.ranking[:_MOST_ROWS]
    ]
    return md_table(("plant", "code", "energy", "the day", "status"), rows)


def md_headline(report: FleetReport) -> str:
    """The figures of the fleet."""
    own = report.headline
    uncertain = f" ± {energy(own.uncertainty_kwh)}" if own.uncertainty_kwh else ""
    share = f", {percent(own.capacity_share)} % of capacity" if own.capacity_share is not None else ""
    lines = [f"**{energy(own.energy_kwh)}**{uncertain} of {number_text(len(own.summed))} plants{share}"]
    if own.provisional:
        lines.append(f"{energy(own.provisional_kwh)} provisional, of {number_text(len(own.provisional))} more")
    if own.performance_ratio is not None:
        lines.append(f"performance ratio {percent(own.performance_ratio)} % of {own.performance_plants} plants")
    return "; ".join(lines)


def md_deliveries(report: FleetReport) -> str:
    """The files for Raptor Maps of the last dates, and whether they were accepted."""
    rows = [
        (str(own.observation_date), f"{own.accepted} of {own.parts}", str(own.failed), number_text(own.row_count))
        for own in report.delivered[:_MOST_ROWS]
    ]
    return md_table(("date", "parts accepted", "failed", "rows"), rows) if rows else "Nothing was built."


def md_proposals(proposals: Sequence[ProposalView]) -> str:
    """The review queue, the likeliest first."""
    rows = [
        (
            str(own.proposal_id),
            own.record,
            f"{own.plant_name} {own.plant_code}" if own.kind != "split" else "another plant than it was",
            number_text(own.score, 2),
            "; ".join(own.reasons),
            "; ".join(own.doubts),
        )
        for own in proposals[:_MOST_ROWS]
    ]
    more = md_more(len(rows), len(proposals))
    heads = ("number", "record", "plant", "score", "for", "against")
    return md_table(heads, rows) + more + _DECIDE if rows else "No match waits for a person."


def md_conflicts(conflicts: Sequence[Conflict]) -> str:
    """Where systems disagree on plants, the farthest off first."""
    rows = [
        (
            f"{own.plant_name} {own.plant_code}",
            own.field,
            f"{own.selected_value} ({own.selected_source})",
            f"{own.other_value} ({own.other_source})",
        )
        for own in conflicts[:_MOST_ROWS]
    ]
    shown = md_table(("plant", "field", "in force", "other"), rows) + md_more(len(rows), len(conflicts))
    return shown if rows else "Systems agree."


def md_map(plants: Sequence[tuple[ReportPlant, DayStanding, str]], name: str) -> str:
    """Plants on a map, each with its standing and a line of words; empty where no place is known."""
    drawn = draw_map(plants, detail=_MAP_DETAIL)
    return md_image(drawn, name) if drawn is not None else ""
