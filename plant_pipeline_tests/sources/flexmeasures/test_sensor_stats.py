import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.errors import SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.sources.flexmeasures.client import open_client
from plant_pipeline.sources.flexmeasures.sensor_stats import Statistics, fetch_statistics, parse_statistics
from plant_pipeline.sources.shapes import SensorSeries
from plant_pipeline_tests.sources.fake_api import FakeApi, Handler, html, status
from plant_pipeline_tests.sources.flexmeasures.conftest import SENSORS, SETTINGS, payload

_QUARTER = timedelta(minutes=15)
_STATS = f"{SENSORS}/30/stats"


def _figures(recorded: str, ended: str = "2026-03-28T13:00:00+01:00", **more: Any) -> dict[str, Any]:
    return {
        "First event start": "2026-03-28T12:00:00+01:00",
        "Last event end": ended,
        "Last recorded": recorded,
        "Max value": 5.0,
        "Number of values": 4,
        **more,
    }


def _parse(body: Any, resolution: timedelta = _QUARTER) -> Statistics:
    return parse_statistics("flexmeasures", _STATS, body, resolution)


# -- measurements and forecasts --
def test_the_source_that_measures_is_asked_for_by_id_if_there_is_a_forecast() -> None:
    # Recorded when the last event ended, and a day before.
    assert _parse(payload("sensor_stats"), timedelta(minutes=5)) == Statistics(
        first_event_utc=datetime(2026, 3, 27, 23, 0, tzinfo=UTC),
        value_count=1140,
        has_values=True,
        source_ids=(4,),
    )


def test_both_shapes_of_the_answer_say_the_same() -> None:
    body = payload("sensor_stats")
    pairs = {
        name: [list(pair) for pair in figures.items()] if isinstance(figures, dict) else figures
        for name, figures in body.items()
    }
    assert _parse(pairs) == _parse(body)


def test_without_forecasts_no_source_is_singled_out() -> None:
    body = {"a (ID: 4)": _figures("2026-03-28T13:00:00+01:00"), "b (ID: 9)": _figures("2026-04-01T00:00:00+02:00")}
    statistics = _parse(body)
    assert (statistics.source_ids, statistics.value_count) == ((), 8)


def test_several_measuring_sources_are_asked_for_in_the_order_they_recorded() -> None:
    body = {
        "corrected (ID: 9)": _figures("2026-03-30T00:00:00+02:00"),
        "meter (ID: 4)": _figures("2026-03-28T13:00:10+01:00"),
        "day-ahead (ID: 5)": _figures("2026-03-27T13:00:00+01:00"),
    }
    assert _parse(body).source_ids == (4, 9)


@pytest.mark.parametrize(
    ("recorded", "resolution", "is_forecast"),
    [
        # The last of the quarters ended at 13:00, so it began at 12:45.
        ("2026-03-28T12:45:00+01:00", _QUARTER, True),
        ("2026-03-28T12:45:02+01:00", _QUARTER, False),  # written down as soon as it began
        ("2026-03-28T13:00:00+01:00", _QUARTER, False),
        ("2026-03-29T13:00:00+01:00", _QUARTER, False),
        ("2026-03-28T12:59:59+01:00", timedelta(), True),
        ("2026-03-28T13:00:00+01:00", timedelta(), False),
        ("", _QUARTER, False),  # not known
        ("2026-03-28T12:00:00", _QUARTER, False),
    ],
)
def test_what_was_recorded_before_it_began_is_a_forecast(
    recorded: str, resolution: timedelta, is_forecast: bool
) -> None:
    statistics = _parse({"one (ID: 4)": _figures(recorded)}, resolution)
    assert statistics.has_only_forecasts is is_forecast
    assert statistics.value_count == (0 if is_forecast else 4)


def test_a_measurement_that_cannot_be_asked_for_beside_a_forecast_is_an_error() -> None:
    body = {"meter": _figures("2026-03-28T13:00:00+01:00"), "day-ahead": _figures("2026-03-27T13:00:00+01:00")}
    with pytest.raises(SourceShapeChanged, match="no id to ask for"):
        _parse(body)


def test_a_window_without_data_has_no_statistics() -> None:
    assert _parse({"status": 200}) == Statistics()


@pytest.mark.parametrize(
    ("first", "lies_between"),
    [("2026-03-28T12:00:00+01:00", False), ("2026-03-28T12:00:03+01:00", True), ("2026-03-28T12:00:00.5+01:00", True)],
)
def test_readings_between_whole_minutes_are_noticed(first: str, lies_between: bool) -> None:
    figures = _figures("2026-03-28T13:00:00+01:00", **{"First event start": first})
    assert _parse({"meter (ID: 4)": figures}, timedelta()).lies_between_minutes is lies_between


_ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-03-28T12:00:00+01:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Last recorded", "Number of values", "a (ID: 1)", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(_ODD)
def test_any_json_is_read_or_an_error_of_the_source(body: Any) -> None:
    try:
        statistics = _parse(body)
    except SourceShapeChanged:
        return
    assert statistics.value_count == 0 or isinstance(body, dict)


# -- the call --
def _fetch(api: FakeApi, unit: str = "kW", resolution: timedelta = _QUARTER) -> Statistics:
    start_utc = datetime(2026, 3, 27, 23, 0, tzinfo=UTC)
    series = SensorSeries(1, "30", unit, resolution, start_utc, start_utc + timedelta(days=1))

    async def no_wait(_seconds: float) -> None:
        return None

    async def run() -> Statistics:
        async with open_client(SETTINGS, transport=httpx.MockTransport(api), sleep=no_wait) as client:
            return await fetch_statistics(client, series)

    return asyncio.run(run())


def test_the_window_is_asked_for_in_utc(api: FakeApi) -> None:
    assert _fetch(api.on(_STATS, payload("sensor_stats"))).source_ids == (4,)
    assert dict(api.requests[0].url.params) == {
        "event_start_time": "2026-03-27T23:00:00+00:00",
        "event_end_time": "2026-03-28T23:00:00+00:00",
    }


@pytest.mark.parametrize("unit", ["V", "kV", "A", "mA"])
@pytest.mark.parametrize("minutes", [1, 5, 15])
def test_nothing_is_asked_for_where_it_could_not_matter(api: FakeApi, unit: str, minutes: int) -> None:
    """Nobody forecasts a voltage, and a grid of five minutes is the same in all time zones."""
    assert _fetch(api, unit, timedelta(minutes=minutes)) == Statistics()
    assert api.requests == []


@pytest.mark.parametrize(("unit", "minutes"), [("V", 0), ("V", 60), ("A", 10), ("°C", 15), ("m/s", 15), ("kWh", 15)])
def test_statistics_are_asked_for_where_they_could(api: FakeApi, unit: str, minutes: int) -> None:
    _fetch(api.on(_STATS, {"status": 200}), unit, timedelta(minutes=minutes))
    assert api.asked(_STATS) == 1


@pytest.mark.parametrize("answer", [html(404), status(404, {"message": "x"}), status(405), status(422), status(410)])
def test_a_server_without_statistics_is_an_older_one(api: FakeApi, answer: Handler) -> None:
    assert _fetch(api.on(_STATS, answer)) == Statistics()


@pytest.mark.parametrize(
    ("answer", "error"),
    [(status(401), SourceRejected), (status(403), SourceRejected), (status(500), SourceUnavailable)],
)
def test_a_server_that_refuses_or_fails_is_not(api: FakeApi, answer: Handler, error: type[Exception]) -> None:
    with pytest.raises(error):
        _fetch(api.on(_STATS, answer))
