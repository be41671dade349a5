"""What Dagster shows of the days of a table: figures that it plots over time, and tables of what needs a look.

What belongs here: which figures and tables, and their labels, under which Dagster remembers them. What does not: the
fleet report and the registry (`assets`).

All is of the table as it stands, not of what a run did to it: a run over one plant or a shard shows the same as one
over all. A figure that is not known is left out, so that a plot has a gap there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import dagster as dg
from sqlalchemy import Connection

from plant_pipeline.kpi.catalogue import CATALOGUE
from plant_pipeline.kpi.daily import WHOLE_FLEET
from plant_pipeline.landing.stream import read_issues
from plant_pipeline.markdown import md_list, md_more, md_table
from plant_pipeline.report.fleet_days import WHOLE, read_groups
from plant_pipeline.report.headline import Part, read_parts
from plant_pipeline.report.texts import energy, number_text, percent, reason_text, words
from plant_pipeline.warehouse import execute

_MOST_ROWS = 15
_PERCENT, _MWH = 100.0, 0.001
_UNITS: Final[Mapping[str, tuple[str, float]]] = {"1": ("%", _PERCENT), "kWh": ("MWh", _MWH)}  # as people read them
_TABLES_STAGES: Final[Mapping[str, str]] = {"energy.plant_daily": "energy", "kpi.plant_daily": "kpi"}


def day_shown(connection: Connection, table: str, day: date, run_id: str) -> Mapping[str, Any]:
    """What is shown of a table's date; empty if it has nothing to show but its row count."""
    if table == "energy.plant_daily":
        shown = _energy_shown(connection, day)
    elif table == "kpi.plant_daily":
        shown = _kpis_shown(connection, day)
    elif table == "kpi.portfolio_daily":
        return _fleet_shown(connection, day)
    elif table == "raptor_maps.delivery":
        return {"files": dg.MetadataValue.md(_files_shown(read_parts(connection, [day], run_id)))}
    else:
        return {}
    findings = _findings(connection, _TABLES_STAGES[table], day, run_id)
    return {"findings": dg.MetadataValue.md(findings), **shown}


def _energy_shown(connection: Connection, day: date) -> dict[str, Any]:
    row = execute(connection, "report/energy_in_figures", day=day).one()
    figures = {
        "energy, final, MWh": _scaled(row.final_kwh, _MWH),
        "energy, provisional, MWh": _scaled(row.provisional_kwh, _MWH),
        "uncertainty of the final energy, MWh": _scaled(row.final_uncertainty_kwh, _MWH),
        "estimated for gaps, MWh": _scaled(row.gap_kwh, _MWH),
        "plants with final energy": row.plants_final,
        "plants with provisional energy": row.plants_provisional,
        "plants without energy": row.plants_unknown,
        "median data completeness, %": _scaled(row.median_completeness, _PERCENT),
    }
    rows = execute(connection, "report/plants_to_look_at", day=day, whole=WHOLE, most=_MOST_ROWS).all()
    table = md_table(
        ("plant", "code", "energy", "measured, %", "status", "why"),
        [
            (own.name, own.plant_code, energy(own.produced_kwh), percent(own.coverage), _status(own), _why(own))
            for own in rows
        ],
    )
    shown = table + md_more(len(rows), rows[0].plants) if rows else "Each plant's energy is final and measured whole."
    return {"plants to look at": dg.MetadataValue.md(shown), **_known(figures)}


def _status(row: Any) -> str:
    return "not known" if row.produced_kwh is None else str(row.status)


def _why(row: Any) -> str:
    flags = ", ".join(map(words, row.flags))
    return "; ".join(filter(None, (reason_text(row.null_reason) if row.null_reason else "", flags))) or "–"


def _kpis_shown(connection: Connection, day: date) -> dict[str, Any]:
    row = execute(connection, "report/kpis_in_figures", day=day).one()
    figures = {
        "KPIs known": row.known,
        "KPIs not known": row.unknown,
        "plants with a performance ratio": row.plants_with_performance_ratio,
        "median performance ratio, %": _scaled(row.performance_ratio, _PERCENT),
        "median capacity factor, %": _scaled(row.capacity_factor, _PERCENT),
        "median specific yield, kWh/kWp": _scaled(row.specific_yield, 1.0),
    }
    rows = execute(connection, "report/lowest_performance", day=day, most=_MOST_ROWS).all()
    table = md_table(
        ("plant", "code", "performance ratio, %", "specific yield, kWh/kWp", "data, %"),
        [
            (
                own.name,
                own.plant_code,
                percent(own.performance_ratio),
                number_text(own.specific_yield, 2),
                percent(own.data_completeness),
            )
            for own in rows
        ],
    )
    shown = table + md_more(len(rows), rows[0].plants) if rows else "No plant has a performance ratio."
    return {"lowest performance": dg.MetadataValue.md(shown), **_known(figures)}


def _fleet_shown(connection: Connection, day: date) -> dict[str, Any]:
    groups = read_groups(connection, day)
    fleet = next((own for own in groups if own.group_code == WHOLE_FLEET), None)
    figures = {}
    for kpi in CATALOGUE.values():
        unit, factor = _UNITS.get(kpi.unit, (kpi.unit, 1.0))
        figures[f"{kpi.title}, {unit}"] = _scaled((fleet.figures or {}).get(kpi.name) if fleet else None, factor)
    if fleet is not None:
        figures["plants whose energy is final"] = fleet.plants
        figures["share of the capacity they have, %"] = _scaled(fleet.capacity_share, _PERCENT)
    table = md_table(
        ("group", "plants", "of its capacity, %", "energy", "performance ratio, %", "capacity factor, %"),
        [
            (
                "the fleet" if own is fleet else own.group_code,
                number_text(own.plants),
                percent(own.capacity_share),
                energy((own.figures or {}).get("energy_kwh")),
                percent((own.figures or {}).get("performance_ratio")),
                percent((own.figures or {}).get("capacity_factor")),
            )
            for own in groups[:_MOST_ROWS]
        ],
    )
    shown = table + md_more(min(len(groups), _MOST_ROWS), len(groups)) if groups else "No plant has a KPI."
    return {"groups": dg.MetadataValue.md(shown), **_known(figures)}


def _files_shown(parts: Sequence[Part]) -> str:
    table = md_table(
        ("file", "state", "HTTP status", "rows", "MB", "accepted at"),
        [
            (
                own.file_name,
                own.status,
                str(own.http_status or "–"),
                number_text(own.row_count),
                number_text(own.byte_count / 1e6, 1),
                f"{own.uploaded_at:%Y-%m-%d %H:%M} UTC" if own.uploaded_at else "–",
            )
            for own in parts[:_MOST_ROWS]
        ],
    )
    return table + md_more(min(len(parts), _MOST_ROWS), len(parts)) if parts else "No rows of this date: no file."


def _findings(connection: Connection, stage: str, day: date, run_id: str) -> str:
    texts = [
        own.message for own in read_issues(connection, run_id) if (own.stage, own.subject) == (stage, day.isoformat())
    ]
    rest = f"\n\n`plant-pipeline findings --run {run_id}` shows all." if len(texts) > _MOST_ROWS else ""
    return md_list(texts[:_MOST_ROWS]) + md_more(min(len(texts), _MOST_ROWS), len(texts)) + rest or "None."


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 3)


def _known(figures: Mapping[str, float | None]) -> dict[str, Any]:
    return {label: value for label, value in figures.items() if value is not None}
