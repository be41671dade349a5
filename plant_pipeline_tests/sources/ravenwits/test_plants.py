from datetime import UTC, datetime, timedelta

import httpx
import pytest

from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Puller, html, no_answer, status, without
from plant_pipeline_tests.sources.ravenwits.conftest import PLANTS, plant

_LATER = AT + timedelta(days=1)


def test_a_documented_plant_is_typed(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant()])
    outcome = pull("plant")
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_new) == ("complete", 1, 0, 1)
    assert outcome.message == "4 numbers as text"
    assert pull.rows("select * from ravenwits.plant") == [
        {
            "id": "a3c1e5f0-0000-4000-8000-000000000001",
            "name": "SIERRA_01",
            "lat": 41.125,
            "lon": -1.83,
            "installed_capacity_mw": 24.6,
            "nominal_capacity_mw": 20.0,
            "area": "ESP",
            "technology_type": "solar",
            "last_training_cnn_at": "2026-01-09 07:15",
            "last_training_trees_at": None,
            "agrupation": None,
            "customer_display_name": None,
            "timezone": "Europe/Madrid",
            "created_at": datetime(2025, 6, 2, 10, tzinfo=UTC),
            "updated_at": datetime(2025, 11, 20, 16, 45, 30, tzinfo=UTC),
            "fetched_at": AT,
            "is_present": True,
        }
    ]


def test_what_the_document_leaves_free_is_tolerated(api: FakeApi, pull: Puller) -> None:
    relaxed = plant(timezone="Mars/Olympus", lat=41.5, last_training_cnn_at="soon", owner="new field")
    del relaxed["agrupation"]
    api.on(PLANTS, [relaxed])
    outcome = pull("plant")
    assert outcome.message == "3 numbers as text, 1 unknown fields"
    assert pull.rows("select column_name, kind, seen, is_kept from quarantine.schema_drift order by 1") == [
        {"column_name": "owner", "kind": "extra_field", "seen": "string", "is_kept": False},
        {"column_name": "timezone", "kind": "unknown_value", "seen": "string Mars/Olympus", "is_kept": True},
    ]
    assert pull.rows("select timezone, lat, last_training_cnn_at, agrupation from ravenwits.plant") == [
        {"timezone": "Mars/Olympus", "lat": 41.5, "last_training_cnn_at": "soon", "agrupation": None}
    ]


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("id", "17", "is_uuid"),
        ("name", "", "null"),
        ("lat", "95.0", "in_range(-90, 90)"),
        ("lon", "-180.5", "in_range(-180, 180)"),
        ("nominal_capacity_mw", "eighteen", "type"),
        ("installed_capacity_mw", "-2.0", "in_range(0, 100000)"),
        ("nominal_capacity_mw", "1e29", "in_range(0, 100000)"),
        ("technology_type", "nuclear", "isin(['eolica', 'solar'])"),
        ("timezone", 2, "type"),
    ],
)
def test_one_bad_record_waits_and_the_others_go_on(
    api: FakeApi, pull: Puller, field: str, value: object, check: str
) -> None:
    api.on(PLANTS, [plant(1), plant(2, **{field: value}), plant(3)])
    outcome = pull("plant")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 3, 1)
    assert pull.column("select name from ravenwits.plant order by name") == ["SIERRA_01", "SIERRA_03"]
    [rejected] = pull.rows(
        f"select column_name, check_name, payload -> '{field}' as sent from quarantine.rejected_record"
    )
    assert rejected == {"column_name": field, "check_name": check, "sent": value}


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("created_at", "2025-06-02T10:00:00z", "type"),
        ("created_at", "2025-06-02T10:00:60Z", "type"),
        ("created_at", 1_748_858_400_000, "type"),
        ("updated_at", "1899-12-30T00:00:00Z", "unknown_value"),
        ("area", None, "null"),
        ("agrupation", {"id": 5}, "type"),
    ],
)
def test_what_a_plant_can_do_without_is_taken_as_not_known_and_told(
    api: FakeApi, pull: Puller, field: str, value: object, kind: str
) -> None:
    api.on(PLANTS, [plant(n, **{field: value}) for n in (1, 2, 3)])
    outcome = pull("plant")
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_new) == ("complete", 3, 0, 3)
    assert pull.column(f"select distinct {field} from ravenwits.plant") == [None]
    assert pull.rows(
        "select source, entity, column_name, kind, records, of_records, run_id, first_seen_at "
        "from quarantine.schema_drift"
    ) == [
        {
            "source": "ravenwits",
            "entity": "plant",
            "column_name": field,
            "kind": kind,
            "records": 3,
            "of_records": 3,
            "run_id": "run-1",
            "first_seen_at": AT,
        }
    ]


