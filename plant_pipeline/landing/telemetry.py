"""What a run's streams came to as OpenTelemetry traces and metrics, where OTEL_EXPORTER_OTLP_ENDPOINT is set.

What belongs here: spans and counters of a run that has ended, from its ledger and outcomes. What does not: waiting for
a collector that does not answer, which is told in the log and fails nothing.

Needs the extra `telemetry`. The exporters read the other variables of OpenTelemetry (headers, certificate) themselves.
"""

import logging
import os
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TIMEOUT_S = 5
_log = logging.getLogger(__name__)


def has_collector() -> bool:
    """Whether a collector is configured."""
    return bool(os.environ.get(ENDPOINT))


def export_run(connection: Connection, run_id: str, job: str, began_at: datetime, ended_at: datetime) -> None:
    """Send a span of the run with one for each stream, and their rows, calls, retries, 429s and seconds."""
    if not has_collector():
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("%s is set and nothing is sent: install plant-pipeline[telemetry]", ENDPOINT)
        return
    streams = execute(connection, "landing/streams_to_measure", run_id=run_id, began_at=began_at).mappings().all()
    resource = Resource.create({"service.name": "plant_pipeline"})
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=_TIMEOUT_S)))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(timeout=_TIMEOUT_S))
    metering = MeterProvider(resource=resource, metric_readers=[reader], shutdown_on_exit=False)
    _trace(tracing.get_tracer(__name__), run_id, job, began_at, ended_at, streams)
    _measure(metering.get_meter(__name__), job, streams)
    tracing.shutdown()
    metering.shutdown()


def _trace(tracer: Any, run_id: str, job: str, began_at: datetime, ended_at: datetime, streams: Any) -> None:
    from opentelemetry.trace import Status, StatusCode, set_span_in_context

    whole = tracer.start_span(job, start_time=_ns(began_at), attributes={"run_id": run_id})
    for own in streams:
        end_ns = _ns(own["finished_at"])
        span = tracer.start_span(
            f"{own['source']} {own['entity']}",
            context=set_span_in_context(whole),
            start_time=end_ns - int(own["seconds"] * 1e9),
            attributes={key: own[key] for key in ("source", "entity", "state", "rows", "calls", "retries", "refusals")},
        )
        if own["state"] in ("failed", "incomplete"):
            span.set_status(Status(StatusCode.ERROR, own["message"] or own["state"]))
        span.end(end_time=end_ns)
    whole.end(end_time=_ns(ended_at))


def _measure(meter: Any, job: str, streams: Any) -> None:
    counted = {
        "rows": meter.create_counter("plant_pipeline.rows", "1", "Records or sensors that a stream gave"),
        "calls": meter.create_counter("plant_pipeline.calls", "1", "Answers of a source that were kept"),
        "retries": meter.create_counter("plant_pipeline.retries", "1", "Calls that were made again"),
        "refusals": meter.create_counter("plant_pipeline.refusals", "1", "Answers 429: too many calls"),
    }
    seconds = meter.create_histogram("plant_pipeline.seconds", "s", "How long a stream took")
    for own in streams:
        about = {"job": job, "source": own["source"], "entity": own["entity"]}
        for name, counter in counted.items():
            counter.add(own[name], about)
        seconds.record(own["seconds"], about)


def _ns(instant: datetime) -> int:
    return int(instant.timestamp() * 1e9)
