"""The order of work that all entities share, on a source of the tests' own that writes into a real table."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plant_pipeline.errors import SourceRejected, SourceShapeChanged, SourceUnavailable
from plant_pipeline.sources.source import Entity, FetchContext, Listing, WriteContext
from plant_pipeline.sources.stream import quarantined_now
from plant_pipeline.warehouse import UpsertCounts
from plant_pipeline_tests.sources.nights import AT, NIGHT, SCHEMA, SETTINGS, Night, plant, source_of


# -- how a stream can end --
def test_without_settings_nothing_is_asked(night: Night) -> None:
    outcome = night.pull([plant(1)], None)
    assert (outcome.state, outcome.is_failure) == ("not_configured", False)
    assert (night.asked, night.outcomes(), night.names()) == ([], {"asset": "not_configured"}, {})


def test_complete_counts_what_is_new_changed_and_gone(night: Night) -> None:
    first = night.pull([plant(1), plant(2), plant(3)])
    assert (first.state, first.got, first.seen_new, first.seen_changed, first.seen_gone) == ("complete", 3, 3, 0, 0)
    second = night.pull(Listing([plant(1), plant(2, "renamed"), plant(4)], expected=3))
    assert (second.expected, second.got) == (3, 3)
    assert (second.seen_new, second.seen_changed, second.seen_gone) == (1, 1, 1)
    assert night.names() == {1: "a", 2: "renamed", 3: "a", 4: "a"}
    assert night.present() == {1, 2, 4}
    third = night.pull([plant(1), plant(2, "renamed"), plant(3), plant(4)])
    assert (third.seen_new, third.seen_changed, third.seen_gone) == (0, 1, 0)  # number 3 came back
    assert night.present() == {1, 2, 3, 4}


def test_an_unchanged_listing_changes_only_when_it_was_fetched(night: Night) -> None:
    listing = [plant(1), plant(2, note=""), plant(3, "")]
    night.pull(listing)
    before = night.rows("select * from flexmeasures.asset order by id")
    outcome = night.pull(listing)
    after = night.rows("select * from flexmeasures.asset order by id")
    assert (outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == (0, 0, 0)
    assert [{**row, "fetched_at": None} for row in before] == [{**row, "fetched_at": None} for row in after]
    assert {row["fetched_at"] for row in after} == {AT + 2 * NIGHT}


@pytest.mark.parametrize(
    "error",
    [
        SourceUnavailable("flexmeasures", "/listing", "no usable answer"),
        SourceRejected("flexmeasures", "/listing", "answered 403", 403),
        SourceShapeChanged("flexmeasures", "/listing", "expected a list"),
    ],
)
def test_a_source_that_fails_keeps_its_last_good_rows(night: Night, error: Exception) -> None:
    night.pull([plant(1)])
    before = night.rows("select * from flexmeasures.asset")
    outcome = night.pull(error)
    assert (outcome.state, outcome.is_failure, outcome.message) == ("failed", True, str(error))
    assert night.rows("select * from flexmeasures.asset") == before
    assert night.outcomes() == {"asset": "failed"}


@pytest.mark.parametrize(("status", "state"), [(403, "not_permitted"), (401, "failed"), (404, "failed")])
def test_an_optional_stream_may_be_forbidden_and_nothing_else(night: Night, status: int, state: str) -> None:
    error = SourceRejected("flexmeasures", "/listing", f"answered {status}", status)
    outcome = night.pull(error, is_optional=True)
    assert outcome.state == state
    assert outcome.is_failure is (state == "failed")
    assert f"answered {status}" in (outcome.message or "")


def test_a_stream_is_not_asked_for_without_what_it_needs(night: Night) -> None:
    night.pull(SourceUnavailable("flexmeasures", "/listing", "down"))
    night.asked.clear()
    outcome = night.again([plant(1)], name="kpi", needs=("asset",))
    assert (outcome.state, night.asked) == ("failed", [])
    assert "flexmeasures asset could not be had" in (outcome.message or "")
    assert night.outcomes() == {"asset": "failed", "kpi": "failed"}
    # The failure of another night, or an incomplete listing, is no reason.
    assert night.pull([plant(1)], name="kpi", needs=("asset",)).state == "complete"
    night.pull(Listing([plant(1)], expected=2))
    assert night.again([plant(1)], name="kpi", needs=("asset",)).state == "complete"


def test_the_fetch_is_given_what_it_may_use(night: Night) -> None:
    night.pull([])
    (context,) = night.asked
    assert (context.settings, context.dates, context.now_utc) == (SETTINGS, (date(2026, 3, 9),), AT + NIGHT)
    assert context.read("select 1 + %(n)s as two", n=1)["two"].tolist() == [2]


# -- what is present --
@pytest.mark.parametrize(
    "listing",
    [
        Listing([plant(1, "renamed"), plant(4)], problem="the total changed between pages (4, 5)"),
        Listing([plant(1, "renamed"), plant(4)], expected=4),
    ],
)
def test_an_incomplete_listing_adds_and_updates_and_takes_nothing_as_gone(night: Night, listing: Listing) -> None:
    night.pull([plant(1), plant(2)])
    outcome = night.pull(listing)
    assert (outcome.state, outcome.is_failure, outcome.seen_gone) == ("incomplete", True, 0)
    assert outcome.message in ("the total changed between pages (4, 5)", "2 of 4 records came")
    assert night.names() == {1: "renamed", 2: "a", 4: "a"}
    assert night.present() == {1, 2, 4}


def test_an_empty_listing_is_not_a_failed_one(night: Night) -> None:
    night.pull([plant(1), plant(2)])
    outcome = night.pull([])
    assert (outcome.state, outcome.got, outcome.seen_gone) == ("complete", 0, 2)
    assert night.present() == set()


def test_a_quarantined_record_is_present_and_keeps_its_last_good_row(night: Night) -> None:
    night.pull([plant(1), plant(2), plant(3)])
    outcome = night.pull(Listing([plant(1), plant(2, "n" * 50), plant(3), plant(9, "n" * 50)], expected=4))
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_gone) == ("complete", 4, 2, 0)
    assert night.names() == {1: "a", 2: "a", 3: "a"}  # not seen before: kept out
    assert night.present() == {1, 2, 3}
    assert night.rejected() == [("2", "name", "str_length(1, 20)"), ("9", "name", "str_length(1, 20)")]


def test_a_record_that_was_gone_and_comes_back_bad_is_present(night: Night) -> None:
    night.pull([plant(1), plant(2), plant(3)])
    night.pull([plant(1), plant(2)])
    night.pull([plant(1), plant(2), plant(3, "n" * 50)])
    assert night.present() == {1, 2, 3}


def test_a_record_that_could_not_be_fetched_is_present(night: Night) -> None:
    night.pull([plant(1), plant(2), plant(3)])
    outcome = night.pull(Listing([plant(1)], expected=3, unfetched_keys=frozenset({"2", "9"})))
    assert (outcome.state, outcome.got, outcome.seen_gone) == ("complete", 3, 1)
    assert night.names() == {1: "a", 2: "a", 3: "a"}
    assert night.present() == {1, 2}


@pytest.mark.parametrize("spelled", ["1", 1.0, " 1 ", "+1"])
def test_an_id_spelled_in_another_way_is_the_same_plant(night: Night, spelled: Any) -> None:
    night.pull([plant(1), plant(2)])
    outcome = night.pull([{**plant(0), "id": spelled}, plant(2)])
    assert (outcome.seen_new, outcome.seen_gone, night.present()) == (0, 0, {1, 2})


def test_an_id_that_comes_twice_is_one_record_the_last(night: Night) -> None:
    outcome = night.pull(Listing([plant(1, "first"), plant(2), {**plant(0, "last"), "id": "1"}], expected=2))
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 2, 2)
    assert night.names() == {1: "last", 2: "a"}


def test_records_without_id_and_with_impossible_ones_are_counted_and_rejected(night: Night) -> None:
    odd = [{"name": "none"}, None, {**plant(0), "id": "a\x00b"}, {**plant(0), "id": "\ud800"}]
    outcome = night.pull(Listing([*odd, plant(1), plant(2), plant(3), plant(4)], expected=8))
    assert (outcome.state, outcome.got, outcome.quarantined) == ("complete", 8, 4)
    assert night.present() == {1, 2, 3, 4}
    assert sorted(key or "" for key, *_ in night.rejected()) == ["", "", "a\ufffdb", "\ufffd"]


# -- more than half --
def test_a_changed_shape_stops_the_stream_and_leaves_everything_as_it_was(night: Night) -> None:
    night.pull([plant(1), plant(2), plant(3)])
    outcome = night.pull([{"id": 1, "title": "a"}, {"id": 2, "title": "b"}, plant(3, "renamed")])
    assert (outcome.state, outcome.got, outcome.quarantined) == ("failed", 3, 0)
    assert "name: missing in 2 of 3 records: more than half of the records are rejected" in (outcome.message or "")
    assert (night.names(), night.present(), night.rejected()) == ({1: "a", 2: "a", 3: "a"}, {1, 2, 3}, [])


@pytest.mark.parametrize("bad", [{"id": 3, "name": ""}, {"id": 3, "name": "n" * 50}, {"id": "x", "name": "a"}, "text"])
def test_a_listing_more_than_half_of_whose_records_are_rejected_for_any_reason_fails(night: Night, bad: Any) -> None:
    assert night.pull([bad]).state == "failed"
    assert night.pull([bad, plant(1)]).state == "complete"
    assert night.pull([bad, plant(1), plant(2, "n" * 50)]).state == "failed"


def test_up_to_half_of_the_records_are_quarantined_instead(night: Night) -> None:
    outcome = night.pull([{"id": 1, "title": "a"}, plant(2)])
    assert (outcome.state, outcome.quarantined, night.names()) == ("complete", 1, {2: "a"})


# -- all or nothing --
class Killed(BaseException):
    """What a kill looks like from inside."""


def test_a_kill_in_the_middle_of_the_write_leaves_nothing_half_written(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.pull([plant(1), plant(2), plant(3)])
    before = night.rows("select * from flexmeasures.asset order by id")

    def killed(*_args: object, **_more: object) -> int:
        raise Killed

    listing = [plant(1, "renamed"), plant(2, "n" * 50), plant(4)]
    with monkeypatch.context() as patched:
        patched.setattr("plant_pipeline.sources.stream._mark_present", killed)  # after the upsert, before the rest
        with pytest.raises(Killed):
            night.pull(listing)
    assert night.rows("select * from flexmeasures.asset order by id") == before
    assert (night.outcomes(), night.rejected()) == ({}, [])
    outcome = night.again(listing)
    assert (outcome.state, outcome.seen_new, outcome.seen_changed, outcome.seen_gone) == ("complete", 1, 1, 1)
    assert night.names() == {1: "renamed", 2: "a", 3: "a", 4: "a"}


def test_what_was_received_is_in_the_ledger_even_if_the_rest_is_killed(night: Night) -> None:
    async def fetch(context: FetchContext) -> Listing:
        await context.client.get_json("/listing", entity="asset")
        raise Killed

    with pytest.raises(Killed):
        night.pull([], fetch=fetch)
    assert [row["path"] for row in night.rows("select path from landing.fetch")] == ["/listing"]


def test_a_step_that_is_run_again_replaces_its_outcome(night: Night) -> None:
    night.pull(SourceUnavailable("flexmeasures", "/listing", "down"))
    night.again([plant(1)])
    assert night.outcomes() == {"asset": "complete"}


# -- outcomes beside the listing's own --
@pytest.mark.parametrize(
    ("listing", "outcomes", "figures"),
    [
        (Listing([plant(1)]), {"asset": "complete", "asset_detail": "complete"}, (1, 1, 0)),
        (
            Listing([plant(1)], unfetched_keys=frozenset({"2"}), failed=1, failure="flexmeasures: /assets/2: down"),
            {"asset": "complete", "asset_detail": "failed"},
            (2, 1, 1),
        ),
        # A 404: it left meanwhile.
        (
            Listing([plant(1)], unfetched_keys=frozenset({"2"})),
            {"asset": "complete", "asset_detail": "complete"},
            (2, 1, 0),
        ),
        (Listing([plant(1)], has_details=False), {"asset": "complete"}, None),
    ],
)
def test_calls_for_single_records_are_a_stream_of_their_own(
    night: Night, listing: Listing, outcomes: dict[str, str], figures: tuple[int, int, int] | None
) -> None:
    night.pull(listing, detail_entity="asset_detail")
    assert night.outcomes() == outcomes
    rows = night.rows("select expected, got, failed, message from landing.stream_run where entity = 'asset_detail'")
    assert [tuple(row.values())[:3] for row in rows] == ([figures] if figures else [])
    assert [row["message"] for row in rows if row["message"]] == ([listing.failure] if listing.failure else [])


def test_remarks_and_tolerated_oddities_are_in_the_message(night: Night) -> None:
    outcome = night.pull(Listing([plant(1, extra=5), {**plant(0), "id": "2"}], note="3 of 9 calls were not permitted"))
    assert outcome.state == "complete"
    assert outcome.message == "3 of 9 calls were not permitted, 1 numbers as text, 1 unknown fields"


def test_retries_and_seconds_are_counted(night: Night) -> None:
    async def fetch(context: FetchContext) -> Listing:
        context.client.tally.retries = 3
        return Listing([])

    assert night.pull([], fetch=fetch).retried == 3


# -- entities that are written in another way --
def test_an_entity_of_its_own_writing_gets_the_good_rows_and_keeps_its_problem(night: Night) -> None:
    given: list[Any] = []

    def write(context: WriteContext, rows: list[dict[str, Any]]) -> UpsertCounts:
        given.append((context.fetched_at, context.dates, rows))
        return UpsertCounts(1, 0, 0)

    listing = Listing([plant(1), plant(1, "b"), plant(2, "n" * 50), plant(3)], problem="1 of 4 calls failed")
    outcome = night.pull(listing, write=write)
    assert (outcome.state, outcome.got, outcome.quarantined, outcome.seen_new) == ("incomplete", 4, 1, 1)
    ((fetched_at, dates, rows),) = given
    assert (fetched_at, dates) == (AT + NIGHT, (date(2026, 3, 9),))
    assert [(row["id"], row["name"]) for row in rows] == [(1, "a"), (1, "b"), (3, "a")]


def test_ids_in_quarantine_are_told_by_entity(night: Night) -> None:
    entity = Entity("asset", "flexmeasures.asset", "", SCHEMA, lambda _: asyncio.sleep(0, Listing([])))
    source = source_of(entity, replace(entity, name="kpi", write=lambda *_: UpsertCounts()))

    def now() -> dict[str, set[str]]:
        with night.warehouse.transaction() as connection:
            return quarantined_now(connection, source)

    assert now() == {"asset": set()}
    night.pull([plant(1, "n" * 50), plant(2)])
    assert now() == {"asset": {"1"}}
    night.pull([plant(1), plant(2)])
    assert now() == {"asset": set()}
    night.pull([plant(1, "n" * 50), plant(2, "n" * 50), plant(3), plant(4)])
    assert now() == {"asset": {"1", "2"}}
    assert night.pull([plant(1, "n" * 50), plant(2), plant(3, "n" * 50), plant(4, "n" * 50)]).state == "failed"
    assert now() == {"asset": {"1", "2"}}  # it took none, as if it had not been asked
    night.pull(SourceUnavailable("flexmeasures", "/listing", "down"))
    assert now() == {"asset": {"1", "2"}}
