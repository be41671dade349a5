"""The fleet report of a date as one HTML file that needs nothing beside itself.

What belongs here: putting a report into the template. What does not: which rows count (headline.py, fleet_report.py),
drawing, number formats (texts.py).
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.report.attention import MOST_NAMED
from plant_pipeline.report.comparison import BELOW, LOW
from plant_pipeline.report.fleet_map import STANDINGS, draw_key, draw_map
from plant_pipeline.report.fleet_report import FleetReport, figure, read_fleet_report
from plant_pipeline.report.headline import ReportPlant
from plant_pipeline.report.strips import STRIPS, draw_strip
from plant_pipeline.report.texts import energy, number_text, percent, power, reason_text, words
from plant_pipeline.report.trend import draw_trend

MOST_ROWS = 60
"""Plants that a table shows at once; the others are a key press away."""

_COLUMNS: tuple[tuple[str, str, int], ...] = (
    # KPI, heading, decimals; ratios in percent
    ("specific_yield", "Yield, kWh/kWp", 2),
    ("performance_ratio", "PR, %", 1),
    ("capacity_factor", "Capacity factor, %", 1),
    ("data_completeness", "Data, %", 1),
)


def write_report(connection: Connection, report_date: date, file: Path) -> None:
    """Write the report of `report_date` (plant-local) to `file`, whole or not at all.

    The same rows give the same bytes.
    """
    write_whole(file, render_report(read_fleet_report(connection, report_date)))


def write_whole(file: Path, text: str) -> None:
    """Write a file so that nobody ever reads half of it."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def render_report(report: FleetReport, pages: Mapping[str, str] | None = None) -> str:
    """The report as HTML text; it loads nothing from anywhere. `pages`: where a plant's page is, by plant code."""
    headline = report.headline
    return (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            pages=pages or {},
            headline=headline,
            columns=_COLUMNS,
            unknown_kpis=headline.unknown_kpis([kpi for kpi, _, _ in _COLUMNS]),
            trend=draw_trend(headline.trend, headline.report_date),
            map=draw_map(report.on_map()),
            standings=STANDINGS,
            strips=STRIPS,
            most_rows=MOST_ROWS,
            most_named=MOST_NAMED,
        )
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of all pages; what is not markup of ours is escaped."""
    own = Environment(
        loader=PackageLoader("plant_pipeline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own.filters |= _FILTERS
    own.globals |= {"draw_strip": draw_strip, "draw_key": draw_key}
    return own


def _share_class(share: float | None) -> str:
    """The class of what a plant is judged by, with a space before it."""
    if share is None or share >= BELOW:
        return ""
    return " low" if share < LOW else " below"


def _remarks(plant: ReportPlant) -> str:
    """How the energy was measured, what is odd about it, and what was announced."""
    announced = [f"announced: {words(plant.announced)}"] if plant.announced else []
    return ", ".join([*map(words, ([plant.method] if plant.method else []) + list(plant.flags)), *announced])


_FILTERS: Mapping[str, object] = {
    "number": number_text,
    "percent": percent,
    "energy": energy,
    "power": power,
    "reason": reason_text,
    "kpi_title": lambda kpi: CATALOGUE[kpi].title,
    "words": words,
    "figure": figure,
    "share_class": _share_class,
    "remarks": _remarks,
    "plural": lambda number, one="", many="s": one if number == 1 else many,
}