def test_a_field_renamed_that_a_plant_can_do_without_is_told(api: FakeApi, pull: Puller) -> None:
    renamed = [{f"new_{name}" if name == "area" else name: v for name, v in plant(n).items()} for n in (1, 2, 3)]
    api.on(PLANTS, renamed)
    assert pull("plant").state == "complete"
    assert pull.column("select message from landing.run_issue order by 1") == [
        "ravenwits plant: area is not there in 3 of 3 records; documented as string",
        "ravenwits plant: new_area (string) came in 3 of 3 records and is not documented",
    ]


def test_a_technology_that_no_plant_has_stops_the_stream(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(n) for n in range(16)], [plant(n, technology_type="nuclear") for n in range(16)])
    pull("plant")
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.is_failure, outcome.quarantined) == ("failed", True, 0)
    assert outcome.message is not None
    assert outcome.message.startswith(
        "technology_type: isin(['eolica', 'solar']) in 16 of 16 records (such as nuclear): more than half"
    )
    assert pull.column("select count(*) from ravenwits.plant where is_present and technology_type = 'solar'") == [16]


def test_the_letter_case_of_a_technology_or_an_id_makes_no_other_one(api: FakeApi, pull: Puller) -> None:
    shouted = [plant(n, id=str(plant(n)["id"]).upper(), technology_type="SOLAR") for n in (1, 2)]
    api.on(PLANTS, [plant(1), plant(2)], shouted, [plant(1), *shouted])
    pull("plant")
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == ("complete", 0, 0, 0)
    assert pull.column("select count(*) from ravenwits.plant where is_present and technology_type = 'solar'") == [2]
    assert pull("plant", "run-3", _LATER).got == 2


def test_a_bad_record_keeps_its_last_good_row(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1), plant(2)], [plant(1), plant(2, lat="123")])
    pull("plant")
    pull("plant", "run-2", _LATER)
    assert pull.rows("select lat, is_present from ravenwits.plant order by id") == [
        {"lat": 41.125, "is_present": True},
        {"lat": 41.125, "is_present": True},
    ]


@pytest.mark.parametrize("field", ["id", "name", "lat", "lon", "nominal_capacity_mw", "technology_type"])
def test_a_required_field_renamed_everywhere_stops_the_stream(api: FakeApi, pull: Puller, field: str) -> None:
    renamed = [{f"new_{field}" if name == field else name: v for name, v in plant(n).items()} for n in (1, 2, 3)]
    api.on(PLANTS, [plant(1), plant(2), plant(3)], renamed)
    pull("plant")
    outcome = pull("plant", "run-2", _LATER)
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert outcome.message == (
        f"{field}: missing in 3 of 3 records: more than half of the records are rejected, so none is taken; the rows "
        "in ravenwits.plant stay as they were"
    )
    assert pull.column("select distinct is_present from ravenwits.plant") == [True]
    assert pull.column("select distinct fetched_at from ravenwits.plant") == [AT]


