"""Traces and metrics of a run as a collector gets them: a server on loopback decodes the protobuf."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from plant_pipeline.landing.stream import StreamOutcome, write_outcome
from plant_pipeline.landing.telemetry import ENDPOINT, export_run
from plant_pipeline.warehouse import Warehouse

_BEGAN = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
_ENDED = _BEGAN + timedelta(minutes=5)


class Collector:
    """What reached it."""

    def __init__(self) -> None:
        self.traces = ExportTraceServiceRequest()
        self.metrics = ExportMetricsServiceRequest()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    one = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            (one.traces if self.path == "/v1/traces" else one.metrics).MergeFromString(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_port}")
        yield one
        server.shutdown()
        thread.join()


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
    spans = {
        span.name: span
        for each in collector.traces.resource_spans
        for scope in each.scope_spans
        for span in scope.spans
    }
    assert set(spans) == {"nightly_sync", "voke plant", "flexmeasures data"}
    whole, plants, data = spans["nightly_sync"], spans["voke plant"], spans["flexmeasures data"]
    assert (whole.start_time_unix_nano, whole.end_time_unix_nano) == (
        int(_BEGAN.timestamp()) * 10**9,
        int(_ENDED.timestamp()) * 10**9,
    )
    assert plants.parent_span_id == data.parent_span_id == whole.span_id
    assert plants.end_time_unix_nano - plants.start_time_unix_nano == 3_500_000_000
    assert (data.status.code, data.status.message) == (2, "it is down")

    figures = {}
    for each in collector.metrics.resource_metrics:
        for scope in each.scope_metrics:
            for metric in scope.metrics:
                for point in (*metric.sum.data_points, *metric.histogram.data_points):
                    source = next(own.value.string_value for own in point.attributes if own.key == "source")
                    value = point.sum if metric.HasField("histogram") else point.as_int
                    figures[metric.name.removeprefix("plant_pipeline."), source] = value
    assert {key: value for key, value in figures.items() if key[1] == "voke"} == {
        ("rows", "voke"): 24,
        ("calls", "voke"): 0,
        ("retries", "voke"): 2,
        ("refusals", "voke"): 0,
        ("seconds", "voke"): 3.5,
    }
    assert figures["retries", "flexmeasures"] == 7


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
