"""The reports that are kept: one file a date, in the data directory.

What belongs here: where they are, writing and removing them. What does not: what stands in them.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection

from plant_pipeline.report.fleet_report import FleetReport, read_fleet_report
from plant_pipeline.report.html import render_report, write_whole
from plant_pipeline.warehouse import execute

_NAME = re.compile(r"fleet_(\d{4}-\d{2}-\d{2})\.html")


def reports_folder(home: Path) -> Path:
    """Where the reports are kept in the data directory."""
    return home / "reports"


def report_file(folder: Path, report_date: date) -> Path:
    """The file of a date's report."""
    return folder / f"fleet_{report_date}.html"


def newest_date(connection: Connection) -> date | None:
    """The latest date that any plant has energy of, known or not; None: there is none yet."""
    newest: date | None = execute(connection, "report/newest_date").scalar_one()
    return newest


def write_reports(connection: Connection, folder: Path, dates: Iterable[date]) -> FleetReport | None:
    """Write the report of the newest of `dates` and, as late data change them, those of the others that exist.

    Returns the newest one; None: there are no dates. Raises `OSError` if the folder cannot be written to.
    """
    newest: FleetReport | None = None
    folder.mkdir(parents=True, exist_ok=True)
    for report_date in sorted(dates, reverse=True):
        file = report_file(folder, report_date)
        if newest is None or file.exists():
            report = read_fleet_report(connection, report_date)
            write_whole(file, render_report(report))
            newest = newest or report
    return newest


def remove_old_reports(folder: Path, today_utc: date, kept_days: int) -> int:
    """Delete the reports of dates more than `kept_days` before today; how many. Other files stay."""
    first_kept = today_utc - timedelta(days=kept_days)
    old = [
        file
        for file in (folder.iterdir() if folder.is_dir() else ())
        if (found := _NAME.fullmatch(file.name)) and date.fromisoformat(found[1]) < first_kept
    ]
    for file in old:
        file.unlink()
    return len(old)
