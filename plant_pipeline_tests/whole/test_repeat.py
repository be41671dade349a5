"""Nights that go wrong and are tried again: in the same run, and by a run that repeats the failed one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.automation.repeat import Lacking, lacking_of
from plant_pipeline.automation.sensors import checks_of_run
from plant_pipeline.definitions import defs
from plant_pipeline.landing.stream import RunIssue, StreamOutcome, read_issues, read_outcomes
from plant_pipeline.orchestration import range_tags
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.warehouse import Warehouse

_DAY = date(2026, 11, 11)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve() as server:
        yield server


def _job() -> dg.JobDefinition:
    return defs.resolve_job_def("nightly_sync")


class Nights:
    """Runs of `nightly_sync` on an instance, as the scheduler starts them and as the UI repeats them."""

    def __init__(self, instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
        self.instance, self.warehouse = instance, warehouse

    def run(self) -> dg.ExecuteInProcessResult:
        return _job().execute_in_process(instance=self.instance, raise_on_error=False, tags=range_tags([_DAY]))

    def repeat(self, run_id: str) -> dg.JobExecutionResult:
        options = dg.ReexecutionOptions.from_failure(run_id, self.instance)
        return dg.execute_job(dg.reconstructable(_job), instance=self.instance, reexecution_options=options)

    def outcome(self, run_id: str, source: str, entity: str) -> StreamOutcome:
        with self.warehouse.transaction() as connection:
            outcomes = {(o.source, o.entity): o for o in read_outcomes(connection, run_id)}
        return outcomes[source, entity]

    def issues(self, run_id: str) -> list[str]:
        with self.warehouse.transaction() as connection:
            return [issue.message for issue in read_issues(connection, run_id) if issue.severity == "failure"]

    def heartbeats(self) -> list[tuple[str, str, list[date]]]:
        with self.warehouse.transaction() as connection:
            rows = connection.exec_driver_sql("select job, run_id, dates from landing.heartbeat").all()
        return [(row.job, row.run_id, row.dates) for row in rows]

    def known_energies(self) -> int:
        with self.warehouse.transaction() as connection:
            return int(
                connection.exec_driver_sql(
                    "select count(*) from energy.plant_daily where produced_kwh is not null"
                ).scalar_one()
            )


def _steps(result: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> set[str]:
    return {event.step_key or "" for event in result.all_events if event.is_step_start}


def _why(result: dg.ExecuteInProcessResult | dg.JobExecutionResult) -> str:
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert failed.step_failure_data.user_failure_data is not None
    return failed.step_failure_data.user_failure_data.description or ""


@pytest.fixture
def nights(
    sandbox: Sandbox, warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Nights]:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("plant_pipeline.http.retry.RetryPolicy.wait_s", lambda *_: 0.0)
    sandbox.faults.clear()
    with dg.instance_for_test() as instance:
        yield Nights(instance, warehouse)
    sandbox.faults.clear()


def test_repeating_a_failed_night_has_again_what_it_lacked(nights: Nights, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("flexmeasures", "*", status=401))
    first = nights.run()
    assert not first.success
    assert nights.known_energies() == 3  # what Voke measures

    still_dead = nights.repeat(first.run_id)
    assert _steps(still_dead) == {"run_outcome"}
    assert not still_dead.success
    assert "flexmeasures asset: failed: " in _why(still_dead)
    assert nights.heartbeats() == []

    sandbox.faults.clear()
    uploads = len(sandbox.uploads)
    back = nights.repeat(still_dead.run_id)
    assert _steps(back) == {"run_outcome"}
    assert back.success
    assert nights.heartbeats() == [("nightly_sync", back.run_id, [_DAY])]
    assert nights.outcome(back.run_id, "flexmeasures", "asset").state == "complete"
    assert nights.known_energies() > 10
    assert len(sandbox.uploads) == uploads + 1
    shown = {
        (event.asset_key.to_user_string(), event.partition)
        for event in back.all_events
        if event.is_step_materialization and event.asset_key is not None
    }
    assert {
        ("flexmeasures/asset", None),
        ("energy/reading", str(_DAY)),
        ("energy/plant_daily", str(_DAY)),
        ("kpi/plant_daily", str(_DAY)),
        ("raptor_maps/delivery", str(_DAY)),
    } <= shown
    assert set(checks_of_run(nights.instance, back.run_id).values()) == {None}


def test_repeating_a_night_whose_source_is_down_says_so_soon(nights: Nights, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add(Fault("voke", "*", times=10_000, drops=True))
    first = nights.run()
    assert not first.success
    assert nights.outcome(first.run_id, "voke", "plant").tries == 2
    left = fault.times
    assert left is not None
    again = nights.repeat(first.run_id)
    assert not again.success
    assert "voke plant: failed" in _why(again)
    assert fault.times == left - 2  # one small call and its one retry show that it is still down


def test_readings_that_failed_for_a_passing_reason_are_had_at_the_second_try(nights: Nights, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("flexmeasures", "/api/v3_0/sensors/*/data", status=500, times=60))  # four tries a sensor
    done = nights.run()
    assert done.success, nights.issues(done.run_id)
    outcome = nights.outcome(done.run_id, "flexmeasures", "data")
    assert (outcome.state, outcome.tries, outcome.expected) == ("complete", 2, outcome.got)


def test_a_listing_that_failed_for_a_passing_reason_is_had_at_the_second_try(nights: Nights, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add(
        Fault("flexmeasures", "/api/v3_0/assets", status=500, times=4)
    )  # all tries of the client
    uploads = len(sandbox.uploads)
    done = nights.run()
    assert fault.times == 0
    assert done.success, nights.issues(done.run_id)
    outcome = nights.outcome(done.run_id, "flexmeasures", "asset")
    assert (outcome.state, outcome.tries) == ("complete", 2)
    assert nights.known_energies() > 10  # the plants, sensors and readings that follow from it were had too
    assert len(sandbox.uploads) == uploads + 1
    assert set(checks_of_run(nights.instance, done.run_id).values()) == {None}


def test_a_delivery_that_was_refused_is_repeated(nights: Nights, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("raptor_maps", "*", status=400))
    first = nights.run()
    assert not first.success
    uploads = len(sandbox.uploads)
    assert "raptor_maps" in _why(nights.repeat(first.run_id))
    sandbox.faults.clear()
    assert nights.repeat(first.run_id).success
    assert len(sandbox.uploads) == uploads + 1


def test_samples_are_taken_beside_the_nights(nights: Nights, sandbox: Sandbox) -> None:
    """Of every plant, also before any night; refused, they fail no run and leave none, and the next has them again."""
    job = defs.resolve_job_def("voke_energy_sampling")

    def samples() -> int:
        assert job.execute_in_process(instance=nights.instance).success
        with nights.warehouse.transaction() as connection:
            statement = "select count(*), count(distinct plant_id) from voke.plant_status_sample"
            taken, plants = connection.exec_driver_sql(statement).one()
        assert plants == 24
        return int(taken)

    assert samples() == 24
    sandbox.faults.add(Fault("voke", "*", status=503))
    assert samples() == 24
    sandbox.faults.clear()
    assert samples() == 48


def _failed(entity: str, *, is_transient: bool, tries: int) -> StreamOutcome:
    return StreamOutcome("flexmeasures", entity, "failed", is_transient=is_transient, tries=tries)


def test_only_what_may_have_passed_or_was_taken_over_is_tried_again() -> None:
    outcomes = [
        _failed("asset", is_transient=True, tries=1),
        _failed("sensor", is_transient=False, tries=1),
        _failed("kpi", is_transient=True, tries=2),
        _failed("job", is_transient=False, tries=0),
        StreamOutcome("voke", "plant", "complete"),
    ]
    issues = [RunIssue("readings", "P-1", "P-1: 1 of 3 sensors could not be read")]
    assert lacking_of(outcomes, issues) == Lacking(frozenset({("flexmeasures", "asset"), ("flexmeasures", "job")}))
    data = _failed("data", is_transient=True, tries=1)
    assert lacking_of([data], issues).plants == {"P-1"}
