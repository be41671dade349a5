"""The connection of plants, sampled."""

from datetime import UTC, datetime, timedelta

from plant_pipeline_tests.sources.fake_api import AT, Puller
from plant_pipeline_tests.sources.voke.conftest import PLANTS, VokeApi, envelope, listed, page, plant_id


def test_each_sample_is_kept_under_its_time(api: VokeApi, pull: Puller) -> None:
    api.on(PLANTS, page([listed(1), listed(2, status="OFFLINE", lastSeenAt=None)]))
    outcome = pull("plant_status")
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 2, 2)
    later = AT + timedelta(minutes=15)
    api.on(PLANTS, page([listed(1, status="DEGRADED"), listed(2)]))
    pull("plant_status", at=later)
    rows = pull.rows("select * from voke.plant_status_sample order by sampled_at, plant_id")
    assert [tuple(row.values()) for row in rows] == [
        (plant_id(1), AT, "ONLINE", datetime(2026, 3, 10, 3, 58, 12, 250_000, UTC)),
        (plant_id(2), AT, "OFFLINE", None),
        (plant_id(1), later, "DEGRADED", datetime(2026, 3, 10, 3, 58, 12, 250_000, UTC)),
        (plant_id(2), later, "ONLINE", datetime(2026, 3, 10, 3, 58, 12, 250_000, UTC)),
    ]
    assert pull.rows("select * from quarantine.schema_drift") == []


def test_a_source_that_is_down_leaves_no_sample(api: VokeApi, pull: Puller) -> None:
    api.on(PLANTS, envelope(403, "FORBIDDEN"))
    assert pull("plant_status").is_failure
    assert pull.rows("select * from voke.plant_status_sample") == []


def test_a_record_that_is_none_is_rejected_and_the_others_are_kept(api: VokeApi, pull: Puller) -> None:
    api.on(PLANTS, page([listed(1), listed(2), listed(3, id=None)]))
    outcome = pull("plant_status")
    assert (outcome.quarantined, len(pull.rows("select * from voke.plant_status_sample"))) == (1, 2)
