from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline.sources.flexmeasures.client import API
from plant_pipeline_tests.sources.fake_api import FakeApi, Handler, html, no_answer, status
from plant_pipeline_tests.sources.flexmeasures.conftest import (
    ASSETS,
    SENSORS,
    FlexPuller,
    asset,
    pages,
    payload,
    sensor,
)

_DAY = date(2026, 3, 29)  # 23 hours in Amsterdam
_KPIS = f"{API}/assets/4/kpis"
_SHOWN = '[{"title": "Daily energy", "sensor": 35, "function": "sum"}, {"title": "Peak", "sensor": 36}]'


def _daily(number: int, asset_id: int, timezone: str | None = "Europe/Amsterdam") -> dict[str, Any]:
    return sensor(number, asset_id, event_resolution="P1D", timezone=timezone)


def _pull(
    pull: FlexPuller,
    assets: list[dict[str, Any]] | None = None,
    sensors: list[dict[str, Any]] | None = None,
    dates: tuple[date, ...] = (_DAY,),
    at: datetime = datetime(2026, 4, 2, 4, 0, tzinfo=UTC),
) -> StreamOutcome:
    pull.api.on(ASSETS, pages(assets or [asset(4, sensors_to_show_as_kpis=_SHOWN)]))
    pull.api.on(SENSORS, sensors or [_daily(35, 4), _daily(36, 4)])
    assert (pull("asset", at=at).state, pull("sensor", at=at).state) == ("complete", "complete")
    pull.api.requests.clear()
    return pull("kpi", at=at, dates=dates)


def _values(pull: FlexPuller) -> list[tuple[Any, ...]]:
    rows = pull.rows(
        "select asset_id, kpi_date, sensor_id, title, downsample_function, unit, value from flexmeasures.kpi "
        "order by asset_id, kpi_date, sensor_id"
    )
    return [tuple(row.values()) for row in rows]


def test_the_kpis_of_a_local_day_are_kept_with_unit_and_function(api: FakeApi, pull: FlexPuller) -> None:
    api.on(_KPIS, payload("kpis"))
    outcome = _pull(pull)
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 3, 3)
    assert _values(pull) == [
        (4, _DAY, 35, "Daily energy", "sum", "kWh", 12519.29),
        (4, _DAY, 36, "Performance ratio", "mean", "%", 81.5),
        (4, _DAY, 37, "Peak power", "max", "kW", 2086.5),
    ]
    (request,) = api.requests
    assert dict(request.url.params) == {"start": "2026-03-28T23:00:00+00:00", "end": "2026-03-29T22:00:00+00:00"}


def test_a_day_pulled_again_replaces_itself(api: FakeApi, pull: FlexPuller) -> None:
    api.on(_KPIS, payload("kpis"))
    _pull(pull)
    changed = {"data": [{**payload("kpis")["data"][0], "downsample_value": 5.0}]}
    api.on(_KPIS, changed)
    outcome = pull("kpi", "run-2", datetime(2026, 4, 3, tzinfo=UTC), (_DAY,))
    assert (outcome.seen_new, outcome.seen_changed) == (0, 1)
    assert [row[-1] for row in _values(pull)] == [5.0, 81.5, 2086.5]


def test_only_days_that_are_over_where_the_asset_is_are_asked_for(api: FakeApi, pull: FlexPuller) -> None:
    dates = tuple(date(2026, 3, 28) + timedelta(days=i) for i in range(4))
    # The 29th ends in Amsterdam at 22:00 UTC.
    at = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    api.on(_KPIS, {"data": []})
    _pull(pull, dates=dates, at=at)
    assert [request.url.params["start"][:10] for request in api.requests] == ["2026-03-27", "2026-03-28"]


def test_the_zone_is_that_of_most_of_the_sensors_shown(api: FakeApi, pull: FlexPuller) -> None:
    shown = '[{"title": "a", "sensor": 1}, {"title": "b", "sensor": 2}, {"title": "c", "sensor": 3}, "odd", {"x": 1}]'
    sensors = [_daily(1, 4, "Asia/Kathmandu"), _daily(2, 4, "Asia/Kathmandu"), _daily(3, 4, "UTC"), _daily(9, 4, "UTC")]
    api.on(_KPIS, {"data": []})
    _pull(pull, [asset(4, sensors_to_show_as_kpis=shown)], sensors)
    assert api.requests[0].url.params["start"] == "2026-03-28T18:15:00+00:00"


@pytest.mark.parametrize("shown", ["[]", "", "{}", None, '[{"title": "a", "sensor": 77}]'])
def test_assets_that_show_no_kpis_are_not_asked(api: FakeApi, pull: FlexPuller, shown: str | None) -> None:
    outcome = _pull(pull, [asset(4, sensors_to_show_as_kpis=shown)])
    assert (outcome.state, outcome.got, api.requests) == ("complete", 0, [])


def _three(pull: FlexPuller) -> StreamOutcome:
    assets = [asset(i, sensors_to_show_as_kpis=f'[{{"title": "a", "sensor": {i}}}]') for i in (4, 5, 6)]
    return _pull(pull, assets, [_daily(i, i) for i in (4, 5, 6)])


def test_what_is_forbidden_is_named_and_no_failure(api: FakeApi, pull: FlexPuller) -> None:
    for number in (4, 5, 6):
        api.on(f"{API}/assets/{number}/kpis", status(403))
    outcome = _three(pull)
    assert (outcome.state, outcome.is_failure) == ("not_permitted", False)
    api.on(_KPIS, payload("kpis"))
    outcome = pull("kpi", "run-2", dates=(_DAY,), at=datetime(2026, 4, 2, tzinfo=UTC))
    assert (outcome.state, outcome.got) == ("complete", 3)
    assert "2 of 3 calls were not permitted" in (outcome.message or "")


@pytest.mark.parametrize("answer", [no_answer, html(), status(422), status(500), status(200, {"message": "hello"})])
def test_one_asset_that_fails_does_not_cost_the_others_theirs(api: FakeApi, pull: FlexPuller, answer: Handler) -> None:
    api.on(_KPIS, payload("kpis")).on(f"{API}/assets/5/kpis", answer).on(f"{API}/assets/6/kpis", status(404))
    outcome = _three(pull)
    assert (outcome.state, outcome.got) == ("incomplete", 3)
    assert "1 of 3 calls failed, first: flexmeasures: /api/v3_0/assets/5/kpis" in (outcome.message or "")
    assert len(_values(pull)) == 3


def test_records_of_another_shape_are_quarantined(api: FakeApi, pull: FlexPuller) -> None:
    good = payload("kpis")["data"]
    odd = [{**good[0], "downsample_function": "median"}, {**good[0], "sensor": "x"}]
    api.on(_KPIS, {"data": [*good, *odd]})
    outcome = _pull(pull)
    assert (outcome.state, outcome.quarantined, len(_values(pull))) == ("complete", 1, 4)
    assert pull.column("select column_name from quarantine.schema_drift") == ["downsample_function"]
