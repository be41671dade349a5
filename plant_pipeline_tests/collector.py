"""A collector of OpenTelemetry on loopback: it decodes the protobuf that it is sent."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What reached it: decoded, and `sent` as it came."""

    def __init__(self) -> None:
        self.traces = ExportTraceServiceRequest()
        self.metrics = ExportMetricsServiceRequest()
        self.sent = b""
        self.url = ""

    def spans(self) -> list[Span]:
        """All spans, in the order in which they came."""
        return [span for each in self.traces.resource_spans for scope in each.scope_spans for span in scope.spans]

    def figures(self) -> dict[tuple[str, str, str], float]:
        """By name, source and entity, what was counted, or the sum of a histogram."""
        figures: dict[tuple[str, str, str], float] = {}
        for each in self.metrics.resource_metrics:
            for scope in each.scope_metrics:
                for metric in scope.metrics:
                    name = metric.name.removeprefix("plant_pipeline.")
                    for point in (*metric.sum.data_points, *metric.histogram.data_points):
                        about = {own.key: own.value.string_value for own in point.attributes}
                        value = point.sum if metric.HasField("histogram") else point.as_int
                        figures[name, about["source"], about["entity"]] = value
        return figures


@contextmanager
def collecting() -> Iterator[Collector]:
    """Serve a collector until the block ends."""
    one = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            one.sent += body
            (one.traces if self.path == "/v1/traces" else one.metrics).MergeFromString(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        one.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield one
        finally:
            server.shutdown()
            thread.join()
