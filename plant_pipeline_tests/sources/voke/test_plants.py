import gzip
from datetime import UTC, datetime, timedelta

import pytest

from plant_pipeline_tests.sources.fake_api import AT, Handler, Puller, html, no_answer, status, without
from plant_pipeline_tests.sources.voke.conftest import (
    ORGANIZATION_ID,
    PLANTS,
    TEMPLATE_ID,
    VokeApi,
    by_page,
    detail,
    envelope,
    listed,
    page,
    plant_id,
)

_LATER = AT + timedelta(days=1)


def test_list_and_detail_are_one_typed_record(api: VokeApi, pull: Puller) -> None:
    group = {"id": TEMPLATE_ID, "name": "Morava", "description": "", "organizationId": ORGANIZATION_ID}
    api.on(PLANTS, page([listed(1, status="OFFLINE")]))
    api.on(f"{PLANTS}/{plant_id(1)}", detail(1, plantGroups=[group], externalPlantId="BRNO-1", capacityKwh="1200.5"))
    outcome = pull("plant")
    assert (outcome.state, outcome.expected, outcome.got, outcome.seen_new) == ("complete", 1, 1, 1)
    assert outcome.message == "1 numbers as text"
    [row] = pull.rows("select * from voke.plant")
    assert row == {
        "id": plant_id(1),
        "name": "FVE Gate 1",
        "serial_number": "VK-00000001",
        "type": "GATEWAY",
        "status": "ONLINE",  # the detail's, which is younger than the list's
        "lifecycle_status": "ACTIVE",
        "auth_method": "MTLS",
        "organization_id": ORGANIZATION_ID,
        "template_id": TEMPLATE_ID,
        "template": {"id": TEMPLATE_ID, "name": "Cabinet", "level": "PLANT", "signals": [], "actions": []},
        "metadata": {"site": "north"},
        "activated_at": datetime(2025, 4, 1, 8, 30, tzinfo=UTC),
        "last_seen_at": datetime(2026, 3, 10, 3, 58, 12, 250_000, tzinfo=UTC),
        "last_auth_failure_at": None,
        "secret_rotated_at": None,
        "certificate_expires_at": datetime(2027, 4, 1, 8, 30, tzinfo=UTC),
        "created_at": datetime(2025, 3, 28, 12, tzinfo=UTC),
        "updated_at": datetime(2026, 2, 2, 2, 2, 2, tzinfo=UTC),
        "auth_failure_count": 2,
        "certificate_fingerprint": "9f:3b:aa",
        "certificate_serial_number": "00412",
        "latitude": 50.11,
        "longitude": 14.62,
        "capacity_kwh": 1200.5,
        "fve_peak_power_kwp": 480.5,
        "plant_with_load": True,
        "config_enabled": True,
        "esi_state": "PLC_READY",
        "external_plant_id": "BRNO-1",
        "description": None,
        "tag": None,
        "plant_groups": [group],
        "alerts": [],
        "fetched_at": AT,
        "is_present": True,
    }
    assert pull.outcome_of("plant_detail")["state"] == "complete"
    assert pull.column("select entity from landing.fetch order by fetch_id") == ["plant", "plant_detail"]


