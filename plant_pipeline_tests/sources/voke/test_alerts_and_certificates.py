from datetime import UTC, datetime, timedelta
from typing import Any

from plant_pipeline_tests.sources.fake_api import AT, Puller, status
from plant_pipeline_tests.sources.voke.conftest import (
    ALERTS,
    PLANTS,
    STATS,
    VokeApi,
    alert,
    detail,
    envelope,
    page,
    plant_id,
)

_LATER = AT + timedelta(days=1)


def _stats(**changes: object) -> dict[str, Any]:
    at_risk = {"id": plant_id(1), "name": "FVE Gate 1", "certificateExpiresAt": "2026-03-20T00:00:00Z"}
    return {
        "active": 11,
        "atRiskPlants": [at_risk],
        "expired": 1,
        "expiringSoon": 2,
        "nextRenewalAt": "2026-03-20T00:00:00Z",
        "revoked": 0,
        **changes,
    }


def test_where_there_is_no_list_alerts_come_with_the_details(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, alerts=[alert(1), alert(2)]), detail(2, alerts=None), detail(3, alerts=[alert(3, 3)]))
    pull("plant")
    outcome = pull("alert")
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 3, 3)
    assert outcome.message == "of the plants' details alone, as the list says answered 404: Not found."
    [row] = pull.rows("select * from voke.alert where id = 'alert-3'")
    assert row == {
        "id": "alert-3",
        "plant_id": plant_id(3),
        "type": "THRESHOLD_EXCEEDED",
        "severity": "WARNING",
        "status": "ACTIVE",
        "message": "power below threshold",
        "created_at": datetime(2026, 3, 9, 11, tzinfo=UTC),
        "updated_at": datetime(2026, 3, 9, 11, tzinfo=UTC),
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_at": None,
        "fetched_at": AT,
        "is_present": True,
    }


def test_the_list_of_alerts_comes_first_and_what_only_a_detail_has_is_kept(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, alerts=[alert(1), alert(2)]))
    pull("plant")
    api.on(ALERTS, page([alert(1, status="RESOLVED"), alert(3, plant=9)]))
    outcome = pull("alert")
    assert (outcome.state, outcome.got, outcome.message) == ("complete", 3, None)
    assert pull.rows("select id, status from voke.alert where is_present order by id") == [
        {"id": "alert-1", "status": "RESOLVED"},
        {"id": "alert-2", "status": "ACTIVE"},
        {"id": "alert-3", "status": "ACTIVE"},
    ]


def test_a_list_of_alerts_that_is_cut_marks_none_as_gone(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1)).on(ALERTS, page([alert(1), alert(2)]))
    pull("plant")
    pull("alert")
    api.on(ALERTS, page([alert(1)], total=2))
    assert pull("alert", "run-2", _LATER).message == "1 of 2 records came"
    assert len(pull.rows("select id from voke.alert where is_present")) == 2


def test_an_alert_no_longer_told_is_not_present_but_one_of_an_unfetched_plant_is(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, alerts=[alert(1), alert(2)]), detail(2, alerts=[alert(3, 2)]))
    pull("plant")
    pull("alert")
    api.has(detail(1, alerts=[alert(2)]), detail(2)).on(f"{PLANTS}/{plant_id(2)}", status(500))
    pull("plant", "run-2", _LATER)
    assert pull("alert", "run-2", _LATER).seen_gone == 1
    assert pull.column("select id from voke.alert where is_present order by id") == ["alert-2", "alert-3"]


def test_alerts_of_a_plant_that_left_leave_with_it(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, alerts=[alert(1)]), detail(2, alerts=[alert(2, 2)]))
    pull("plant")
    pull("alert")
    api.has(detail(2, alerts=[alert(2, 2)]))
    pull("plant", "run-2", _LATER)
    pull("alert", "run-2", _LATER)
    assert pull.column("select id from voke.alert where is_present") == ["alert-2"]


