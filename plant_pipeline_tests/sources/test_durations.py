from datetime import timedelta

import pytest

from plant_pipeline.sources.cells import parse_duration


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("P0D", timedelta()),
        ("PT0S", timedelta()),
        ("PT0H", timedelta()),
        ("PT5M", timedelta(minutes=5)),
        ("P1DT2H", timedelta(hours=26)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(days=14)),
        ("PT1H30M15.5S", timedelta(hours=1, minutes=30, seconds=15.5)),
        ("-PT5M", timedelta(minutes=-5)),
    ],
)
def test_a_duration_in_iso_8601(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


@pytest.mark.parametrize(
    "written", ["", "P", "PT", "P1DT", "1D", "PT5", "5M", "P1M", "PT1.5H", "pt5m", "P1D ", "P" + "9" * 400 + "D"]
)
def test_what_is_no_duration_is_none(written: str) -> None:
    assert parse_duration(written) is None
