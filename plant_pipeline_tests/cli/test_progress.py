"""What commands log: for a terminal, or an object a line."""

import json
import logging
from datetime import datetime, timedelta

import pytest

from plant_pipeline.cli.instance import progress
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings

_LOG = logging.getLogger("plant_pipeline.readings.pull")


def test_json_is_an_object_a_line_whatever_is_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANT_PIPELINE_LOG_FORMAT", "json")
    with progress(load_settings()):
        _LOG.info("%s data: %d plants", 'a "b"\n\x1b[31m', 3)
        try:
            raise OSError("the disk is full")
        except OSError:
            _LOG.exception("not written")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert datetime.fromisoformat(first.pop("time")).utcoffset() == timedelta(0)
    assert first == {
        "level": "INFO",
        "logger": "plant_pipeline.readings.pull",
        "message": 'a "b"\n\x1b[31m data: 3 plants',
    }
    assert (second["level"], second["message"]) == ("ERROR", "not written")
    assert second["error"].endswith("OSError: the disk is full")


def test_text_is_the_default_and_no_other_format_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(load_settings()):
        _LOG.info("voke data: 3 plants")
    assert capsys.readouterr().err.endswith("  voke data: 3 plants\n")
    monkeypatch.setenv("PLANT_PIPELINE_LOG_FORMAT", "xml")
    with pytest.raises(UsageError, match="PLANT_PIPELINE_LOG_FORMAT"):
        load_settings()
