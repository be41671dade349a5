"""`plant-pipeline serve`: Dagster's webserver and daemon on the command line's instance.

What belongs here: starting and ending them and their code server. What does not: anything they show or run.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from plant_pipeline.automation.command_line_runs import DEFINITIONS, LOCATION
from plant_pipeline.cli.instance import dagster_instance
from plant_pipeline.cli.invocation import sandbox_apis
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.settings import load_settings
from plant_pipeline.warehouse import open_warehouse

_PATIENCE_S = 20
_PAUSE_S = 0.2
# On Linux the kernel tells a server whose starter was killed to end (1: PR_SET_PDEATHSIG); it does not stay behind.
_WITH_ITS_STARTER = (
    "import ctypes, os, signal, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, signal.SIGTERM)\n"
    "if os.getppid() == int(sys.argv[1]): os.execv(sys.argv[2], sys.argv[2:])\n"
)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; Dagster asks for no login.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the UI.")
@sandbox_apis()
def serve_dagster(host: str, port: int) -> None:
    """Serve Dagster's UI and run its schedules and sensors, on the instance of the command line, until Ctrl-C.

    Ends with exit code 1 if one of Dagster's servers ends by itself.
    """
    settings = load_settings()
    _require_free(host, port)
    with open_warehouse(settings), dagster_instance(settings):
        pass  # the database is up and migrated and dead runs are closed before the first tick
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    servers: dict[str, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-") as folder:
        door = Path(folder) / "code.sock"
        workspace = Path(folder) / "workspace.yaml"
        location = {"grpc_server": {"socket": str(door), "location_name": LOCATION}}
        workspace.write_text(json.dumps({"load_from": [location]}))  # JSON is YAML
        try:
            # One for both, and it stays: left to itself the daemon starts another one every minute.
            servers["code server"] = _start("dagster", "code-server", "start", "-m", DEFINITIONS, "-s", str(door))
            _watch(servers, stopping, until=lambda: _accepts(door))
            if not stopping.is_set():
                at = ("-h", host, "-p", str(port))
                servers["webserver"] = _start("dagster-webserver", *at, "-w", str(workspace))
                servers["daemon"] = _start("dagster-daemon", "run", "-w", str(workspace))
                click.echo(f"Dagster's UI is coming up on http://{host}:{port}; Ctrl-C ends it", err=True)
            _watch(servers, stopping, until=lambda: False)
        finally:
            _end(list(servers.values()))


def _watch(
    servers: Mapping[str, subprocess.Popen[bytes]], stopping: threading.Event, until: Callable[[], bool]
) -> None:
    """Wait until it is so, or we are told to stop; ends the command if a server ends."""
    while not stopping.wait(_PAUSE_S) and not until():
        ended = [name for name, server in servers.items() if server.poll() is not None]
        if ended:
            click.echo(f"Dagster's {' and '.join(ended)} ended by itself; see above", err=True)
            raise click.exceptions.Exit(1)


def _accepts(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as visitor:
        return visitor.connect_ex(str(door)) == 0


def _require_free(host: str, port: int) -> None:
    """The webserver would find out after half a minute, with a traceback."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot listen on {host}:{port} ({reason}); choose another --host or --port") from error


def _start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
    program = str(Path(sysconfig.get_path("scripts")) / name)
    return subprocess.Popen(  # noqa: S603 -- Dagster's own programs
        [sys.executable, "-c", _WITH_ITS_STARTER, str(os.getpid()), program, *arguments],
        start_new_session=True,  # with what it starts it forms a group, ended as one
    )


def _end(servers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask both groups to end, and end for certain what does not: Dagster is not always polite."""
    for server in servers:
        _signal(server, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    while any(server.poll() is None or _signal(server, 0) for server in servers) and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
    for server in servers:
        _signal(server, signal.SIGKILL)
        server.wait()


def _signal(server: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to the server's group; returns whether anybody is left in it."""
    try:
        os.killpg(server.pid, number)
    except ProcessLookupError:
        return False
    return True
