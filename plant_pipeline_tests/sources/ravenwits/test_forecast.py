from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Handler, Puller, html, status
from plant_pipeline_tests.sources.ravenwits.conftest import FORECAST, PLANTS, plant

_LATER = AT + timedelta(hours=6)


def _row(period_end: str, pred: object, name: str = "SIERRA_01") -> dict[str, Any]:
    return {"plant": name, "datetime": period_end, "pred": pred}


def test_periods_end_in_utc_and_plants_are_found_by_name(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1)])
    api.on(FORECAST, [_row("2026-03-10 07:00", "277.836"), _row("2026-03-10 08:00", "301.5", "UNKNOWN")])
    pull("plant")
    outcome = pull("forecast")
    assert (outcome.state, outcome.got, outcome.seen_new, outcome.seen_changed) == ("complete", 2, 2, 0)
    assert api.requests[-1].url.query == b"timezone=UTC&format=json"
    assert pull.rows("select * from ravenwits.forecast order by period_end") == [
        {
            "plant_name": "SIERRA_01",
            "period_end": datetime(2026, 3, 10, 7, tzinfo=UTC),
            "retrieved_at": AT,
            "source_plant_id": "a3c1e5f0-0000-4000-8000-000000000001",
            "energy_kwh": 277.836,
        },
        {
            "plant_name": "UNKNOWN",
            "period_end": datetime(2026, 3, 10, 8, tzinfo=UTC),
            "retrieved_at": AT,
            "source_plant_id": None,
            "energy_kwh": 301.5,
        },
    ]


def test_a_row_is_added_only_when_the_value_changes(api: FakeApi, pull: Puller) -> None:
    api.on(
        FORECAST,
        [_row("2026-03-10 07:00", "10"), _row("2026-03-10 08:00", "20")],
        [_row("2026-03-10 07:00", "10.0"), _row("2026-03-10 08:00", "25"), _row("2026-03-10 09:00", "30")],
        [_row("2026-03-10 08:00", "20")],
        [_row("2026-03-10 08:00", "20")],
    )
    pull("forecast")
    second = pull("forecast", "run-2", _LATER)
    assert (second.seen_new, second.seen_changed) == (1, 1)
    # Back at the first value: the latest known one (25) differs, so it is a change once more, and then no longer.
    assert pull("forecast", "run-3", _LATER + timedelta(hours=6)).seen_changed == 1
    assert pull("forecast", "run-4", _LATER + timedelta(hours=12)).seen_changed == 0
    statement = "select extract(hour from period_end)::int as h, energy_kwh as e from ravenwits.forecast order by 1, {}"
    rows = pull.rows(statement.format("retrieved_at"))
    assert [(row["h"], row["e"]) for row in rows] == [(7, 10.0), (8, 20.0), (8, 25.0), (8, 20.0), (9, 30.0)]


def test_the_last_hour_of_a_month_is_labelled_with_the_next(api: FakeApi, pull: Puller) -> None:
    api.on(FORECAST, [_row("2026-03-31 23:00", "1"), _row("2026-04-01 00:00", "2"), _row("2027-01-01 00:00", "3")])
    pull("forecast")
    assert pull.column("select tableoid::regclass::text from ravenwits.forecast order by period_end") == [
        "ravenwits.forecast_2026_03",
        "ravenwits.forecast_2026_04",
        "ravenwits.forecast_2027_01",
    ]


def test_a_name_two_plants_share_resolves_to_neither(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1), plant(2, name="SIERRA_01")]).on(FORECAST, [_row("2026-03-10 07:00", "1")])
    pull("plant")
    pull("forecast")
    assert pull.column("select source_plant_id from ravenwits.forecast") == [None]


def test_a_plant_that_left_lends_its_name_to_no_forecast(api: FakeApi, pull: Puller) -> None:
    """Plant 1 has left; its name says nothing until plant 3 bears it."""
    api.on(PLANTS, [plant(1), plant(2)], [plant(2)], [plant(2), plant(3, name="SIERRA_01")])
    api.on(FORECAST, [_row("2026-03-10 07:00", "1")], [_row("2026-03-10 08:00", "1")])
    pull("plant")
    pull("plant", "run-2", _LATER)
    pull("forecast", "run-2", _LATER)
    pull("plant", "run-3", _LATER)
    pull("forecast", "run-3", _LATER)
    assert pull.column("select source_plant_id from ravenwits.forecast order by period_end") == [
        None,
        "a3c1e5f0-0000-4000-8000-000000000003",
    ]


def test_no_forecast_is_no_failure(api: FakeApi, pull: Puller) -> None:
    api.on(FORECAST, status(404, {"error": "No normalized forecast found for customer: C"}))
    outcome = pull("forecast")
    assert (outcome.state, outcome.got) == ("complete", 0)


@pytest.mark.parametrize(
    "answer",
    [html(404), status(404, {"error": "No such customer"}), status(404, {"detail": "Not found."}), status(404, [])],
)
def test_any_other_404_is_a_failure(api: FakeApi, pull: Puller, answer: Handler) -> None:
    api.on(FORECAST, answer)
    outcome = pull("forecast")
    assert (outcome.state, outcome.is_transient) == ("failed", False)
    assert "answered 404" in (outcome.message or "")


def test_a_403_is_not_permitted(api: FakeApi, pull: Puller) -> None:
    api.on(FORECAST, status(403, {"detail": "You do not have permission."}))
    outcome = pull("forecast")
    assert outcome.state == "not_permitted"
    assert not outcome.is_failure


def test_other_errors_fail_it(api: FakeApi, pull: Puller) -> None:
    api.on(FORECAST, status(400, {"error": "Customer name not available."}))
    outcome = pull("forecast")
    assert outcome.state == "failed"
    assert outcome.message == f"ravenwits: {FORECAST}: answered 400: Customer name not available."


def test_without_plants_nothing_is_asked(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, html())
    pull("plant")
    outcome = pull("forecast")
    assert outcome.state == "failed"
    assert outcome.message == "not asked, as ravenwits plant could not be had"
    assert api.asked(FORECAST) == 0


@pytest.mark.parametrize(
    ("bad", "column", "check"),
    [
        (_row("2026-03-10 07:00", "lots"), "energy_kwh", "type"),
        (_row("2026-03-10 07:00", ""), "energy_kwh", "null"),
        (_row("2026-03-10 07:00", "1e29"), "energy_kwh", "in_range(-10000000000.0, 10000000000.0)"),
        (_row("10/03/2026 07h", "1"), "period_end", "type"),
        (_row("9999-12-31 00:00", "1"), "period_end", "in_this_century"),
        (_row("2026-03-10 07:00", "1", ""), "plant_name", "null"),
    ],
)
def test_a_bad_row_waits_and_the_others_go_on(
    api: FakeApi, pull: Puller, bad: dict[str, Any], column: str, check: str
) -> None:
    api.on(FORECAST, [bad, _row("2026-03-10 08:00", "20"), _row("2026-03-10 09:00", "30")])
    outcome = pull("forecast")
    assert (outcome.state, outcome.quarantined, outcome.seen_new) == ("complete", 1, 2)
    [rejected] = pull.rows("select column_name, check_name, payload from quarantine.rejected_record")
    assert rejected == {"column_name": column, "check_name": check, "payload": bad}


def test_a_renamed_field_stops_it(api: FakeApi, pull: Puller) -> None:
    api.on(FORECAST, [{"plant": "SIERRA_01", "datetime": "2026-03-10 07:00", "value": "3"}])
    outcome = pull("forecast")
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert outcome.message.startswith("pred: missing in 1 of 1 records")
