"""A whole night as a collector of OpenTelemetry on loopback sees it: spans, figures, and no secret."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.landing.telemetry import ENDPOINT
from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.collector import Collector, collecting

pytestmark = pytest.mark.deployed  # .ci/nightly runs it

_DAY = date(2026, 11, 1)
_NANOSECONDS = 10**9


@pytest.mark.parametrize("shards", [1, 2])
def test_each_run_is_a_trace_whose_figures_are_those_of_the_warehouse(
    warehouse: Warehouse, warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    """One source refuses its credentials: what is said of that leaves the house too."""
    with collecting() as collector, serve(world=World.of(6)) as sandbox:
        sandbox.faults.add(Fault("ravenwits", "*", status=401))
        hook = "http://127.0.0.1:9/services/hook-secret"
        values = {
            **sandbox.environment,
            "WAREHOUSE_URL": warehouse_url,
            "PLANT_PIPELINE_HOME": str(tmp_path / "home"),
            "DAGSTER_HOME": str(tmp_path / "dagster"),
            "PLANT_PIPELINE_SHARDS": str(shards),
            "ALERT_WEBHOOK_URL": hook,
            ENDPOINT: collector.url,
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(cli, ["sync", "--date", str(_DAY)], catch_exceptions=False)
    assert done.exit_code == 1, done.output
    assert "ravenwits" in done.output

    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        runs = {run.run_id for run in instance.get_runs()}
    assert len(runs) == (1 if shards == 1 else 2 + shards)
    spans = collector.spans()
    roots = {own.attributes[0].value.string_value: own for own in spans if not own.parent_span_id}
    assert set(roots) == runs
    assert {own.name for own in roots.values()} == {"nightly_sync"}
    with warehouse.transaction() as connection:
        streams = connection.exec_driver_sql(
            "select run_id, source, entity, state, got from landing.stream_run where state <> 'not_configured'"
        ).all()
        fetched = connection.exec_driver_sql(
            "select source || ' ' || entity as stream, sum(coalesce(answer_count, 1))::int as calls "
            "from landing.fetch group by 1"
        )
        calls = {own.stream: own.calls for own in fetched}
    found = [(own.trace_id, own.name) for own in spans if own.parent_span_id]
    assert sorted(found) == sorted((roots[own.run_id].trace_id, f"{own.source} {own.entity}") for own in streams)
    failed = {own.name for own in spans if own.status.code == 2}
    assert failed == {f"{own.source} {own.entity}" for own in streams if own.state in ("failed", "incomplete")}
    assert "ravenwits plant" in failed
    for own in spans:
        assert own.start_time_unix_nano <= own.end_time_unix_nano
        whole = next(root for root in roots.values() if root.trace_id == own.trace_id)
        assert whole.start_time_unix_nano - _NANOSECONDS <= own.start_time_unix_nano <= whole.end_time_unix_nano
    if shards == 1:
        counted = {
            f"{source} {entity}": n for (name, source, entity), n in collector.figures().items() if name == "calls"
        }
        assert counted == {stream: calls.get(stream, 0) for stream in counted}
        assert sum(counted.values()) > 50
    _assert_no_secret(collector, values)


def _assert_no_secret(collector: Collector, values: dict[str, str]) -> None:
    secrets = [
        value
        for name, value in values.items()
        if name.endswith(("TOKEN", "PASSWORD", "SECRET", "API_KEY", "EMAIL")) and name != ENDPOINT
    ]
    assert len(secrets) > 3
    for secret in [*secrets, "hook-secret", "X-Amz-Signature", "Bearer", values["WAREHOUSE_URL"]]:
        assert secret.encode() not in collector.sent
