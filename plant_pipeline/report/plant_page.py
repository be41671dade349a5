"""The page of one plant and date as one HTML file, and the pages of a whole fleet beside its report.

What belongs here: putting a plant's report into the template, where pages are written. What does not: reading, drawing.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.report.fleet_days import DayValues
from plant_pipeline.report.fleet_report import FleetReport
from plant_pipeline.report.html import environment, write_whole
from plant_pipeline.report.plant_plots import draw_course, draw_days
from plant_pipeline.report.plant_report import PlantKpi, PlantReport, read_plant_report
from plant_pipeline.report.texts import UNKNOWN, energy, number_text, percent


def write_plant_page(
    connection: Connection, plant_code: str, report_date: date, file: Path, *, back: str | None = None
) -> None:
    """Write the page of a plant and plant-local date to `file`; `back`: where the fleet's report is, seen from there.

    Raises `UsageError` if no plant has the code.
    """
    write_whole(file, render_plant_page(read_plant_report(connection, plant_code, report_date), back=back))


def pages_beside(report: FleetReport, file: Path) -> dict[str, str]:
    """Where the pages of the ranking's plants go, seen from the fleet's report in `file`, by plant code."""
    return {plant.plant_code: f"{file.stem}_plants/{plant.plant_code}.html" for plant in report.ranking}


def render_plant_page(report: PlantReport, *, back: str | None = None) -> str:
    """The page as HTML text; it loads nothing from anywhere. `back`: where the fleet's report is, if it is known."""
    days = report.days
    pictures = (
        {
            "Energy, kWh": draw_days("Energy", "kWh", days.produced_kwh, report.dates),
            "Performance ratio, %": draw_days(
                "Performance ratio", "%", _hundredfold(days.performance_ratio), report.dates
            ),
            "Data, %": draw_days("Data completeness", "%", _hundredfold(days.data_completeness), report.dates),
        }
        if days
        else {}
    )
    return (
        environment()
        .get_template("plant.html")
        .render(
            report=report,
            plant=report.plant,
            energy_row=report.energy,
            back=back,
            kpis=[(own, CATALOGUE[own.kpi]) for own in _in_order(report)],
            kpi_text=_kpi_text,
            course=draw_course(report.course, report.report_date) if report.course else None,
            days={title: drawn for title, drawn in pictures.items() if drawn is not None},
        )
    )


def _in_order(report: PlantReport) -> list[PlantKpi]:
    """The KPIs that apply to the plant, in the order of the catalogue."""
    own: Mapping[str, PlantKpi] = {kpi.kpi: kpi for kpi in report.kpis if kpi.null_reason != "not_applicable"}
    return [own[name] for name in CATALOGUE if name in own]


def _kpi_text(own: PlantKpi) -> str:
    unit = CATALOGUE[own.kpi].unit
    if own.value is None:
        return UNKNOWN
    if unit == "kWh":
        return energy(own.value)
    return f"{percent(own.value)} %" if unit == "1" else f"{number_text(own.value, 2)} {unit}"


def _hundredfold(series: DayValues) -> list[float | None]:
    return [None if value is None else 100 * value for value in series]
