"""An N+1 pull against the latency-bound ideal, in one run.

    python -m benchmarks.pull_details [--details 1000] [--latency-ms 50] [--rounds 3]

One list and N details of about 1.3 kB from a server on loopback that waits before each answer.
Ideal = (1 + N / c) · latency at c calls at a time; the factor is measured / ideal. CPU is that of the client's thread.
"""

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from plant_pipeline.garbage import older_objects_left_alone
from plant_pipeline.http import HttpClient, Received, call_each
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.landing.packs import Pack

_PACK_BYTES = 64 << 10  # a small one, so that the cost of sealing is in the figures
_DETAIL = {f"field_{i}": "x" * 40 for i in range(24)}


def serve(listener: socket.socket, latency_s: float) -> None:
    """Answer every path after a fixed wait."""

    async def answer(request: Request) -> Response:
        await asyncio.sleep(latency_s)
        body = {**_DETAIL, "id": request.path_params["number"]}
        return Response(orjson.dumps(body), media_type="application/json")

    application = Starlette(routes=[Route("/{number}", answer)])
    uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off")).run([listener])


@contextmanager
def slow_server(latency_s: float) -> Iterator[str]:
    """Base URL of a server in a process of its own, as its work is not ours."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, latency_s))
        process.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        process.terminate()
        process.join()


async def pull(
    base_url: str,
    details: int,
    concurrency: int,
    recorder: Callable[[Received], None] | None,
    *,
    over_aiohttp: bool = True,
) -> tuple[float, float]:
    """Seconds of one pull, and of the processor in it."""
    async with HttpClient(
        "benchmark", base_url, concurrency=concurrency, recorder=recorder, makes_many_calls=over_aiohttp
    ) as client:
        started, used = time.perf_counter(), time.thread_time()
        await client.get_json("/0", entity="list")
        await call_each(range(1, details + 1), lambda number: client.get_json(f"/{number}", entity="detail"))
        return time.perf_counter() - started, time.thread_time() - used


def main() -> None:
    """Print the factor for each concurrency, with and without the archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--details", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    latency_s = arguments.latency_ms / 1000
    with tempfile.TemporaryDirectory() as directory, slow_server(latency_s) as base_url:
        archive, unsealed = FileArchive(Path(directory)), list[Pack]()

        def record(received: Received) -> None:
            if not unsealed:
                unsealed.append(Pack("benchmark", received.entity, received.received_at))
            unsealed[0].add(received.body)
            if unsealed[0].byte_count > _PACK_BYTES:
                unsealed.pop().seal(archive, [])

        ways = (("", None, True), (", archived", record, True), (", httpx alone", None, False))
        for concurrency in (10, 50, 100):
            ideal_s = latency_s * (1 + arguments.details / concurrency)
            rounds: dict[str, list[tuple[float, float]]] = {label: [] for label, _, _ in ways}
            for _ in range(arguments.rounds):  # by turns, so that what else the machine does weighs on all
                for label, recorder, over_aiohttp in ways:
                    work = pull(base_url, arguments.details, concurrency, recorder, over_aiohttp=over_aiohttp)
                    with older_objects_left_alone():  # as every pull does
                        rounds[label].append(asyncio.run(work))
            for label, taken in rounds.items():
                taken_s, used_s = (statistics.median(values) for values in zip(*taken, strict=True))
                factor = f"{taken_s / ideal_s:.2f} x the ideal {ideal_s:.2f} s"
                used = f"{1000 * used_s / arguments.details:.2f} ms CPU a call"
                print(f"{concurrency} at a time{label:13}: {taken_s:6.2f} s, {factor}, {used}")


if __name__ == "__main__":
    main()
