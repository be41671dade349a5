"""Listings of the command line: aligned plain text for a person and a pipe alike, JSON for a program.

What belongs here: layout. What does not: which rows and columns a listing has. Nothing is ever cut, however narrow the
terminal: ids, dates and states are what people look for.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click
from rich.cells import cell_len

from plant_pipeline.cli.invocation import say
from plant_pipeline.cli.visible import visible

Row = Mapping[Any, Any]
_NOTHING = "–"

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


def show_rows(
    rows: Sequence[Row], *, as_json: bool = False, empty: str = "", columns: Sequence[str] | None = None
) -> None:
    """Print a listing: aligned columns, or a JSON list of objects.

    All rows have the keys of the first, in its order. A person reads `columns` of them (default: all), or `empty` if
    there are no rows; a program gets everything.
    """
    if as_json:
        show_json(rows)
    elif not rows:
        say(empty)
    else:
        say("\n".join(aligned(rows, columns or list(rows[0]))))


def show_json(value: object) -> None:
    """Print a value as JSON: dates and instants as ISO text in UTC, numbers as numbers, durations in seconds."""
    click.echo(visible(json.dumps(value, default=_json, ensure_ascii=False, indent=2)))


def _json(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def aligned(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Rows as lines of aligned columns, two spaces apart, the names of the columns first."""
    cells = [names, *([cell(row[name]) for name in names] for row in rows)]
    widths = [max(cell_len(line[place]) for line in cells) for place in range(len(names))]
    return [
        "  ".join(text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def cell(value: object) -> str:
    """A value as a person reads it, on one line; instants in UTC to the minute."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%MZ}"
    return visible(" ".join(str(value).split()))