def test_only_gets_of_known_paths_are_sent_with_key_and_organisation(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    assert {(request.method, request.url.path) for request in api.requests} == {
        ("GET", PLANTS),
        ("GET", f"{PLANTS}/{plant_id(1)}"),
        ("GET", f"{PLANTS}/{plant_id(2)}"),
    }
    assert api.requests[0].url.query == b"page=1&limit=100"
    assert {request.headers["Authorization"] for request in api.requests} == {"Bearer vk-token-91c2"}
    assert {request.headers["x-org-id"] for request in api.requests} == {ORGANIZATION_ID}


# -- pages --
def test_all_pages_are_read(api: VokeApi, pull: Puller) -> None:
    api.has(*[detail(n) for n in range(150)])
    api.on(PLANTS, by_page({"1": page([listed(n) for n in range(100)], 150), "2": page(
        [listed(n) for n in range(100, 150)], 150)}))  # fmt: skip
    outcome = pull("plant")
    assert (outcome.state, outcome.expected, outcome.got, api.asked(PLANTS)) == ("complete", 150, 150, 2)
    assert pull.column("select count(*) from voke.plant") == [150]


@pytest.mark.parametrize(
    ("pages", "message", "asked"),
    [
        # The total says 3, and the second page is the first again.
        ({"1": page([listed(1), listed(2)], 3), "2": page([listed(1), listed(2)], 3)}, "2 of 3 records came", 4),
        # One moved to the next page while the list was read: two of the same, and one never seen.
        ({"1": page([listed(1), listed(2)], 4), "2": page([listed(2), listed(3)], 4), "3": page([], 4)},
         "3 of 4 records came", 6),
        ({"1": page([listed(1), listed(2)], 3), "2": page([], 3)}, "2 of 3 records came", 4),
        ({"1": page([listed(1), listed(2)], 1)}, "2 of 1 records came", 2),
        ({"1": page([listed(1)], 2), "2": page([listed(2), listed(3)], 3)},
         "the total changed between pages (2, 3)", 4),
        ({"1": {"data": [listed(1)]}, "2": {"data": []}},
         "1 records came, but the answer does not state how many there are", 2),
    ],
)  # fmt: skip
def test_a_listing_that_does_not_add_up_takes_none_as_gone(
    api: VokeApi, pull: Puller, pages: dict[str, object], message: str, asked: int
) -> None:
    api.has(*[detail(n) for n in (1, 2, 3, 4)])
    pull("plant")
    api.on(PLANTS, by_page(pages))
    before = api.asked(PLANTS)
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.message, outcome.seen_gone) == ("incomplete", message, 0)
    assert api.asked(PLANTS) - before == asked
    assert pull.column("select count(*) from voke.plant where is_present") == [4]
    assert pull.column("select fetched_at from voke.plant order by id")[0] == _LATER  # what came is written


def test_an_empty_account_is_complete(api: VokeApi, pull: Puller) -> None:
    api.has()
    outcome = pull("plant")
    assert (outcome.state, outcome.expected, outcome.got) == ("complete", 0, 0)


def test_a_total_as_text_is_a_total(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1)).on(PLANTS, page([listed(1)], "1"))
    assert pull("plant").expected == 1


def test_a_total_that_contradicts_the_number_of_pages_ends_no_list(api: VokeApi, pull: Puller) -> None:
    """A total of this page alone would be a smaller fleet that nobody is told of."""
    of_page = {"limit": 2, "total": 2, "totalPages": 2}
    pages = [{"data": [listed(n), listed(n + 1)], "meta": of_page} for n in (1, 3)]
    api.has(*(detail(n) for n in range(1, 5))).on(PLANTS, *pages, {"data": [], "meta": of_page})
    outcome = pull("plant")
    assert (outcome.state, outcome.got) == ("incomplete", 4)
    assert "does not state how many" in str(outcome.message)


@pytest.mark.parametrize("body", [[listed(1)], {"plants": []}, {"data": {"1": {}}}, {"statusCode": 401, "code": "U"}])
def test_another_shape_of_list_fails_it(api: VokeApi, pull: Puller, body: object) -> None:
    api.on(PLANTS, body)
    outcome = pull("plant")
    assert outcome.state == "failed"
    assert outcome.message == "voke: /api/v1/plants: expected an object with a list named data"


