"""Serving the four APIs on loopback, as a context: `with serve() as sandbox: ...`.

What belongs here: the socket, the thread, the environment a user needs. What does not: any API's answers.
"""

import asyncio
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Scope

from plant_pipeline.errors import UsageError
from plant_pipeline.sandbox import flexmeasures, raptor_maps, ravenwits, voke
from plant_pipeline.sandbox.exchange import World, application
from plant_pipeline.sandbox.faults import Faults
from plant_pipeline.sandbox.fleet import Fleet
from plant_pipeline.sandbox.raptor_maps import Upload

HOST: Final = "127.0.0.1"
START_TIMEOUT_S: Final = 30.0


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `requests` counts by (api, path template); `uploads` holds every file Raptor Maps accepted."""

    base_url: str
    environment: Mapping[str, str]
    fleet: Fleet
    faults: Faults
    uploads: list[Upload]
    requests: Counter[tuple[str, str]]


@contextmanager
def serve(
    port: int = 0,
    fleet: Fleet | None = None,
    faults: Faults | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Sandbox]:
    """Serve the four APIs on 127.0.0.1 under /ravenwits, /voke, /flexmeasures and /raptor_maps until the context ends.

    `port` 0 takes a free one. Nothing is recorded after `clock()`, which must return aware datetimes. Uploaded files
    live as long as the context. Raises `UsageError` if the port is taken.
    """
    listener = _listen(port)
    base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    world = World(fleet or Fleet.default(), faults or Faults(), clock, base_url)
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-sandbox-") as directory:
        receiver = raptor_maps.RaptorMapsApi(world, Path(directory))
        apis = (ravenwits.RavenwitsApi(world), voke.VokeApi(world), flexmeasures.FlexMeasuresApi(world), receiver)
        app = Starlette(routes=[Mount(f"/{api.name}", application(api, world)) for api in apis])
        server = _Server(app, world)
        thread = threading.Thread(target=server.serve_on, args=(listener,), name="plant-pipeline-sandbox", daemon=True)
        thread.start()
        try:
            if not server.is_ready.wait(START_TIMEOUT_S) or not server.started:
                raise RuntimeError(f"the sandbox did not start within {START_TIMEOUT_S:.0f} s")
            environment = {name: value for api in apis for name, value in api.environment(base_url).items()}
            yield Sandbox(base_url, environment, world.fleet, world.faults, receiver.uploads, world.requests)
        finally:
            server.stop()
            thread.join()


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only if the socket names its protocol; with it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise UsageError(f"cannot listen on {HOST}:{port} ({error.strerror}); choose another port") from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn in a thread: silent, ready when it says so, and able to hang up on a client."""

    def __init__(self, app: Starlette, world: World) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self.is_ready = threading.Event()
        self._world = world
        self._loop: asyncio.AbstractEventLoop | None = None
        world.hang_up = self._hang_up

    def serve_on(self, listener: socket.socket) -> None:
        """Serve until `stop`; the body of the thread."""
        try:
            self.run(sockets=[listener])
        finally:
            self.is_ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        self._loop = asyncio.get_running_loop()
        self._world.closing = asyncio.Event()
        await super().startup(sockets=sockets)
        self.is_ready.set()

    def stop(self) -> None:
        """End the server and every wait in it; safe to call from another thread, also before it runs."""
        self.should_exit = True
        closing = self._world.closing
        if self._loop is not None and closing is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(closing.set)

    def _hang_up(self, scope: Scope, at_once: bool) -> None:
        """Close the connection of a request, with or without sending what is buffered."""
        for connection in self.server_state.connections:
            transport = getattr(connection, "transport", None)
            if transport is not None and getattr(connection, "client", None) == scope["client"]:
                if at_once:
                    transport.abort()
                else:
                    transport.close()