def test_a_bad_alert_waits_and_the_others_go_on(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, alerts=[alert(1), alert(2, id=None), "noise", alert(4)]))
    pull("plant")
    outcome = pull("alert")
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 4, 2)
    assert pull.column("select id from voke.alert order by id") == ["alert-1", "alert-4"]


def test_certificate_figures_are_kept_run_by_run(api: VokeApi, pull: Puller) -> None:
    api.on(STATS, _stats(), _stats(nextRenewalAt=None, atRiskPlants=[], active="12"))
    assert pull("certificate_stats").state == "complete"
    assert pull("certificate_stats", "run-2", _LATER).seen_new == 1
    assert pull.rows("select * from voke.certificate_stats order by fetched_at") == [
        {
            "fetched_at": AT,
            "active": 11,
            "expired": 1,
            "expiring_soon": 2,
            "revoked": 0,
            "next_renewal_at": datetime(2026, 3, 20, tzinfo=UTC),
            "at_risk_plants": _stats()["atRiskPlants"],
        },
        {
            "fetched_at": _LATER,
            "active": 12,
            "expired": 1,
            "expiring_soon": 2,
            "revoked": 0,
            "next_renewal_at": None,
            "at_risk_plants": [],
        },
    ]


def test_certificates_a_key_may_not_see_are_no_failure(api: VokeApi, pull: Puller) -> None:
    api.on(STATS, envelope(403, "FORBIDDEN"))
    outcome = pull("certificate_stats")
    assert outcome.state == "not_permitted"
    assert not outcome.is_failure


def test_certificate_figures_of_another_shape_fail(api: VokeApi, pull: Puller) -> None:
    api.on(STATS, [_stats()], _stats(expired="many"))
    assert pull("certificate_stats").message == f"voke: {STATS}: expected an object with counts"
    outcome = pull("certificate_stats", "run-2", _LATER)
    assert outcome.state == "failed"
    assert outcome.message is not None
    assert outcome.message.startswith("expired: type in 1 of 1 records (such as many)")


def test_what_is_told_beside_the_figures_may_be_wrong(api: VokeApi, pull: Puller) -> None:
    api.on(STATS, _stats(nextRenewalAt="soon", atRiskPlants=None))
    outcome = pull("certificate_stats")
    assert (outcome.state, outcome.quarantined) == ("complete", 0)
    assert pull.rows("select active, next_renewal_at, at_risk_plants from voke.certificate_stats") == [
        {"active": 11, "next_renewal_at": None, "at_risk_plants": None}
    ]
    assert pull.rows("select column_name, kind from quarantine.schema_drift order by 1") == [
        {"column_name": "at_risk_plants", "kind": "null"},
        {"column_name": "next_renewal_at", "kind": "type"},
    ]


def test_at_risk_plants_are_looked_at_one_by_one(api: VokeApi, pull: Puller) -> None:
    """One without an end and one that is no plant are kept as received, and told."""
    doubtful = [{"id": plant_id(2), "name": "FVE Gate 2", "certificateExpiresAt": None}, "noise"]
    api.on(STATS, _stats(), _stats(atRiskPlants=[*_stats()["atRiskPlants"], *doubtful]))
    pull("certificate_stats")
    assert pull.rows("select * from quarantine.schema_drift") == []
    outcome = pull("certificate_stats", "run-2", _LATER)
    assert (outcome.state, outcome.quarantined) == ("complete", 0)
    assert pull.column("select jsonb_array_length(at_risk_plants) from voke.certificate_stats order by 1") == [1, 3]
    assert pull.rows("select column_name, kind, documented from quarantine.schema_drift") == [
        {"column_name": "at_risk_plants", "kind": "unknown_value", "documented": "array, of_certificates"}
    ]


def test_groups_are_looked_at_one_by_one(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1, plantGroups=[{"id": "g1", "name": "North"}]), detail(2, plantGroups=[{"id": "g2", "name": ""}]))
    assert pull("plant").quarantined == 0
    assert pull.rows("select column_name, kind, records from quarantine.schema_drift") == [
        {"column_name": "plant_groups", "kind": "unknown_value", "records": 1}
    ]
