from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import UsageError
from plant_pipeline.landing.stream import (
    RunIssue,
    StreamOutcome,
    check_account,
    complete_sources,
    read_issues,
    read_outcomes,
    rebind_account,
    write_issues,
    write_outcome,
)
from plant_pipeline.warehouse import Warehouse

_AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
_OUTCOME = StreamOutcome(
    "voke",
    "plant",
    "incomplete",
    expected=12,
    got=10,
    quarantined=1,
    failed=2,
    retried=3,
    seconds=4.5,
    message="10 of 12 records came",
    seen_new=5,
    seen_changed=6,
    seen_gone=0,
)


# -- outcomes --
def test_an_outcome_comes_back_as_it_was_and_a_retried_step_replaces_its_own(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, "run-1", _OUTCOME, _AT)
        assert read_outcomes(connection, "run-1") == [_OUTCOME]
        again = replace(_OUTCOME, state="complete", got=12, message=None, seen_gone=1)
        write_outcome(connection, "run-1", again, _AT + timedelta(hours=1))
        assert read_outcomes(connection, "run-1") == [again]
        finished = connection.exec_driver_sql("select run_id, finished_at from landing.stream_run").all()
        assert [tuple(row) for row in finished] == [("run-1", _AT + timedelta(hours=1))]
        assert read_outcomes(connection, "run-2") == []


@pytest.mark.parametrize(
    ("state", "is_failure"),
    [("complete", False), ("incomplete", True), ("failed", True), ("not_permitted", False), ("not_configured", False)],
)
def test_which_states_fail_a_run(warehouse: Warehouse, state: str, is_failure: bool) -> None:
    outcome = StreamOutcome("voke", "alert", state)  # type: ignore[arg-type] # a state as text
    assert outcome.is_failure is is_failure
    with warehouse.transaction() as connection:
        write_outcome(connection, "run-1", outcome, _AT)  # the table knows the state


def test_complete_sources_are_those_whose_plant_listing_was_complete(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, "run-1", StreamOutcome("voke", "plant", "complete"), _AT)
        write_outcome(connection, "run-1", StreamOutcome("flexmeasures", "asset", "incomplete"), _AT)
        write_outcome(connection, "run-1", StreamOutcome("flexmeasures", "sensor", "complete"), _AT)
        write_outcome(connection, "run-0", StreamOutcome("ravenwits", "plant", "complete"), _AT)
        entities = {"voke": "plant", "flexmeasures": "asset", "ravenwits": "plant"}
        assert complete_sources(connection, "run-1", entities) == {"voke"}


# -- issues --
def test_issues_come_back_failures_first_and_the_same_one_once(warehouse: Warehouse) -> None:
    finding = RunIssue("registry", "P-1", "no zone", "finding")
    failure = RunIssue("energy", "P-2", "no readings", energy_date=date(2026, 3, 9))
    with warehouse.transaction() as connection:
        write_issues(connection, "run-1", [finding, failure, failure])
        write_issues(connection, "run-1", [finding])
        assert read_issues(connection, "run-1") == [failure, finding]
        assert read_issues(connection, "run-2") == []


# -- accounts --
def _settings(
    host: str = "a.example", account: str | None = "etl@a.example", name: str = "flexmeasures"
) -> SourceSettings:
    return SourceSettings(name, f"https://{host}:8443/base", account)


def _check(warehouse: Warehouse, settings: SourceSettings, now_utc: datetime = _AT) -> None:
    with warehouse.transaction() as connection:
        check_account(connection, settings, now_utc)


def test_the_first_account_is_remembered_and_another_one_refused_until_rebound(warehouse: Warehouse) -> None:
    _check(warehouse, _settings())
    _check(warehouse, _settings())
    with pytest.raises(UsageError, match=r"account etl@a\.example.*other@a\.example.*db rebind flexmeasures"):
        _check(warehouse, _settings(account="other@a.example"))
    with pytest.raises(UsageError, match=r"host a\.example.*b\.example"):
        _check(warehouse, _settings("b.example"))
    with warehouse.transaction() as connection:
        assert rebind_account(connection, "flexmeasures")
        assert not rebind_account(connection, "flexmeasures")
    _check(warehouse, _settings("b.example", "other@a.example"))
    with pytest.raises(UsageError):
        _check(warehouse, _settings())


def test_the_first_run_of_a_source_is_by_the_clock_of_the_process_and_stays(warehouse: Warehouse) -> None:
    _check(warehouse, _settings())
    _check(warehouse, _settings(), _AT + timedelta(days=1))
    with warehouse.transaction() as connection:
        first_run_at = connection.exec_driver_sql("select first_run_at from landing.source_account").scalar_one()
    assert first_run_at == _AT


def test_a_refused_account_is_not_remembered(warehouse: Warehouse) -> None:
    _check(warehouse, _settings())
    for _ in range(2):
        with pytest.raises(UsageError):
            _check(warehouse, _settings("b.example"))


def test_what_is_unknown_on_one_side_is_no_difference(warehouse: Warehouse) -> None:
    _check(warehouse, _settings(account=None))
    _check(warehouse, _settings(account="etl@a.example"))
    _check(warehouse, _settings(account=None))  # and does not make it forgotten
    with pytest.raises(UsageError):
        _check(warehouse, _settings(account="other@a.example"))


def test_a_port_or_the_case_of_a_name_is_no_difference(warehouse: Warehouse) -> None:
    _check(warehouse, _settings())
    _check(warehouse, SourceSettings("flexmeasures", "http://A.example", "ETL@a.example"))


def test_an_account_s_number_cannot_be_compared_with_an_e_mail(warehouse: Warehouse) -> None:
    _check(warehouse, _settings(account="etl@a.example"))
    _check(warehouse, _settings(account="3"))
    with pytest.raises(UsageError, match="account 3"):
        _check(warehouse, _settings(account="4"))


def test_each_source_has_its_own_account(warehouse: Warehouse) -> None:
    _check(warehouse, _settings())
    _check(warehouse, _settings("b.example", "o-1", "voke"))
    _check(warehouse, _settings())
