"""Which series there are, and their values: whose a row is, and what is no answer."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import FetchContext
from plant_pipeline.sources.voke.client import open_client
from plant_pipeline.sources.voke.telemetry import TELEMETRY, fetch_readings
from plant_pipeline.warehouse import read_frame
from plant_pipeline_tests.sources.fake_api import AT, Handler, Puller, html, status
from plant_pipeline_tests.sources.voke.conftest import (
    ORGANIZATION_ID,
    PLANTS,
    VokeApi,
    detail,
    envelope,
    page,
    plant_id,
)

_NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
_LATER = AT + timedelta(days=1)
_INV1, _INV2 = "de71ce00-0000-4000-8000-000000000001", "de71ce00-0000-4000-8000-000000000002"


def _point(metric: str, minutes: float = 0, value: object = 1.0, **changes: object) -> dict[str, Any]:
    return {
        "time": (_NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"),
        "plant_id": plant_id(1),
        "metric": metric,
        "value": value,
        "unit": "kW",
        "metadata": {},
        **changes,
    }


def _device(device_id: str, external_id: str) -> dict[str, Any]:
    return {
        "id": device_id,
        "plantId": plant_id(1),
        "organizationId": ORGANIZATION_ID,
        "externalId": external_id,
        "name": external_id,
        "serialNumber": None,
        "type": "INVERTER",
        "status": "ONLINE",
        "templateId": None,
        "metadata": None,
        "lastSeenAt": None,
        "createdAt": None,
        "updatedAt": None,
    }


def _latest(plant: int) -> str:
    return f"{TELEMETRY}/{plant_id(plant)}/latest"


@pytest.fixture
def two_plants(api: VokeApi, pull: Puller) -> VokeApi:
    api.has(detail(1), detail(2))
    api.on(f"{PLANTS}/{plant_id(1)}/sub-devices", page([_device(_INV1, "INV1"), _device(_INV2, "INV2")]))
    api.on(f"{PLANTS}/{plant_id(2)}/sub-devices", page([]))
    pull("plant")
    pull("sub_device")
    api.on(_latest(1), []).on(_latest(2), [])
    return api


_KNOWN = "select id, unit from voke.metric order by id"


# -- which series there are --
def test_a_series_is_of_the_device_that_its_metadata_names_by_either_id(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(
        _latest(1),
        [
            _point("fvePowerKw"),
            _point("activePowerKw", metadata={"subDeviceId": _INV1, "quality": "GOOD"}),
            _point("activePowerKw", metadata={"device": "INV2"}),
            _point("statePlc", unit=None, metadata=None),
            _point("activePowerKw", metadata={"externalId": "INV9"}),  # no device of this plant
        ],
    ).on(_latest(2), [_point("fvePowerKw", plant_id=plant_id(2), unit="W", metadata={"x": "INV1"})])
    assert pull("metric").state == "complete"
    assert {row["id"]: row["unit"] for row in pull.rows(_KNOWN)} == {
        f"{plant_id(1)}/-/fvePowerKw": "kW",
        f"{plant_id(1)}/INV1/activePowerKw": "kW",
        f"{plant_id(1)}/INV2/activePowerKw": "kW",
        f"{plant_id(1)}/-/statePlc": None,
        f"{plant_id(1)}/-/activePowerKw": "kW",
        f"{plant_id(2)}/-/fvePowerKw": "W",
    }


def test_a_series_that_falls_silent_stays_known(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_latest(1), [_point("fvePowerKw"), _point("gridPowerKw")])
    pull("metric")
    two_plants.on(_latest(1), [_point("gridPowerKw", 60)])
    outcome = pull("metric", "run-2", _LATER)
    assert (outcome.state, outcome.seen_new, outcome.seen_changed) == ("complete", 0, 0)
    assert [row["id"].rpartition("/")[2] for row in pull.rows(_KNOWN)] == ["fvePowerKw", "gridPowerKw"]


@pytest.mark.parametrize("fault", [status(500), html(), status(200, {"data": []}), status(200, [1])])
def test_plants_that_fail_are_told_and_the_others_go_on(two_plants: VokeApi, pull: Puller, fault: Handler) -> None:
    two_plants.on(_latest(1), fault).on(_latest(2), [_point("fvePowerKw", plant_id=plant_id(2))])
    outcome = pull("metric")
    assert outcome.is_failure
    if outcome.state == "incomplete":
        assert outcome.message is not None
        assert outcome.message.startswith("metrics of 1 of 2 plants could not be had: FVE Gate 1; first: voke: ")
        assert pull.column(_KNOWN) == [f"{plant_id(2)}/-/fvePowerKw"]


def test_a_plant_that_left_has_no_series_and_that_is_no_failure(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_latest(1), status(404)).on(_latest(2), [_point("fvePowerKw", plant_id=plant_id(2))])
    assert pull("metric").state == "complete"
    assert len(pull.column(_KNOWN)) == 1


def test_one_plant_barred_is_named_and_all_barred_are_not_permitted(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_latest(1), envelope(403, "FORBIDDEN"))
    outcome = pull("metric")
    assert (outcome.state, outcome.message) == ("complete", "metrics of 1 of 2 plants are not permitted")
    two_plants.on(_latest(2), envelope(403, "FORBIDDEN"))
    assert pull("metric", "run-2", _LATER).state == "not_permitted"


def test_a_point_without_metric_or_time_is_quarantined(two_plants: VokeApi, pull: Puller) -> None:
    points = [_point("a"), _point("b"), _point("c"), _point(""), _point("d", time="yesterday")]
    two_plants.on(_latest(1), points)
    outcome = pull("metric")
    assert (outcome.state, outcome.quarantined) == ("complete", 2)
    assert sorted(pull.column("select column_name from quarantine.rejected_record")) == ["last_seen_at", "metric"]


# -- their values --
Fetch = Callable[..., list[Readings]]


@pytest.fixture
def fetch(two_plants: VokeApi, pull: Puller) -> Fetch:
    """Readings of `device/metric` series of the first plant around noon, in the order asked for."""

    def run(*names: str, hours: float = 2, unit: str = "kW") -> list[Readings]:
        begin, end = _NOON - timedelta(hours=hours / 2), _NOON + timedelta(hours=hours / 2)
        series = [
            SensorSeries(number, f"{plant_id(1)}/{name}", unit, timedelta(), begin, end)
            for number, name in enumerate(names, 1)
        ]

        async def ask() -> Sequence[Readings]:
            async with open_client(pull.settings, transport=httpx.MockTransport(two_plants), sleep=_no_wait) as client:
                with pull.warehouse.transaction() as connection:
                    context = FetchContext(client, pull.settings, partial(read_frame, connection), AT)
                    return await fetch_readings(context, series)

        return list(asyncio.run(ask()))

    return run


async def _no_wait(_seconds: float) -> None:
    return None


def _by_minute(readings: Readings) -> dict[float, float]:
    """Values by minutes after noon."""
    return {(at - _NOON.timestamp()) / 60: value for at, value in zip(readings.epochs_s, readings.values, strict=True)}


def test_one_answer_serves_all_devices_and_no_row_falls_to_another(two_plants: VokeApi, fetch: Fetch) -> None:
    two_plants.on(
        TELEMETRY,
        [
            _point("activePowerKw", 5, 11, metadata={"externalId": "INV1"}),
            _point("activePowerKw", 0, 10, metadata={"subDeviceId": _INV1}),
            _point("activePowerKw", 0, 20, metadata={"subDeviceId": _INV2}),
            _point("activePowerKw", 0, 30),
            _point("reactivePowerKvar", 0, 99),
        ],
    )
    first, plant = fetch("INV1/activePowerKw", "-/activePowerKw")
    assert _by_minute(first) == {0: 10, 5: 11}
    assert _by_minute(plant) == {0: 30}  # the second inverter, which is not asked for, is not the plant
    assert (first.sensor_id, plant.sensor_id, first.unit) == (1, 2, "kW")
    (request,) = (request for request in two_plants.requests if request.url.path == TELEMETRY)
    assert dict(request.url.params) == {
        "plantId": plant_id(1),
        "metric": "activePowerKw",
        "from": "2026-03-09T11:00:00+00:00",
        "to": "2026-03-09T13:00:00+00:00",
    }


def test_a_request_spans_a_day_at_most_and_the_ends_are_taken_once(two_plants: VokeApi, fetch: Fetch) -> None:
    """Fifty hours from 8 March 11:00: three requests; each answers with both its ends, as the server may."""

    def answer(request: httpx.Request) -> httpx.Response:
        ends = [datetime.fromisoformat(request.url.params[name]) for name in ("from", "to")]
        hours = [(end - _NOON) / timedelta(hours=1) for end in ends]
        return httpx.Response(200, json=[_point("fvePowerKw", hour * 60, hour) for hour in hours])

    two_plants.on(TELEMETRY, answer)
    (readings,) = fetch("-/fvePowerKw", hours=50)
    assert _by_minute(readings) == {-25 * 60: -25, -60: -1, 23 * 60: 23}  # the end itself belongs to the next window
    assert two_plants.asked(TELEMETRY) == 3


@pytest.mark.parametrize("nothing", [b"null", b'""', b"NaN", b'"NaN"'])
def test_null_is_no_reading_however_it_is_spelled_and_a_number_may_come_as_text(
    two_plants: VokeApi, fetch: Fetch, nothing: bytes
) -> None:
    """A sensor that had nothing to tell once must not cost all of its days."""
    points = [_point("fvePowerKw", 0, 9876.5), _point("fvePowerKw", 1, "2.5"), _point("fvePowerKw", 2, 0)]
    two_plants.on(
        TELEMETRY, lambda _: httpx.Response(200, content=json.dumps(points).encode().replace(b"9876.5", nothing))
    )
    assert _by_minute(fetch("-/fvePowerKw")[0]) == {1: 2.5, 2: 0}


def test_without_rows_there_are_no_readings(two_plants: VokeApi, fetch: Fetch) -> None:
    two_plants.on(TELEMETRY, [])
    assert fetch("-/fvePowerKw")[0] == Readings(1, "kW", (), ())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"data": []}, "expected a list of objects with time, metric and value"),
        ([_point("fvePowerKw", plant_id=plant_id(2))], "got rows of another one"),
        ([_point("fvePowerKw", unit="W")], "fvePowerKw was in kW so far, now in 'W'"),
        ([_point("fvePowerKw", value="much")], "a time or value that is none"),
        ([_point("fvePowerKw", value=True)], "a time or value that is none"),
        ([_point("fvePowerKw", time=None)], "a time or value that is none"),
    ],
)
def test_an_answer_that_contradicts_the_question_is_no_answer(
    two_plants: VokeApi, fetch: Fetch, answer: object, said: str
) -> None:
    two_plants.on(TELEMETRY, answer)
    with pytest.raises(SourceShapeChanged, match=said):
        fetch("-/fvePowerKw")


def test_rows_that_go_on_at_a_next_page_are_no_answer(two_plants: VokeApi, fetch: Fetch) -> None:
    headers = {"Link": '<https://voke.test/next>; rel="next"'}
    two_plants.on(TELEMETRY, lambda _: httpx.Response(200, json=[_point("fvePowerKw")], headers=headers))
    with pytest.raises(SourceShapeChanged, match="goes on at a next page"):
        fetch("-/fvePowerKw")
