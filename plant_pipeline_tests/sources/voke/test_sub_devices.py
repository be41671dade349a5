from datetime import timedelta
from typing import Any

import pytest

from plant_pipeline_tests.sources.fake_api import AT, Handler, Puller, html, status
from plant_pipeline_tests.sources.voke.conftest import (
    ORGANIZATION_ID,
    PLANTS,
    VokeApi,
    by_page,
    detail,
    envelope,
    page,
    plant_id,
)

_LATER = AT + timedelta(days=1)


def _device(number: int, plant: int = 1, **changes: object) -> dict[str, Any]:
    return {
        "id": f"de71ce00-0000-4000-8000-{number:012d}",
        "plantId": plant_id(plant),
        "organizationId": ORGANIZATION_ID,
        "externalId": f"INV{number}",
        "name": f"Inverter {number}",
        "serialNumber": None,
        "type": "INVERTER",
        "status": "DEGRADED",
        "templateId": None,
        "metadata": None,
        "lastSeenAt": "2026-03-10T03:55:00Z",
        "createdAt": "2025-03-28T12:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        **changes,
    }


def _path(plant: int) -> str:
    return f"{PLANTS}/{plant_id(plant)}/sub-devices"


_PRESENT = "select external_id from voke.sub_device where is_present order by id"


@pytest.fixture
def two_plants(api: VokeApi, pull: Puller) -> VokeApi:
    api.has(detail(1), detail(2))
    pull("plant")
    api.on(_path(1), page([_device(1), _device(2)])).on(_path(2), page([_device(3, plant=2)]))
    return api


def test_devices_of_all_present_plants(two_plants: VokeApi, pull: Puller) -> None:
    outcome = pull("sub_device")
    assert (outcome.state, outcome.expected, outcome.got, outcome.seen_new) == ("complete", 3, 3, 3)
    assert pull.rows("select plant_id, external_id, type, status from voke.sub_device order by id") == [
        {"plant_id": plant_id(1), "external_id": "INV1", "type": "INVERTER", "status": "DEGRADED"},
        {"plant_id": plant_id(1), "external_id": "INV2", "type": "INVERTER", "status": "DEGRADED"},
        {"plant_id": plant_id(2), "external_id": "INV3", "type": "INVERTER", "status": "DEGRADED"},
    ]
    assert pull("sub_device", "run-2", _LATER).seen_changed == 0


def test_many_devices_come_in_pages(two_plants: VokeApi, pull: Puller) -> None:
    first, second = [_device(n) for n in range(100, 200)], [_device(200)]
    two_plants.on(_path(1), by_page({"1": page(first, 101), "2": page(second, 101)}))
    assert pull("sub_device").got == 102  # 101 and the one of the other plant


def test_a_device_taken_away_is_not_present(two_plants: VokeApi, pull: Puller) -> None:
    pull("sub_device")
    two_plants.on(_path(1), page([_device(2)]))
    assert pull("sub_device", "run-2", _LATER).seen_gone == 1
    assert pull.column(_PRESENT) == ["INV2", "INV3"]


@pytest.mark.parametrize("fault", [status(500), html(), status(200, {"data": None}), status(200, page([], 4))])
def test_devices_of_a_plant_that_fails_stay_as_they_were(two_plants: VokeApi, pull: Puller, fault: Handler) -> None:
    pull("sub_device")
    two_plants.on(_path(1), fault).on(_path(2), page([_device(3, plant=2, status="ONLINE")]))
    outcome = pull("sub_device", "run-2", _LATER)
    assert outcome.state == "incomplete"
    assert outcome.message is not None
    assert outcome.message.startswith("sub-devices of 1 of 2 plants are in doubt: FVE Gate 1; first: ")
    assert pull.column(_PRESENT) == ["INV1", "INV2", "INV3"]
    assert pull.column("select status from voke.sub_device order by id") == ["DEGRADED", "DEGRADED", "ONLINE"]


@pytest.mark.parametrize(
    ("http_status", "message"), [(403, "sub-devices of 1 of 2 plants are not permitted"), (404, None)]
)
def test_devices_of_a_plant_that_left_or_is_barred_stay_without_a_failure(
    two_plants: VokeApi, pull: Puller, http_status: int, message: str | None
) -> None:
    pull("sub_device")
    two_plants.on(_path(1), status(http_status)).on(_path(2), page([]))
    outcome = pull("sub_device", "run-2", _LATER)
    assert (outcome.state, outcome.expected, outcome.got, outcome.seen_gone) == ("complete", 2, 2, 1)
    assert outcome.message == message
    assert pull.column(_PRESENT) == ["INV1", "INV2"]


def test_a_server_without_sub_devices_has_none(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_path(1), status(404)).on(_path(2), status(404))
    outcome = pull("sub_device")
    assert (outcome.state, outcome.got) == ("complete", 0)


def test_a_key_without_the_right_is_not_permitted(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_path(1), envelope(403, "FORBIDDEN")).on(_path(2), envelope(403, "FORBIDDEN"))
    outcome = pull("sub_device")
    assert outcome.state == "not_permitted"
    assert not outcome.is_failure


def test_devices_of_a_plant_that_is_gone_are_gone_too(two_plants: VokeApi, pull: Puller) -> None:
    pull("sub_device")
    two_plants.has(detail(2))
    pull("plant", "run-2", _LATER)
    before = two_plants.asked(_path(1))
    assert pull("sub_device", "run-2", _LATER).seen_gone == 2
    assert two_plants.asked(_path(1)) == before
    assert pull.column(_PRESENT) == ["INV3"]


def test_without_plants_nothing_is_asked(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(PLANTS, status(500))
    pull("plant", "run-2", _LATER)
    assert pull("sub_device", "run-2", _LATER).state == "failed"
    assert two_plants.asked(_path(1)) == 0


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"id": None}, "id"),
        ({"plantId": 4}, "plant_id"),
    ],
)
def test_a_bad_device_waits_and_the_others_go_on(
    two_plants: VokeApi, pull: Puller, changes: dict[str, object], column: str
) -> None:
    two_plants.on(_path(1), page([{**_device(1), **changes}, _device(2)]))
    outcome = pull("sub_device")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 3, 1)
    assert pull.column("select column_name from quarantine.rejected_record") == [column]
    assert pull.column(_PRESENT) == ["INV2", "INV3"]


@pytest.mark.parametrize(
    ("changes", "column", "kept"),
    [
        ({"type": ""}, "type", None),
        ({"type": "HEATPUMP"}, "type", "HEATPUMP"),
        ({"status": "DOZING"}, "status", "DOZING"),
        ({"externalId": "inv/1"}, "external_id", None),
        ({"lastSeenAt": 0}, "last_seen_at", None),
    ],
)
def test_a_device_with_an_odd_field_is_there(
    two_plants: VokeApi, pull: Puller, changes: dict[str, object], column: str, kept: str | None
) -> None:
    two_plants.on(_path(1), page([{**_device(1), **changes}, _device(2)]))
    outcome = pull("sub_device")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 3, 0)
    assert pull.column(f"select {column} from voke.sub_device order by id")[0] == kept
    assert pull.column("select column_name from quarantine.schema_drift") == [column]


def test_the_form_of_an_external_id_in_requests_is_none_of_answers(two_plants: VokeApi, pull: Puller) -> None:
    two_plants.on(_path(1), page([_device(1, externalId="střídač 1"), _device(2)]))
    assert pull("sub_device").quarantined == 0
    assert pull.column("select external_id from voke.sub_device order by id")[0] == "střídač 1"
    assert pull.column("select column_name from quarantine.schema_drift") == []
