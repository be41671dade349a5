"""Readings from a server in memory that behaves as the real one does: events on their grid, everything else is lost."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_pipeline.days import day_window
from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.sources.flexmeasures.client import open_client
from plant_pipeline.sources.flexmeasures.readings import fetch_series
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline_tests.sources.fake_api import FakeApi, Handler, html, no_answer, status
from plant_pipeline_tests.sources.flexmeasures.conftest import SENSORS, SETTINGS, payload

_DATA, _STATS, _CHART = f"{SENSORS}/30/data", f"{SENSORS}/30/stats", "/api/dev/sensor/30/chart_data"
_NOON = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
_HOUR, _QUARTER, _MINUTE = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=1)


@dataclass(frozen=True)
class Event:
    """One stored value of one source."""

    at: datetime
    value: float
    recorded_at: datetime
    source_id: int = 4


@dataclass
class Sensor:
    """A sensor of a server in memory, with its data endpoints."""

    resolution: timedelta
    unit: str = "kW"
    events: list[Event] = field(default_factory=list)

    def measure(self, at: datetime, *values: float, every: timedelta | None = None, source_id: int = 4) -> "Sensor":
        """Store values, each written down when its event ends."""
        step = every or self.resolution
        for i, value in enumerate(values):
            begin = at + i * step
            self.events.append(Event(begin, value, begin + self.resolution, source_id))
        return self

    def forecast(self, at: datetime, *values: float, source_id: int = 5) -> "Sensor":
        """Store values, each written down a day before."""
        for i, value in enumerate(values):
            begin = at + i * self.resolution
            self.events.append(Event(begin, value, begin - timedelta(days=1), source_id))
        return self

    def _latest(self, events: Iterable[Event]) -> dict[datetime, float]:
        return {event.at: event.value for event in sorted(events, key=lambda event: event.recorded_at)}

    def data(self, request: httpx.Request) -> httpx.Response:
        """The grid from `start`: an event off it is null, as on the real server."""
        params = request.url.params
        start = datetime.fromisoformat(params["start"])
        length = timedelta(seconds=int(params["duration"].removeprefix("PT").removesuffix("S")))
        step = timedelta(minutes=int(params["resolution"][2:-1])) if "resolution" in params else self.resolution
        wanted = int(params.get("source", 0))
        known = self._latest(e for e in self.events if not wanted or e.source_id == wanted)
        values = [known.get(start + i * step) for i in range(length // step)]
        stated = "PT0H" if not self.resolution else f"PT{int(self.resolution.total_seconds() // 60)}M"
        body = {"values": values, "start": params["start"], "unit": params["unit"], "resolution": stated}
        return httpx.Response(200, json={**body, "status": "PROCESSED"})

    def stats(self, request: httpx.Request) -> httpx.Response:
        start = datetime.fromisoformat(request.url.params["event_start_time"])
        end = datetime.fromisoformat(request.url.params["event_end_time"])
        body: dict[str, Any] = {"status": 200}
        for source_id in sorted({event.source_id for event in self.events}):
            events = [e for e in self.events if e.source_id == source_id and start <= e.at < end]
            if events:
                body[f"someone (ID: {source_id})"] = {
                    "First event start": min(e.at for e in events).isoformat(),
                    "Last event end": (max(e.at for e in events) + self.resolution).isoformat(),
                    "Last recorded": max(e.recorded_at for e in events).isoformat(),
                    "Max value": max(e.value for e in events),
                    "Number of values": len(events),
                }
        return httpx.Response(200, json=body)

    def chart(self, request: httpx.Request) -> httpx.Response:
        start = datetime.fromisoformat(request.url.params["event_starts_after"])
        end = datetime.fromisoformat(request.url.params["event_ends_before"])
        shown = [e for e in self.events if start <= e.at <= end]
        return httpx.Response(200, json=[chart_event(e, self.unit) for e in shown])

    def served(self, api: FakeApi) -> FakeApi:
        return api.on(_DATA, self.data).on(_STATS, self.stats).on(_CHART, self.chart)


def chart_event(event: Event, unit: str) -> dict[str, Any]:
    return {
        "event_start": round(event.at.timestamp() * 1000),
        "belief_time": round(event.recorded_at.timestamp() * 1000),
        "event_value": event.value,
        "source": {"id": event.source_id},
        "sensor": {"id": 30, "sensor_unit": unit},
    }


async def _no_wait(_seconds: float) -> None:
    return None


def _fetch(
    api: FakeApi,
    resolution: timedelta = _QUARTER,
    start: datetime = _NOON,
    end: datetime = _NOON + _HOUR,
    unit: str = "kW",
) -> Readings:
    async def run() -> Readings:
        async with open_client(SETTINGS, transport=httpx.MockTransport(api), sleep=_no_wait) as client:
            return await fetch_series(client, SensorSeries(7, "30", unit, resolution, start, end))

    return asyncio.run(run())


def _by_minute(readings: Readings) -> dict[float, float]:
    """Values by minutes after noon."""
    return {(e - _NOON.timestamp()) / 60: v for e, v in zip(readings.epochs_s, readings.values, strict=True)}


def _query(api: FakeApi, path: str = _DATA) -> Mapping[str, str]:
    return next(dict(request.url.params) for request in api.requests if request.url.path == path)


# -- recorded answers --
def test_a_recorded_answer_and_its_grid(api: FakeApi) -> None:
    api.on(_STATS, payload("sensor_stats")).on(_DATA, payload("data"))
    # 12:00 +01:00 is 11:00 UTC; twelve values of five minutes.
    start = _NOON - _HOUR
    readings = _fetch(api, timedelta(minutes=5), start, _NOON)
    assert (readings.sensor_id, readings.unit) == (7, "kW")
    assert readings.epochs_s == tuple(start.timestamp() + 300 * i for i in range(12))
    assert (readings.values[0], readings.values[-1]) == (981.823, 863.604)
    assert _query(api) == {"start": "2026-03-28T11:00:00+00:00", "duration": "PT3600S", "unit": "kW", "source": "4"}


def test_a_recorded_answer_of_the_charts(api: FakeApi) -> None:
    # 12:00, 12:10 and 12:20 in Denver (UTC-6), of which the data endpoint gives none.
    at = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
    figures = {"First event start": at.isoformat(), "Max value": 0.9, "Number of values": 3}
    api.on(_STATS, {"reader-at-operator.example (ID: 4)": figures}).on(_CHART, payload("chart_data"))
    api.on(_DATA, {"values": [None] * 60, "start": at.isoformat(), "unit": "kW/m²", "resolution": "PT0H"})
    readings = _fetch(api, timedelta(), at, at + _HOUR, "kW/m²")
    assert [e - at.timestamp() for e in readings.epochs_s] == [0, 600, 1200]
    assert readings.values == (0.6585, 0.667, 0.8925)


# -- interval sensors --
def test_native_resolution_is_asked_for_and_null_is_no_reading(api: FakeApi) -> None:
    Sensor(_QUARTER).measure(_NOON, 1.0, 2.0).measure(_NOON + 3 * _QUARTER, 0.0).served(api)
    assert _by_minute(_fetch(api)) == {0: 1.0, 15: 2.0, 45: 0.0}
    assert "resolution" not in _query(api)


def test_a_window_off_the_grid_is_widened_to_it_and_gives_its_own_readings_only(api: FakeApi) -> None:
    Sensor(_QUARTER).measure(_NOON - _QUARTER, *range(8)).served(api)
    readings = _fetch(api, start=_NOON + timedelta(minutes=5), end=_NOON + timedelta(minutes=50))
    assert _query(api)["start"] == "2026-03-28T12:00:00+00:00"
    assert _by_minute(readings) == {15: 2.0, 30: 3.0, 45: 4.0}


def test_the_grid_of_a_zone_with_an_odd_offset_is_that_of_its_first_event(api: FakeApi) -> None:
    # Midnight in Kathmandu is 18:15 UTC, and hours begin a quarter past.
    midnight = datetime(2026, 3, 27, 18, 15, tzinfo=UTC)
    Sensor(_HOUR).measure(midnight, *range(24)).served(api)
    readings = _fetch(api, _HOUR, midnight, midnight + 24 * _HOUR)
    assert (readings.values, readings.epochs_s[0]) == (tuple(map(float, range(24))), midnight.timestamp())


def test_hours_on_utc_in_a_zone_with_half_an_hour_are_found(api: FakeApi) -> None:
    # Adelaide's day begins at 13:30 UTC; these hours were written down as UTC hours.
    midnight = datetime(2026, 3, 28, 13, 30, tzinfo=UTC)
    Sensor(_HOUR).measure(_NOON, *range(30)).served(api)
    readings = _fetch(api, _HOUR, midnight, midnight + 24 * _HOUR)
    assert (len(readings.values), readings.values[0]) == (24, 2.0)  # from 14:00 on


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_with_a_clock_change_has_all_its_readings(api: FakeApi, day: date, hours: int) -> None:
    window = day_window(day, "Europe/Amsterdam")
    assert window is not None
    Sensor(_QUARTER).measure(window.start_utc - _HOUR, *range(4 * hours + 8)).served(api)
    readings = _fetch(api, start=window.start_utc, end=window.end_utc)
    assert readings.values == tuple(float(i) for i in range(4, 4 * hours + 4))
    assert _query(api)["duration"] == f"PT{hours * 3600}S"


def test_stored_values_of_which_none_comes_are_an_error_and_not_an_empty_day(api: FakeApi) -> None:
    api.on(_STATS, Sensor(_HOUR).measure(_NOON, 1.0).stats).on(_DATA, {"values": [None], "unit": "kW"})
    with pytest.raises(SourceShapeChanged, match=r"1 values are stored between .* none came"):
        _fetch(api, _HOUR)


def test_a_sensor_without_data_has_no_readings(api: FakeApi) -> None:
    Sensor(_QUARTER).served(api)
    assert _fetch(api) == Readings(7, "kW", (), ())


def test_rows_that_hold_no_number_are_no_error(api: FakeApi) -> None:
    figures = {"First event start": _NOON.isoformat(), "Max value": None, "Number of values": 4}
    api.on(_STATS, {"someone (ID: 4)": figures}).on(_DATA, {"values": [None] * 4, "unit": "kW"})
    assert _fetch(api).values == ()


# -- instantaneous sensors --
@pytest.mark.parametrize("spacing_min", [1, 5, 7, 10, 15, 60])
def test_an_instantaneous_sensor_loses_no_reading_whatever_its_spacing(api: FakeApi, spacing_min: int) -> None:
    begin = _NOON + timedelta(minutes=3)
    Sensor(timedelta()).measure(begin, *range(20), every=spacing_min * _MINUTE).served(api)
    readings = _fetch(api, timedelta(), end=_NOON + 24 * _HOUR)
    assert _by_minute(readings) == {3 + spacing_min * i: float(i) for i in range(20)}
    assert _query(api)["resolution"] == "PT1M"
    assert api.asked(_CHART) == 0


@given(st.sets(st.integers(0, 3599), max_size=12))
def test_readings_at_any_second_are_had_with_their_instants(seconds: set[int]) -> None:
    sensor = Sensor(timedelta())
    for second in seconds:
        sensor.measure(_NOON + timedelta(seconds=second), float(second))
    readings = _fetch(sensor.served(FakeApi()), timedelta())
    assert readings.values == tuple(map(float, sorted(seconds)))
    assert [e - _NOON.timestamp() for e in readings.epochs_s] == sorted(seconds)


@pytest.mark.parametrize("answer", [status(404), html(404), status(403), status(422)])
def test_readings_between_minutes_that_cannot_be_had_are_an_error(api: FakeApi, answer: Handler) -> None:
    Sensor(timedelta()).measure(_NOON + timedelta(seconds=3), 1.0, 2.0, every=5 * _MINUTE).served(api).on(
        _CHART, answer
    )
    with pytest.raises(SourceShapeChanged, match="between whole minutes"):
        _fetch(api, timedelta())


def test_revised_readings_are_counted_twice_by_the_server_and_that_is_no_loss(api: FakeApi) -> None:
    sensor = Sensor(timedelta()).measure(_NOON, 1.0, 2.0, every=5 * _MINUTE)
    sensor.events.append(Event(_NOON, 1.5, _NOON + _HOUR))
    assert _by_minute(_fetch(sensor.served(api), timedelta())) == {0: 1.5, 5: 2.0}
    assert _by_minute(_fetch(sensor.served(api).on(_CHART, status(404)), timedelta())) == {0: 1.5, 5: 2.0}


def test_of_two_records_of_an_instant_the_later_one_counts_in_any_order(api: FakeApi) -> None:
    begin = _NOON + timedelta(seconds=3)
    records = [Event(begin, 1.0, begin), Event(begin, 1.5, begin + _HOUR)]
    for events in (records, records[::-1]):
        assert _fetch(Sensor(timedelta(), events=events).served(api), timedelta()).values == (1.5,)


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, ["x"], [{}], [chart_event(Event(_NOON, 1.0, _NOON), "MW")], [[1, 2]], "text"]
)
def test_charts_that_are_none_are_a_changed_shape(api: FakeApi, body: object) -> None:
    Sensor(timedelta()).measure(_NOON + timedelta(seconds=3), 1.0).served(api).on(_CHART, body)
    with pytest.raises(SourceShapeChanged):
        _fetch(api, timedelta())


# -- forecasts --
def test_a_forecast_does_not_fill_in_where_no_measurement_is_known(api: FakeApi) -> None:
    Sensor(_QUARTER).measure(_NOON, 1.0, 2.0).forecast(_NOON, 8.0, 8.0, 8.0, 8.0).served(api)
    assert _by_minute(_fetch(api)) == {0: 1.0, 15: 2.0}
    assert _query(api)["source"] == "4"


def test_nothing_but_forecasts_is_no_reading(api: FakeApi) -> None:
    Sensor(_QUARTER).forecast(_NOON, 8.0, 8.0).served(api)
    assert _fetch(api).values == ()
    assert api.asked(_DATA) == 0


def test_two_measuring_sources_beside_a_forecast_are_joined_the_later_record_wins(api: FakeApi) -> None:
    sensor = Sensor(_QUARTER).measure(_NOON, 1.0, 2.0, 3.0).forecast(_NOON, 8.0, 8.0, 8.0, 8.0)
    sensor.events += [Event(_NOON + _QUARTER, 2.5, _NOON + 24 * _HOUR, source_id=9)]
    assert _by_minute(_fetch(sensor.served(api))) == {0: 1.0, 15: 2.5, 30: 3.0}


def test_instants_off_the_minute_beside_a_forecast(api: FakeApi) -> None:
    begin = _NOON + timedelta(seconds=30)
    sensor = Sensor(timedelta()).measure(begin, 1.0)
    sensor.events.append(Event(begin + _MINUTE, 9.0, _NOON - _HOUR, source_id=5))
    assert _by_minute(_fetch(sensor.served(api), timedelta())) == {0.5: 1.0}


def test_without_statistics_the_data_are_taken_as_they_are(api: FakeApi) -> None:
    Sensor(_QUARTER).measure(_NOON, 1.0).served(api).on(_STATS, html(404))
    assert _by_minute(_fetch(api)) == {0: 1.0}
    assert "source" not in _query(api)


# -- answers that contradict the question --
def _answer(api: FakeApi, **changes: Any) -> FakeApi:
    body = {"values": [1.0, 2.0, None, 4.0], "start": _NOON.isoformat(), "unit": "kW", "resolution": "PT15M"}
    return api.on(_STATS, {"status": 200}).on(_DATA, {**body, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "MW"}, "asked for kW, got 'MW'"),
        ({"unit": "\x00"}, "got '.x00'"),
        ({"values": [1.0, 2.0]}, "2 values do not fill 4 steps of 900 s"),
        ({"values": [1.0] * 5}, "5 values do not fill"),
        ({"values": []}, "0 values do not fill"),
        ({"values": [1.0, 2.0], "resolution": "PT5M"}, "2 values do not fill"),
        ({"values": {"0": 1.0}}, "a list named values"),
        ({"values": [1.0, "2.0", None, 4.0]}, "not a number"),
        ({"values": [1.0, True, None, 4.0]}, "not a number"),
        ({"values": [1.0, [2.0], None, 4.0]}, "not a number"),
    ],
)
def test_an_answer_that_contradicts_the_question_is_a_changed_shape(
    api: FakeApi, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SourceShapeChanged, match=message) as refused:
        _fetch(_answer(api, **changes))
    assert str(refused.value).isprintable()


def test_another_spacing_is_taken_if_length_and_statement_agree_on_it(api: FakeApi) -> None:
    readings = _fetch(_answer(api, values=[1.0, 2.0], resolution="PT30M"))
    assert _by_minute(readings) == {0: 1.0, 30: 2.0}


def test_another_start_is_believed(api: FakeApi) -> None:
    begin = (_NOON + timedelta(minutes=5)).isoformat()
    assert _by_minute(_fetch(_answer(api, start=begin))) == {5: 1.0, 20: 2.0, 50: 4.0}
    for nothing in (None, "soon", "2026-03-28T12:00:00", 5):
        assert _by_minute(_fetch(_answer(api, start=nothing))) == {0: 1.0, 15: 2.0, 45: 4.0}


def test_whole_numbers_are_numbers_and_a_missing_unit_is_the_one_asked_for(api: FakeApi) -> None:
    readings = _fetch(_answer(api, values=[1, 0, None, -4], unit=None))
    assert readings.values == (1.0, 0.0, -4.0)
    assert {type(value) for value in readings.values} == {float}


def test_nan_is_no_reading_and_infinity_is_no_number(api: FakeApi) -> None:
    def body(text: str) -> Handler:
        return lambda _: httpx.Response(200, content=f'{{"values": [1.0, {text}, null, 4.0], "unit": "kW"}}'.encode())

    api.on(_STATS, {"status": 200})
    assert _by_minute(_fetch(api.on(_DATA, body("NaN")))) == {0: 1.0, 45: 4.0}
    with pytest.raises(SourceShapeChanged, match="not a number"):
        _fetch(api.on(_DATA, body("Infinity")))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (status(403), SourceRejected),
        (status(404, {"message": "Sensor 30 not found", "status": 404}), SourceRejected),
        (status(422, {"message": {"combined_sensor_data_description": {"unit": ["x"]}}}), SourceRejected),
        (status(500), SourceUnavailable),
        (html(), SourceUnavailable),
        (no_answer, SourceUnavailable),
    ],
)
def test_failures_are_told_apart(api: FakeApi, answer: Handler, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        _fetch(api.on(_STATS, {"status": 200}).on(_DATA, answer))


_ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("PT15M"),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["values", "unit", "start", "resolution", "event_start"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(_ODD, st.sampled_from([timedelta(), _QUARTER]))
def test_any_json_is_readings_or_an_error_of_the_source(body: Any, resolution: timedelta) -> None:
    api = FakeApi().on(_STATS, Sensor(resolution).measure(_NOON, 1.0).stats).on(_CHART, status(404))
    try:
        # Not by httpx, which refuses to write NaN.
        readings = _fetch(api.on(_DATA, lambda _: httpx.Response(200, content=_dumped(body))), resolution)
    except SourceError:
        return
    assert len(readings.epochs_s) == len(readings.values)


def _dumped(body: Any) -> bytes:
    return json.dumps(body).encode()
