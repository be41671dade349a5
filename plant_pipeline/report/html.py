"""The fleet report of a date as one HTML file that needs nothing beside itself.

What belongs here: numbers as people read them, and putting them into the template. What does not: which rows count
(headline.py), drawing (plot.py).
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS
from plant_pipeline.report.headline import Headline, ReportPlant, read_headline
from plant_pipeline.report.plot import draw_trend

UNKNOWN = "–"
_MISSING_TEXTS: Mapping[str, str] = {
    **NULL_REASON_TEXTS,
    "no_sensors": "no sensor that measures its energy is known",
    "not_computed": "this date has not been computed for it",
}
_COLUMNS: tuple[tuple[str, str, int], ...] = (
    # KPI, heading, decimals; ratios in percent
    ("specific_yield", "Yield, kWh/kWp", 2),
    ("performance_ratio", "PR, %", 1),
    ("capacity_factor", "Capacity factor, %", 1),
    ("full_load_hours", "Full-load hours", 2),
    ("peak_power_kw", "Peak, kW", 0),
    ("data_completeness", "Data, %", 1),
)


def write_report(connection: Connection, report_date: date, file: Path) -> None:
    """Write the report of `report_date` (plant-local) to `file`, whole or not at all.

    The same rows give the same bytes.
    """
    text = render_report(read_headline(connection, report_date))
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def render_report(headline: Headline) -> str:
    """The report as HTML text; it loads nothing from anywhere."""
    return (
        _environment()
        .get_template("report.html")
        .render(
            headline=headline,
            columns=_COLUMNS,
            unknown_kpis=headline.unknown_kpis([kpi for kpi, _, _ in _COLUMNS]),
            # Drawn by us from dates and known technologies: no text of others is in it.
            plot=Markup(draw_trend(headline.trend, headline.report_date)),  # noqa: S704 -- our own SVG
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("plant_pipeline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number_text,
        "percent": percent,
        "energy": energy,
        "reason": reason_text,
        "kpi_title": lambda kpi: CATALOGUE[kpi].title,
        "words": lambda text: text.replace("_", " "),
        "figure": figure,
    }
    return environment


def number_text(value: float | None, decimals: int = 0) -> str:
    """With thousands separators; a dash for unknown, a plain 0 for zero."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def percent(share: float | None, decimals: int = 1) -> str:
    """A share in percent, without rounding an incomplete one up to 100."""
    if not share:
        return UNKNOWN if share is None else "0"
    text = f"{100 * share:,.{decimals}f}"
    if share < 1 and text == f"{100:.{decimals}f}":
        text = f"{100 - 10**-decimals:.{decimals}f}"
    return text


def energy(value_kwh: float | None) -> str:
    """Energy with the unit that keeps the number short."""
    if value_kwh is None:
        return UNKNOWN
    return f"{number_text(value_kwh, 1)} kWh" if abs(value_kwh) < 10_000 else f"{number_text(value_kwh / 1000, 1)} MWh"


def reason_text(reason: str | None) -> str:
    """A null reason in words."""
    return _MISSING_TEXTS.get(reason or "", (reason or "").replace("_", " "))


def figure(plant: ReportPlant, kpi: str, decimals: int) -> str:
    """A KPI of a plant as its column shows it."""
    value = plant.figures.get(kpi)
    return percent(value, decimals) if CATALOGUE[kpi].unit == "1" else number_text(value, decimals)
