"""Gateways that are not as documented: what rejects one, what is only told, and what becomes of a rejected one."""

from datetime import timedelta

import pytest

from plant_pipeline.landing.quarantine import waive_rejected
from plant_pipeline.landing.stream import StreamOutcome
from plant_pipeline_tests.sources.fake_api import AT, Puller, status
from plant_pipeline_tests.sources.voke.conftest import PLANTS, VokeApi, detail, listed, page, plant_id

_LATER = AT + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "column", "check"),
    [
        ({"latitude": 91}, "latitude", "in_range(-90, 90)"),
        ({"longitude": -200.0}, "longitude", "in_range(-180, 180)"),
        ({"capacityKwh": -1}, "capacity_kwh", "in_range(0, 1000000000.0)"),
        ({"capacityKwh": 1e29}, "capacity_kwh", "in_range(0, 1000000000.0)"),
        ({"fvePeakPowerKwp": "much"}, "fve_peak_power_kwp", "type"),
        ({"name": None}, "name", "null"),
        ({"serialNumber": 5}, "serial_number", "type"),
    ],
)
def test_an_invalid_record_waits_and_nulls_nothing(
    api: VokeApi, pull: Puller, changes: dict[str, object], column: str, check: str
) -> None:
    api.has(detail(1), detail(2), detail(3, **changes))  # bad on first sight
    first = pull("plant")
    assert (first.state, first.got, first.quarantined) == ("complete", 3, 1)
    assert pull.column("select id from voke.plant order by id") == [plant_id(1), plant_id(2)]
    api.has(detail(1), detail(2, **changes), detail(3, **changes), detail(4), detail(5))  # one that was good before
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_gone) == ("complete", 5, 2, 0)
    [kept] = pull.rows(f"select * from voke.plant where id = '{plant_id(2)}'")
    assert (kept["latitude"], kept["fve_peak_power_kwp"], kept["is_present"]) == (50.11, 480.5, True)
    rejected = pull.rows("select distinct record_key, column_name, check_name from quarantine.rejected_record")
    assert sorted(row["record_key"] for row in rejected) == [plant_id(2), plant_id(3)]
    assert {(row["column_name"], row["check_name"]) for row in rejected} == {(column, check)}


def test_a_detail_without_a_vital_field_waits(api: VokeApi, pull: Puller) -> None:
    whole = {n: detail(n, capacityKwh=50) for n in (1, 2, 3)}
    api.has(*whole.values())
    pull("plant")
    api.has(whole[1], {name: value for name, value in whole[2].items() if name != "capacityKwh"}, whole[3])
    outcome = pull("plant", "run-2", _LATER)
    assert (outcome.state, outcome.quarantined) == ("complete", 1)
    assert pull.column("select capacity_kwh from voke.plant") == [50, 50, 50]
    assert pull.rows("select record_key, column_name, check_name from quarantine.rejected_record") == [
        {"record_key": plant_id(2), "column_name": "capacity_kwh", "check_name": "missing"}
    ]


@pytest.mark.parametrize(
    ("changes", "column", "kind"),
    [
        ({"type": 5}, "type", "type"),
        ({"organizationId": "ours"}, "organization_id", "unknown_value"),
        ({"lastSeenAt": "2026-03-10 03:58"}, "last_seen_at", "type"),
        ({"lastSeenAt": "2026-03-10T03:58:12z"}, "last_seen_at", "type"),
        ({"lastSeenAt": "2026-03-10T03:58:60Z"}, "last_seen_at", "type"),
        ({"lastSeenAt": "0001-01-01T00:00:00+01:00"}, "last_seen_at", "type"),
        ({"authFailureCount": 2**31}, "auth_failure_count", "unknown_value"),
        ({"configEnabled": "yes"}, "config_enabled", "type"),
        ({"plantWithLoad": 1}, "plant_with_load", "type"),
        ({"metadata": "text"}, "metadata", "type"),
        ({"template": '{"level": NaN}'}, "template", "type"),
        ({"alerts": {}}, "alerts", "type"),
    ],
)
def test_what_a_gateway_can_do_without_is_taken_as_not_known_and_told(
    api: VokeApi, pull: Puller, changes: dict[str, object], column: str, kind: str
) -> None:
    api.has(detail(1), detail(2, **changes))
    outcome = pull("plant")
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_new) == ("complete", 2, 0, 2)
    assert pull.column(f"select {column} is null from voke.plant order by id") == [False, True]
    assert pull.rows("select column_name, kind, is_kept from quarantine.schema_drift") == [
        {"column_name": column, "kind": kind, "is_kept": False}
    ]