@pytest.mark.parametrize("body", [{"results": [plant()], "count": 1}, {"detail": "no"}, "plants", 3])
def test_anything_but_a_bare_list_is_another_shape(api: FakeApi, pull: Puller, body: object) -> None:
    api.on(PLANTS, lambda _request: httpx.Response(200, json=body))
    outcome = pull("plant")
    assert outcome.state == "failed"
    assert outcome.message == "ravenwits: /api/v0/plants/: expected a bare list of records, got something else"


def test_a_second_run_changes_only_fetched_at(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1), plant(2)])
    pull("plant")
    before = pull.rows("select * from ravenwits.plant order by id")
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == (0, 0, 0)
    after = pull.rows("select * from ravenwits.plant order by id")
    assert without(after, "fetched_at") == without(before, "fetched_at")
    assert [row["fetched_at"] for row in after] == [_LATER, _LATER]


def test_a_plant_gone_from_a_complete_listing_is_not_present_until_it_returns(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1), plant(2)], [plant(1)], [plant(1), plant(2)])
    pull("plant")
    assert pull("plant", "run-2", _LATER).seen_gone == 1
    assert pull.column("select is_present from ravenwits.plant order by id") == [True, False]
    pull("plant", "run-3", _LATER)
    assert pull.column("select is_present from ravenwits.plant order by id") == [True, True]


def test_a_listing_that_lacks_many_plants_takes_none_as_gone(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(n) for n in range(10)], [plant(n) for n in range(5)])
    pull("plant")
    outcome = pull("plant", "run-2", _LATER)  # 5 of 10 lack: more than 20 %, and at least 5
    assert outcome.state == "incomplete"
    assert pull.column("select count(*) from ravenwits.plant where is_present") == [10]


def test_a_record_twice_is_one_unless_the_two_contradict_each_other(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant(1), plant(2), plant(1)], [plant(1), plant(1, name="OTHER")])
    assert (pull("plant").state, pull.column("select count(*) from ravenwits.plant")) == ("complete", [2])
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.message) == ("incomplete", "1 records share their id with another that differs")
    assert pull.column("select count(*) from ravenwits.plant where is_present") == [2]


@pytest.mark.parametrize("fault", [html(), html(502), status(503), no_answer])
def test_a_passing_fault_is_ridden_out(api: FakeApi, pull: Puller, fault: object) -> None:
    api.on(PLANTS, fault, fault, [plant()])
    outcome = pull("plant")
    assert (outcome.state, outcome.retried, outcome.seen_new) == ("complete", 2, 1)


@pytest.mark.parametrize("fault", [html(), status(500), no_answer])
def test_a_lasting_fault_fails_the_stream_and_keeps_the_rows(api: FakeApi, pull: Puller, fault: object) -> None:
    api.on(PLANTS, [plant()], fault)
    pull("plant")
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.retried) == ("failed", 3)
    assert pull.column("select is_present from ravenwits.plant") == [True]


def test_an_empty_account_is_complete(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [])
    outcome = pull("plant")
    assert (outcome.state, outcome.got) == ("complete", 0)


def test_the_body_is_archived_as_received(api: FakeApi, pull: Puller) -> None:
    api.on(PLANTS, [plant()])
    pull("plant")
    [row] = pull.rows("select entity, path, record_count, object_key from landing.fetch")
    assert (row["entity"], row["path"], row["record_count"]) == ("plant", PLANTS, 1)
    assert row["object_key"].startswith("ravenwits/plant/")


def test_a_list_that_goes_on_at_a_next_page_fails(api: FakeApi, pull: Puller) -> None:
    headers = {"Link": f'<https://r.test{PLANTS}?page=2>; rel="next"'}
    api.on(PLANTS, lambda _: httpx.Response(200, json=[plant()], headers=headers))
    outcome = pull("plant")
    assert (outcome.state, pull.column("select count(*) from ravenwits.plant")) == ("failed", [0])
    assert "goes on at a next page" in str(outcome.message)
