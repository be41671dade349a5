"""Listings: nothing is cut, the same for a person and a pipe, and as JSON."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from plant_pipeline.cli.tables import Row, aligned, show_json, show_rows

_PRAGUE = timezone(timedelta(hours=1))
_ROWS: list[Row] = [
    {"run": "9d096020-b934-43be-86a8-f98d8c5b21c0", "date": date(2026, 3, 20), "state": "uploaded", "url": "x" * 300},
    {"run": "b", "date": None, "state": "日本", "url": "two\nlines"},
]


def test_columns_are_aligned_and_whole() -> None:
    head, first, second = aligned(_ROWS, ["run", "date", "state", "url"])
    assert first == f"9d096020-b934-43be-86a8-f98d8c5b21c0  2026-03-20  uploaded  {'x' * 300}"
    assert head.index("date") == first.index("2026-03-20")
    # A Japanese character is two cells wide.
    assert second == f"b{' ' * 37}–           日本      two lines"


def test_the_width_of_the_terminal_cuts_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    show_rows(_ROWS, columns=("run", "date"))
    assert "9d096020-b934-43be-86a8-f98d8c5b21c0  2026-03-20" in capsys.readouterr().out


def test_json_has_every_column_and_plain_types(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "at": datetime(2026, 3, 20, 2, 30, tzinfo=_PRAGUE),
        "count": Decimal(3),
        "kwh": Decimal("1.5"),
        "name": "Łęg",
    }
    show_rows([row], as_json=True, columns=("at",))
    text = capsys.readouterr().out
    assert json.loads(text) == [{"at": "2026-03-20T01:30:00Z", "count": 3, "kwh": 1.5, "name": "Łęg"}]
    assert "Łęg" in text


def test_an_empty_listing_is_a_sentence_or_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([], empty="nothing")
    show_rows([], as_json=True)
    show_json({"since": datetime(2026, 3, 20, tzinfo=UTC), "after": timedelta(minutes=1.5)})
    out = capsys.readouterr().out
    assert out.startswith("nothing\n[]\n")
    assert json.loads(out.removeprefix("nothing\n[]\n")) == {"since": "2026-03-20T00:00:00Z", "after": 90.0}


def test_a_command_in_a_cell_can_be_copied(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("plant_pipeline.cli.invocation.command", lambda words: f".venv/bin/plant-pipeline {words}")
    show_rows([{"message": "state it: `plant-pipeline registry list`"}])
    assert "`.venv/bin/plant-pipeline registry list`" in capsys.readouterr().out