@pytest.mark.parametrize(
    ("changes", "column", "is_told"),
    [
        ({"name": "n" * 101}, "name", False),
        ({"serialNumber": "s" * 51}, "serial_number", False),
        ({"externalPlantId": "e" * 121}, "external_plant_id", False),
        ({"type": "TOASTER"}, "type", True),
        ({"authMethod": "NONE"}, "auth_method", True),
    ],
)
def test_what_requests_are_limited_to_is_no_limit_of_answers(
    api: VokeApi, pull: Puller, changes: dict[str, str], column: str, is_told: bool
) -> None:
    api.has(detail(1, **changes))
    assert pull("plant").quarantined == 0
    assert pull.column(f"select {column} from voke.plant") == list(changes.values())
    assert pull.column("select column_name from quarantine.schema_drift") == ([column] if is_told else [])


def test_a_bad_gateway_is_one_row_night_after_night_and_stays_waived(api: VokeApi, pull: Puller) -> None:
    rejections = "select count(*), max(times_seen) as nights, max(state) as state from quarantine.rejected_record"

    def pull_night(night: int) -> StreamOutcome:
        seen_at = f"2026-03-{night + 1:02d}T03:58:12Z"
        volatile = {"lastSeenAt": seen_at, "updatedAt": seen_at, "authFailureCount": night, "status": f"S{night}"}
        api.has(detail(1), detail(2, latitude=142.5, alerts=[{"id": f"a{night}"}], extra=night, **volatile))
        return pull("plant", f"run-{night}", AT + timedelta(days=night))

    assert pull_night(0).quarantined == 1
    with pull.warehouse.transaction() as connection:
        rejected_ids = pull.column("select rejected_id from quarantine.rejected_record")
        waive_rejected(connection, rejected_ids, "anna", "a boat", AT)
    for night in range(1, 30):
        outcome = pull_night(night)
        assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 2, 0)
        assert "1 rejected and waived" in (outcome.message or "")
    assert pull.rows(rejections) == [{"count": 1, "nights": 30, "state": "waived"}]
    assert pull.column("select payload ->> 'status' from quarantine.rejected_record") == ["S29"]  # as last received
    assert pull.rows("select waived_by, waived_why, waived_at from quarantine.rejected_record") == [
        {"waived_by": "anna", "waived_why": "a boat", "waived_at": AT}
    ]


def test_a_gateway_that_is_good_again_waits_no_longer(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2, latitude=142.5))
    pull("plant")
    api.has(detail(1), detail(2))
    pull("plant", "run-2", _LATER)
    assert pull.column("select state from quarantine.rejected_record") == ["replayed"]
    api.has(detail(1), detail(2, latitude=142.5))
    pull("plant", "run-3", _LATER + timedelta(days=1))
    assert pull.rows("select state, times_seen from quarantine.rejected_record") == [{"state": "open", "times_seen": 2}]


def test_the_letter_case_of_an_id_makes_no_other_plant(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    shouted = plant_id(1).upper()
    # The listing shouts and the detail does not, then both do, then the detail cannot be had.
    for night, (in_detail, answer) in enumerate([(plant_id(1), None), (shouted, None), (shouted, status(500))], 2):
        api.has(detail(2))
        api.on(PLANTS, page([listed(1, id=shouted), listed(2)]))
        api.on(f"{PLANTS}/{shouted}", answer or detail(1, id=in_detail))
        outcome = pull("plant", f"run-{night}", AT + timedelta(days=night))
        assert (outcome.state, outcome.got, outcome.seen_new, outcome.seen_gone) == ("complete", 2, 0, 0)
    assert pull.column("select id from voke.plant where is_present order by id") == [plant_id(1), plant_id(2)]
