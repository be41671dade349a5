"""The embedded server: joined, started again after it died, and gone with its last user, however that one ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from plant_pipeline import embedded_postgres
from plant_pipeline.embedded_postgres import prepare_for_root, start_embedded_server, stop_embedded_server
from plant_pipeline.errors import UsageError, WarehouseError

_PATIENCE_S = 60
_USER = (
    "import pathlib, signal, sys\n"
    "from plant_pipeline.embedded_postgres import start_embedded_server\n"
    "print(start_embedded_server(pathlib.Path(sys.argv[1])), flush=True)\n"
    "signal.pause()\n"
)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory that PostgreSQL may own, short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-pg-") as home:
        yield Path(home) / "postgres"
        stop_embedded_server(Path(home) / "postgres")


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def _postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))


def _other_user(data: Path, **environment: str) -> subprocess.Popen[str]:
    """Another process that uses the server; has printed its URL."""
    user = subprocess.Popen(
        [sys.executable, "-c", _USER, str(data)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    with user.stdout as lines:
        assert lines.readline().startswith("postgresql://")
    return user


def _one(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("select 1").fetchone()


def test_opened_again_after_the_server_was_killed(data: Path) -> None:
    url = start_embedded_server(data)
    first = _postmaster(data)
    assert start_embedded_server(data) == url
    assert _postmaster(data) == first
    first.kill()
    first.wait(_PATIENCE_S)
    assert _one(start_embedded_server(data)) == (1,)
    assert _postmaster(data) != first


def test_the_server_ends_with_its_last_user_even_one_that_was_killed(data: Path) -> None:
    first, second = _other_user(data), _other_user(data)
    server = _postmaster(data)
    first.kill()
    first.wait()
    assert server.is_running()
    second.kill()
    second.wait()
    _until(lambda: not server.is_running())


def test_a_server_restarted_after_its_death_still_ends_with_its_last_user(data: Path) -> None:
    user = _other_user(data)
    dead = _postmaster(data)
    dead.kill()
    dead.wait(_PATIENCE_S)
    second = _other_user(data)
    server = _postmaster(data)
    for process in (user, second):
        process.kill()
        process.wait()
    _until(lambda: not server.is_running())


def test_a_server_whose_keeper_was_killed_gets_another_one(data: Path) -> None:
    user = _other_user(data)
    server = _postmaster(data)
    (keeper,) = (p for p in psutil.process_iter() if {embedded_postgres.__name__, str(data)} <= set(_command(p)))
    keeper.kill()
    second = _other_user(data)
    for process in (user, second):
        process.kill()
        process.wait()
    _until(lambda: not server.is_running())


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_ctrl_c_is_not_for_the_server(data: Path) -> None:
    user = _other_user(data)
    server = _postmaster(data)
    assert os.getsid(server.pid) != os.getsid(user.pid)
    user.send_signal(signal.SIGINT)
    user.wait()
    _until(lambda: not server.is_running())


def test_stopping_it_by_its_directory(data: Path) -> None:
    assert not stop_embedded_server(data)
    start_embedded_server(data)
    server = _postmaster(data)
    assert stop_embedded_server(data)
    assert not server.is_running()


def test_make_clean_stops_the_server_of_what_it_removes() -> None:
    with tempfile.TemporaryDirectory(prefix="plant-pipeline-pg-") as checkout:
        python = Path(checkout) / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        data = Path(checkout) / ".plant_pipeline" / "sandbox" / "postgres"
        user = _other_user(data)
        server = _postmaster(data)
        subprocess.run(
            ["make", "-f", Path(__file__).parent.parent / "Makefile", "clean"],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=True,
        )
        assert not server.is_running()
        assert not data.parent.exists()
        assert not python.exists()
        user.kill()
        user.wait()


def test_a_pid_file_that_names_another_process_is_no_server(data: Path) -> None:
    start_embedded_server(data)
    stale = (data / "postmaster.pid").read_text().splitlines()
    stop_embedded_server(data)
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    assert not stop_embedded_server(data)
    assert _one(start_embedded_server(data)) == (1,)


def test_what_went_wrong_is_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.mkdir()
    (data / "foreign.txt").write_text("not a database")
    with pytest.raises(WarehouseError, match=r"exists but is not empty(.|\n)*WAREHOUSE_URL"):
        start_embedded_server(data)


def test_a_folder_that_cannot_be_made_is_a_slip_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="PLANT_PIPELINE_HOME"):
        start_embedded_server(tmp_path / "file" / "postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_without_sbin_on_its_path(data: Path) -> None:
    user = _other_user(data, PATH="/usr/bin:/bin")
    user.kill()
    user.wait()


def _without_the_user(monkeypatch: pytest.MonkeyPatch, path: str, sbin: str) -> None:
    monkeypatch.setattr(embedded_postgres, "_SYSTEM_USER", "no-such-user-here")
    monkeypatch.setattr(embedded_postgres, "_SYSTEM_PROGRAMS", (sbin,))
    monkeypatch.setenv("PATH", path)


def test_useradd_is_found_where_the_system_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "useradd").touch(mode=0o755)
    _without_the_user(monkeypatch, "/nowhere", str(tmp_path))
    prepare_for_root()
    assert os.environ["PATH"] == f"/nowhere:{tmp_path}"


def test_without_useradd_a_person_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_the_user(monkeypatch, "/nowhere", "/nowhere/either")
    with pytest.raises(WarehouseError, match=r"refuses to run as root.*passwd.*run as another user"):
        prepare_for_root()
