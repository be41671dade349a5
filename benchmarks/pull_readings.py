"""A night's readings of many sensors pulled from a FlexMeasures server with latency, and loaded: time and memory.

    python -m benchmarks.pull_readings [--sensors 10000] [--days 4] [--latency-ms 20]

The server is a process of its own on the same machine, which waits before each answer and has five-minute power: two
calls a sensor, statistics and data. The client's process archives what comes and loads it, plants of twenty sensors,
with the source's own number of calls at once. A fifth of the sensors first, in a process of its own, shows whether
memory grows. CPU is that of the client's process; PostgreSQL and the server work beside it on the same cores.
"""

import argparse
import asyncio
import multiprocessing
import resource
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import orjson

from plant_pipeline.config import SourceSettings
from plant_pipeline.embedded_postgres import start_embedded_server
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.readings.pull import PlantPlan, pull_readings
from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.shapes import SensorSeries
from plant_pipeline.warehouse import connect, migrate

_FIRST_DATE: Final = date(2026, 3, 1)
_NOW: Final = datetime(2026, 4, 1, tzinfo=UTC)
_STEP: Final = timedelta(minutes=5)
_MARGIN: Final = timedelta(hours=1)
_SENSORS_A_PLANT: Final = 20


# -- the server --
class _Answers(asyncio.Protocol):
    """Statistics and data of any sensor, one request after the other on each connection; as little work as may be."""

    latency_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what a TCP server gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        target = data.split(b" ", 2)[1].decode()
        asyncio.get_running_loop().call_later(self.latency_s, self._transport.write, _answer(target))


def _answer(target: str) -> bytes:
    url = urlsplit(target)
    query = dict(parse_qsl(url.query))
    if url.path.endswith("/stats"):
        begin, end = query["event_start_time"], query["event_end_time"]
        figures = {
            "First event start": begin,
            "Last event end": end,
            "Last recorded": end.replace("+00:00", ".5+00:00"),
            "Max value": 1,
            "Number of values": 1176,
        }
        body = orjson.dumps({"meters (ID: 1)": figures})
    else:
        count = int(query["duration"][2:-1]) // int(_STEP.total_seconds())
        values = [round(i * 0.7919 % 500, 3) for i in range(count)]
        body = orjson.dumps({"values": values, "start": query["start"], "duration": query["duration"], "unit": "kW"})
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _serve(listener: socket.socket, latency_s: float) -> None:
    _Answers.latency_s = latency_s

    async def work() -> None:
        server = await asyncio.get_running_loop().create_server(_Answers, sock=listener)
        await server.serve_forever()

    asyncio.run(work())


@contextmanager
def _server(latency_s: float) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, latency_s))
        process.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        process.terminate()
        process.join()


# -- the client --
def _plans(sensors: int, days: int) -> list[PlantPlan]:
    start_utc = datetime.combine(_FIRST_DATE, datetime.min.time(), UTC) - _MARGIN
    end_utc = start_utc + timedelta(days=days) + 2 * _MARGIN
    dates = tuple(_FIRST_DATE + timedelta(days=number) for number in range(days))
    series = [SensorSeries(number, str(number), "kW", _STEP, start_utc, end_utc) for number in range(1, sensors + 1)]
    return [
        PlantPlan(UUID(int=begin), f"P-{begin:08d}", dates, tuple(series[begin : begin + _SENSORS_A_PLANT]))
        for begin in range(0, sensors, _SENSORS_A_PLANT)
    ]


def _pull(base_url: str, sensors: int, days: int) -> None:
    """Pull once and print the line; runs in a process of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="pull-readings-", ignore_cleanup_errors=True) as folder,
        connect(start_embedded_server(Path(folder) / "postgres")) as warehouse,
    ):
        migrate(warehouse)
        run = Run(warehouse, FileArchive(Path(folder) / "archive"), "benchmark", lambda: datetime.now(UTC))
        settings = SourceSettings(FLEXMEASURES.name, base_url, token="none")  # noqa: S106 -- nobody asks for it
        started, used = time.perf_counter(), time.process_time()
        outcome, _ = pull_readings(run, FLEXMEASURES, settings, _plans(sensors, days))
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - used
        if outcome.state != "complete":
            raise SystemExit(f"not all came: {outcome.message}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{sensors:,} sensors, {days} days: {seconds:.1f} s, {1000 * cpu_s / sensors / 2:.2f} ms CPU a call, "
        f"peak {peak_mb:.0f} MB",
        flush=True,
    )


def main() -> None:
    """Print a line for a fifth of the sensors, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--latency-ms", type=float, default=20)
    arguments = parser.parse_args()
    with _server(arguments.latency_ms / 1000) as base_url:
        for sensors in (arguments.sensors // 5, arguments.sensors):
            client = multiprocessing.get_context("spawn").Process(
                target=_pull, args=(base_url, sensors, arguments.days)
            )
            client.start()
            client.join()
            if client.exitcode:
                raise SystemExit("the pull failed; see above")


if __name__ == "__main__":
    main()
