"""Traces and metrics of a run as a collector gets them: a server on loopback decodes the protobuf."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from plant_pipeline.landing.stream import StreamOutcome, write_outcome
from plant_pipeline.landing.telemetry import ENDPOINT, export_run
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.collector import Collector, collecting

_BEGAN = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
_ENDED = _BEGAN + timedelta(minutes=5)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as one:
        monkeypatch.setenv(ENDPOINT, one.url)
        yield one


def _export(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        well = StreamOutcome("voke", "plant", "complete", got=24, retried=2, seconds=3.5)
        badly = StreamOutcome("flexmeasures", "data", "failed", got=0, retried=7, seconds=60.0, message="it is down")
        absent = StreamOutcome("ravenwits", "plant", "not_configured")
        for outcome in (well, badly, absent):
            write_outcome(connection, "run-1", outcome, _BEGAN + timedelta(minutes=2))
        export_run(connection, "run-1", "nightly_sync", _BEGAN, _ENDED)


def test_a_collector_gets_a_span_for_the_run_and_each_stream_and_their_figures(
    warehouse: Warehouse, collector: Collector
) -> None:
    _export(warehouse)
    spans = {span.name: span for span in collector.spans()}
    assert set(spans) == {"nightly_sync", "voke plant", "flexmeasures data"}
    whole, plants, data = spans["nightly_sync"], spans["voke plant"], spans["flexmeasures data"]
    assert (whole.start_time_unix_nano, whole.end_time_unix_nano) == (
        int(_BEGAN.timestamp()) * 10**9,
        int(_ENDED.timestamp()) * 10**9,
    )
    assert plants.parent_span_id == data.parent_span_id == whole.span_id
    assert plants.end_time_unix_nano - plants.start_time_unix_nano == 3_500_000_000
    assert (data.status.code, data.status.message) == (2, "it is down")

    figures = collector.figures()
    assert {key: value for key, value in figures.items() if key[1] == "voke"} == {
        ("rows", "voke", "plant"): 24,
        ("calls", "voke", "plant"): 0,
        ("retries", "voke", "plant"): 2,
        ("refusals", "voke", "plant"): 0,
        ("seconds", "voke", "plant"): 3.5,
    }
    assert figures["retries", "flexmeasures", "data"] == 7


def test_without_an_endpoint_nothing_is_sent(
    warehouse: Warehouse, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENDPOINT)
    _export(warehouse)
    assert not collector.traces.resource_spans
    assert not collector.metrics.resource_metrics


def test_a_collector_that_is_gone_fails_nothing(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    _export(warehouse)
