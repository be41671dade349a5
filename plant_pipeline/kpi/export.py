"""KPIs as a CSV file.

What belongs here: streaming stored rows out. What does not: computing or choosing them.
"""

from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from plant_pipeline.warehouse import driver_connection, query


def export_kpis(connection: Connection, from_date: date, to_date: date, file: Path) -> int:
    """Write all KPIs from `from_date` to `to_date` (inclusive) to `file` as CSV (UTF-8, header); return their number.

    Rows are sorted by plant code, date and KPI: the same rows give the same bytes. An unknown value is an empty field
    beside its reason. The file appears whole or not at all.
    """
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("wb") as target, driver_connection(connection).cursor() as cursor:
            with cursor.copy(query("kpi/export"), {"from_date": from_date, "to_date": to_date}) as copy:
                for block in copy:
                    target.write(block)
            rows = cursor.rowcount
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return rows
