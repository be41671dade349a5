"""What is work for a person, in which order and words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.report.attention import work_of
from plant_pipeline.report.comparison import DayComparison
from plant_pipeline.report.fleet_days import Conflict
from plant_pipeline.report.headline import Headline, ReportPlant
from plant_pipeline_tests.report.test_comparison import plant

DAY = date(2026, 3, 20)


def headline(plants: Sequence[ReportPlant], **columns: Any) -> Headline:
    nothing: dict[str, Any] = {"proposals": 0, "quarantined_records": 0, "queued_plant_days": 0, "latest_run_at": None}
    rows: dict[str, Any] = {"trend": [], "parts": [], "undelivered": [], "streams": []}
    return Headline(report_date=DAY, plants=plants, **{**nothing, **rows, **columns})


def test_a_fleet_that_is_well_needs_nobody() -> None:
    assert work_of(headline([plant("P-1")]), {"P-1": DayComparison(own_ratio=1.0)}, [], []) == []


def test_low_plants_are_named_by_what_they_lack() -> None:
    """100 kWh are half of 200 and 60 are six tenths of 100: 140 kWh are lacking, most at the first."""
    plants = [plant("P-1", 60.0), plant("P-2", 100.0), plant("P-3", 80.0)]
    compared = {
        "P-1": DayComparison(own_ratio=0.6),
        "P-2": DayComparison(forecast=0.5),
        "P-3": DayComparison(own_ratio=0.8),
    }
    (work,) = work_of(headline(plants), compared, [], [])
    assert (work.level, work.command) == ("warn", "explain P-2 2026-03-20")
    assert work.text == "2 plants more than 30 % below expectation: 140.0 kWh less than to be expected"
    assert [own.plant_code for own in work.plants] == ["P-2", "P-1"]


def test_alarms_come_before_what_is_to_be_looked_at_and_that_before_notes() -> None:
    plants = [
        plant("P-1", None, null_reason="meter_unexplained"),
        plant("P-2", None, null_reason="no_data"),
        plant("P-3", None, null_reason="no_data"),
        plant("P-4", None, was_run=False),
        plant("P-5", None, was_run=False, has_sensors=False),
        plant("P-6", 5.0, status="provisional", flags=("outlier", "device_silent")),
        plant("P-7", 7.0, status="provisional"),
    ]
    own = headline(
        plants,
        streams=[StreamOutcome("voke", "plant", "failed", message="HTTP 503")],
        undelivered=[date(2026, 3, 18), DAY],
        proposals=2,
        quarantined_records=1,
        queued_plant_days=3,
    )
    conflict = Conflict("P-9", "Nine", "capacity_ac_kw", "ravenwits", "1", "voke", "2", 1.0, 0.05)
    assert [(work.level, work.text) for work in work_of(own, {}, [conflict, conflict], [])] == [
        ("alarm", "1 source stream failed in the latest run"),
        ("alarm", "2 days not delivered to Raptor Maps"),
        ("alarm", "2 plants without energy: no readings arrived"),
        ("alarm", "1 plant without energy: the meter fell and nothing explains it"),
        ("alarm", "1 plant without energy: this date has not been computed for it"),
        ("warn", "1 plant with provisional energy, 5.0 kWh, not in the sum: device silent"),
        ("warn", "2 doubtful matches to decide"),
        ("warn", "1 plant on which systems disagree"),
        ("warn", "1 record in quarantine"),
        ("note", "1 plant without any sensor: no source measures its energy"),
        ("note", "1 plant with provisional energy, 7.0 kWh, not in the sum: a part of the day may still come"),
        ("note", "3 plant days to be computed again: the registry learned of them"),
    ]


def test_uncertainties_add_up_as_independent_ones_and_gaps_plainly() -> None:
    plants = [
        plant("P-1", uncertainty_kwh=3.0, gap_kwh=0.5),
        plant("P-2", uncertainty_kwh=4.0, gap_kwh=0.25),
        plant("P-3", uncertainty_kwh=100.0, gap_kwh=100.0, status="provisional"),
    ]
    own = headline(plants)
    assert own.uncertainty_kwh == 5.0
    assert own.gap_kwh == 0.75
