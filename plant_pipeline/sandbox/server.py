"""Serving the four APIs on loopback, as a context: `with serve() as sandbox: ...`."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from plant_pipeline.errors import UsageError
from plant_pipeline.sandbox.answers import Sandbox
from plant_pipeline.sandbox.flexmeasures import FlexMeasuresApi
from plant_pipeline.sandbox.raptor_maps import RaptorMapsApi
from plant_pipeline.sandbox.ravenwits import RavenwitsApi
from plant_pipeline.sandbox.voke import VokeApi
from plant_pipeline.sandbox.world import World

__all__ = ["Sandbox", "serve"]

HOST: Final = "127.0.0.1"


@contextmanager
def serve(
    port: int = 0, world: World | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Sandbox]:
    """Serve the four APIs on 127.0.0.1 under /ravenwits, /voke, /flexmeasures and /raptor_maps until the context ends.

    `port` 0 takes a free one. Nothing is recorded after `clock()`, which must return aware datetimes. Uploaded files
    live as long as the context. Raises `UsageError` if the port cannot be had.
    """
    listener, app = _listen(port), Starlette()
    server = uvicorn.Server(
        uvicorn.Config(
            app, loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None, log_level="error",
            access_log=False, timeout_keep_alive=60, timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-sandbox-") as directory:
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        sandbox = Sandbox(base_url, world or World.of(), clock, Path(directory), server)
        for api in (RavenwitsApi(sandbox), VokeApi(sandbox), FlexMeasuresApi(sandbox), RaptorMapsApi(sandbox)):
            app.routes.append(Mount(f"/{api.name}", api.application()))
            variables = {"BASE_URL": api.url, **api.data["variables"]}
            sandbox.environment |= {f"{api.data['prefix']}_{name}": value for name, value in variables.items()}
        # The socket listens already: who connects before the thread serves is answered a little later.
        thread = threading.Thread(target=server.run, args=([listener],), name="plant-pipeline-sandbox", daemon=True)
        thread.start()
        try:
            yield sandbox
        finally:
            sandbox.is_closing.set()
            server.should_exit = True
            thread.join()


def _listen(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only if the socket names its protocol; with it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        raise UsageError(f"cannot listen on {HOST}:{port} ({reason}); choose another port") from error
    return listener