# -- who is there --
def test_a_second_run_changes_only_fetched_at(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    before = pull.rows("select * from voke.plant order by id")
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == (0, 0, 0)
    assert without(pull.rows("select * from voke.plant order by id"), "fetched_at") == without(before, "fetched_at")


def test_a_plant_gone_from_a_complete_list_is_not_present(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    api.has(detail(1))
    assert pull("plant", "run-2", _LATER).seen_gone == 1
    assert pull.column("select is_present from voke.plant order by id") == [True, False]


# -- details --
def test_a_plant_that_left_before_its_detail_was_asked_is_neither_failure_nor_gone(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    api.on(f"{PLANTS}/{plant_id(2)}", envelope(404, "PLANT_NOT_FOUND"))
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.got, outcome.seen_gone) == ("complete", 2, 0)
    assert pull.outcome_of("plant_detail", "run-2")["state"] == "complete"
    assert pull.rows("select is_present, fetched_at from voke.plant order by id") == [
        {"is_present": True, "fetched_at": _LATER},
        {"is_present": True, "fetched_at": AT},
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (envelope(500, "INTERNAL_SERVER_ERROR"), "answered 500: INTERNAL_SERVER_ERROR; Said so; E"),
        (envelope(403, "FORBIDDEN"), "answered 403: FORBIDDEN; Said so; E"),
        (html(), "answered 200 but not JSON (text/html)"),
        (no_answer, "no usable answer (ConnectError: connection refused)"),
        (status(200, [detail(2)]), "expected an object with the plant's fields"),
        (status(200, detail(7)), "the id in the answer is not the one asked for"),
        (status(200, {"latitude": 1.0}), "the id in the answer is not the one asked for"),
    ],
)
def test_a_detail_that_cannot_be_had_keeps_the_record_as_it_was(
    api: VokeApi, pull: Puller, answer: Handler, said: str
) -> None:
    api.has(detail(1), detail(2), detail(3))
    pull("plant")
    api.has(detail(1), detail(2, latitude=51.0), detail(3))
    api.on(f"{PLANTS}/{plant_id(2)}", answer)
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.got, outcome.seen_gone) == ("complete", 3, 0)
    details = pull.outcome_of("plant_detail", "run-2")
    assert (details["state"], details["expected"], details["got"], details["failed"]) == ("failed", 3, 2, 1)
    assert details["message"] == f"no detail of FVE Gate 2; first: voke: {PLANTS}/{plant_id(2)}: {said}"
    [kept] = pull.rows(f"select latitude, is_present from voke.plant where id = '{plant_id(2)}'")
    assert kept == {"latitude": 50.11, "is_present": True}


def test_a_page_of_a_proxy_does_not_say_that_a_plant_has_left(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2)).on(f"{PLANTS}/{plant_id(2)}", html(404))
    pull("plant")
    details = pull.outcome_of("plant_detail")
    assert (details["state"], details["failed"]) == ("failed", 1)


def test_a_credential_that_the_server_repeats_is_in_no_table_and_no_archive(api: VokeApi, pull: Puller) -> None:
    key = "vk-token-91c2"
    api.has(detail(1, metadata={"auth": f"Bearer {key}"}, description=key), detail(2, latitude=f"{key}"))
    pull("plant")
    [row] = pull.rows("select metadata, description from voke.plant where name = 'FVE Gate 1'")
    assert row == {"metadata": {"auth": "Bearer ***"}, "description": "***"}
    tables = (
        "voke.plant",
        "quarantine.rejected_record",
        "quarantine.schema_drift",
        "landing.fetch",
        "landing.stream_run",
    )
    for table in tables:
        assert key not in str(pull.rows(f"select * from {table}"))
    files = [gzip.decompress(file.read_bytes()) for file in pull.archive.rglob("*.gz")]
    assert len(files) == 4  # bodies of two streams, and an index beside each
    assert not any(key.encode() in content for content in files)


def test_a_plant_whose_detail_failed_on_first_sight_is_not_in_the_table(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2)).on(f"{PLANTS}/{plant_id(2)}", status(500))
    outcome = pull("plant")
    assert (outcome.state, outcome.expected, outcome.got) == ("complete", 2, 2)
    assert pull.column("select id from voke.plant") == [plant_id(1)]


def test_nulls_and_unknown_states_are_taken_as_they_are(api: VokeApi, pull: Puller) -> None:
    bare = dict.fromkeys(detail()) | {"id": plant_id(1), "name": "Bare", "serialNumber": "1", "type": "SENSOR"}
    odd = detail(2, status="ASLEEP", lifecycleStatus="RETIRED", esiState="LOST")
    api.has(bare, odd)
    assert pull("plant").quarantined == 0
    assert pull.column("select esi_state from voke.plant order by id") == [None, "LOST"]


