"""Announcements that plants give less than they can."""

from datetime import UTC, datetime, timedelta

from plant_pipeline_tests.sources.fake_api import AT, FakeApi, Puller, status
from plant_pipeline_tests.sources.ravenwits.conftest import UNAVAILABILITIES, unavailability

_LATER = AT + timedelta(days=1)


def test_every_documented_field_is_typed(api: FakeApi, pull: Puller) -> None:
    api.on(UNAVAILABILITIES, [unavailability(1)])
    assert pull("unavailability").state == "complete"
    assert pull.rows("select * from ravenwits.unavailability") == [
        {
            "id": "0f0e5f00-0000-4000-8000-000000000001",
            "plant_id": "SIERRA_01",
            "start_time_utc": datetime(2026, 3, 9, 8, tzinfo=UTC),
            "end_time_utc": datetime(2026, 3, 9, 14, 30, tzinfo=UTC),
            "available_power_mw": 12.5,
            "availability_type": "CURTAILMENT",
            "observations": "ordered by the grid",
            "source_unit": "kW",
            "source_value": 12500.0,
            "timezone_source": "Europe/Madrid",
            "created_at": datetime(2026, 3, 8, 16, tzinfo=UTC),
            "updated_at": datetime(2026, 3, 8, 16, tzinfo=UTC),
            "fetched_at": AT,
            "is_present": True,
        }
    ]


def test_optional_fields_may_be_absent_and_one_taken_back_is_not_present(api: FakeApi, pull: Puller) -> None:
    bare = unavailability(2, source_unit="", observations=None)
    for field in ("source_value", "timezone_source"):
        del bare[field]
    api.on(UNAVAILABILITIES, [unavailability(1), bare], [bare])
    assert pull("unavailability").message == "3 numbers as text"
    assert pull("unavailability", "run-2", _LATER).seen_gone == 1
    assert pull.rows("select observations, source_value from ravenwits.unavailability where is_present") == [
        {"observations": None, "source_value": None}
    ]


def test_one_without_an_end_waits(api: FakeApi, pull: Puller) -> None:
    api.on(UNAVAILABILITIES, [unavailability(1), unavailability(2), unavailability(3, end_time_utc="")])
    assert pull("unavailability").quarantined == 1


def test_a_token_that_may_not_see_them_is_no_failure(api: FakeApi, pull: Puller) -> None:
    api.on(UNAVAILABILITIES, status(403, {"detail": "not allowed"}))
    assert pull("unavailability").state == "not_permitted"