@pytest.mark.parametrize("bad_id", ["x/provision/download", "..", "a b", "%2e%2e", "a\x00b", 17, None, ["x"]])
def test_an_id_that_is_no_part_of_a_path_is_never_asked_for(api: VokeApi, pull: Puller, bad_id: object) -> None:
    api.has(detail(1), detail(2))
    api.on(PLANTS, page([listed(1), listed(2), listed(3, id=bad_id)]))
    outcome = pull("plant")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 3, 1)
    assert len(api.requests) == 3
    assert pull.column("select column_name from quarantine.rejected_record") == ["id"]


def test_a_record_that_is_no_object_waits(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2)).on(PLANTS, page([listed(1), "broken", listed(2)]))
    outcome = pull("plant")
    assert (outcome.got, outcome.quarantined, outcome.seen_new) == (3, 1, 2)


@pytest.mark.parametrize("field", ["name", "serialNumber"])
def test_a_required_field_renamed_everywhere_stops_the_stream(api: VokeApi, pull: Puller, field: str) -> None:
    renamed = [{f"{name}V2" if name == field else name: v for name, v in detail(n).items()} for n in (1, 2, 3)]
    api.has(*renamed).on(PLANTS, page(renamed))
    outcome = pull("plant")
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert outcome.message.startswith(f"{field}: missing in 3 of 3 records")


@pytest.mark.parametrize("field", ["latitude", "longitude", "capacityKwh", "fvePeakPowerKwp", "externalPlantId"])
def test_a_known_field_that_vanishes_from_the_details_stops_the_stream(api: VokeApi, pull: Puller, field: str) -> None:
    known = [detail(n, capacityKwh=50, externalPlantId=f"X-{n}") for n in (1, 2, 3)]
    api.has(*known)
    pull("plant")
    api.has(*[{f"{name}V2" if name == field else name: v for name, v in record.items()} for record in known])
    outcome = pull("plant", "run-2", _LATER)
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert f"{field} is missing from 3 of the 3 details that had it before" in outcome.message
    assert pull.column("select distinct fetched_at from voke.plant") == [AT]


def test_details_that_look_like_the_list_stop_the_stream(api: VokeApi, pull: Puller) -> None:
    api.has(listed(1), listed(2))
    outcome = pull("plant")
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert "no detail has any of latitude" in outcome.message


def test_a_field_that_was_never_known_may_be_left_out(api: VokeApi, pull: Puller) -> None:
    known = [{name: v for name, v in detail(n).items() if name != "externalPlantId"} for n in (1, 2)]
    api.has(*known)
    assert pull("plant").state == "complete"
    assert pull("plant", "run-2", _LATER).seen_changed == 0


# -- refusals --
@pytest.mark.parametrize(("http_status", "code"), [(401, "UNAUTHORIZED"), (403, "ORG_CONTEXT_REQUIRED")])
def test_the_http_status_counts_not_the_one_in_the_body(
    api: VokeApi, pull: Puller, http_status: int, code: str
) -> None:
    api.on(PLANTS, envelope(http_status, code))
    outcome = pull("plant")
    assert (outcome.state, len(api.requests)) == ("failed", 1)
    assert outcome.message is not None
    assert outcome.message.startswith(f"voke: /api/v1/plants: answered {http_status}: {code}; Said so; E")


@pytest.mark.parametrize("fault", [html(), envelope(503, "SERVICE_UNAVAILABLE"), no_answer])
def test_a_lasting_fault_fails_the_stream_after_retries(api: VokeApi, pull: Puller, fault: Handler) -> None:
    api.on(PLANTS, fault)
    outcome = pull("plant")
    assert (outcome.state, outcome.retried, api.asked(PLANTS)) == ("failed", 3, 4)
