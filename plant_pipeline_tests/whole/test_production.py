"""A night as in production: by the role etl_rw, over plants with hostile names; then its backup, restored."""

import csv
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, make_url

from plant_pipeline.cli import cli
from plant_pipeline.embedded_postgres import embedded_program
from plant_pipeline.sandbox.plants import TruePlant, named_plants
from plant_pipeline.sandbox.server import serve
from plant_pipeline.sandbox.world import World
from plant_pipeline.warehouse import connect

DAY = date(2026, 11, 1)
_DEPLOY = Path(__file__).parents[2] / "deploy"
_MARKUP = "<script>alert(1)</script>'); drop table registry.plant; -- |`c`[x](javascript:alert(1)) %s %(n)s {0} {{ 1 }}"
_ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b2J\u202e\r\nSet-Cookie: a=b\x7f"
NAMES = (f'=HYPERLINK("http://x.test"){_MARKUP}{_ESCAPES}', f"-2+3 {_ESCAPES}{_MARKUP}", f"\t@SUM(A1:A9) {_ESCAPES}")
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_writes: list[str] = []
_is_watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes which files this process opens to write; see https://docs.python.org/3/library/audit_events.html."""
    if not _is_watching:
        return
    is_write = event in ("os.mkdir", "sqlite3.connect") or (
        event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    )
    if is_write and isinstance(arguments[0], str | bytes):
        _writes.append(os.fsdecode(arguments[0]))


@dataclass(frozen=True)
class Night:
    """What a night left: its output, the environment it ran in, and where it wrote."""

    synced: Result
    environment: Mapping[str, str]
    folder: Path
    writes: tuple[str, ...]
    admin_url: str

    def run(self, *words: str, **environment: str) -> Result:
        """A command on what the night left."""
        return CliRunner().invoke(cli, list(words), env={**self.environment, **environment}, catch_exceptions=False)

    def connection(self, user: str) -> psycopg.Connection[Any]:
        url = make_url(self.environment["WAREHOUSE_URL"]).set(username=user)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _hostile_plants() -> Iterator[TruePlant]:
    known = [plant for plant in named_plants() if len(plant.records) == 3 and plant.style]
    for plant, name in zip(known, NAMES, strict=False):
        for record in plant.records.values():
            record["name"] = name
        yield plant


@pytest.fixture(scope="module")
def night(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("production")
    for name in ("home", "tmp", "secrets"):
        (folder / name).mkdir()
    subprocess.run(["sh", str(_DEPLOY / "make_secrets.sh"), str(folder / "secrets")], check=True)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("create database production")
        server.execute("create database restored")
    admin_url = make_url(postgres_url).set(database="production").render_as_string(hide_password=False)
    psql = str(embedded_program("psql"))
    subprocess.run(
        [psql, "-Xqd", admin_url, "-f", str(_DEPLOY / "postgres" / "roles.sql")],
        env={**os.environ, "SECRETS": str(folder / "secrets")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    url = make_url(admin_url).set(username="plant_pipeline").render_as_string(hide_password=False)
    with _watched(folder / "tmp"), serve(world=World(list(_hostile_plants()))) as sandbox:
        environment = {**sandbox.environment, "WAREHOUSE_URL": url, "PLANT_PIPELINE_HOME": str(folder / "home")}
        synced = CliRunner().invoke(cli, ["sync", "--date", str(DAY)], env=environment, catch_exceptions=False)
        writes = tuple(_writes)
    yield Night(synced, environment, folder, writes, admin_url)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        for name in ("production", "restored"):
            server.execute(f"drop database {name} with (force)")
        for role in ("plant_pipeline", "bi"):
            server.execute(f"drop role {role}")


@contextmanager
def _watched(folder: Path) -> Iterator[None]:
    global _is_watching  # noqa: PLW0603 -- an audit hook stays for the life of the process
    sys.addaudithook(_watch)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(folder))
        patched.setattr(sys, "dont_write_bytecode", True)
        patched.setenv("DAGSTER_HOME", "")
        _is_watching = True
        try:
            yield
        finally:
            _is_watching = False


def test_the_role_of_the_pipeline_runs_a_night_and_readers_see_its_results(night: Night) -> None:
    assert night.synced.exit_code == 0, night.synced.output
    with night.connection("bi") as reader:
        assert reader.execute("select count(*) from kpi.plant_daily_wide").fetchone() == (3,)
        for statement in (
            "select payload from quarantine.rejected_record",
            'select * from landing."fetch"',
            "create temp table t (n int)",
        ):
            with pytest.raises(InsufficientPrivilege):
                reader.execute(statement)
    with psycopg.connect(night.admin_url) as admin:
        owners = admin.execute(
            "select distinct pg_get_userbyid(relowner) from pg_class as c inner join pg_namespace as n "
            "on n.oid = c.relnamespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
        ).fetchall()
    assert owners == [("etl_rw",)]  # partitions too, made on the way


def test_nothing_is_written_outside_the_data_directory_and_the_one_for_temporary_files(night: Night) -> None:
    inside = (str(night.folder / "home") + "/", str(night.folder / "tmp"), "/dev/", str(night.folder / "home"))
    assert any(path.startswith(f"{night.folder}/home/archive") for path in night.writes)
    assert [path for path in night.writes if not path.startswith(inside)] == []
    assert [path.name for path in (night.folder / "tmp").iterdir()] == []


def test_hostile_names_are_data_in_the_warehouse(night: Night) -> None:
    with psycopg.connect(night.admin_url) as admin:
        stored = {name for (name,) in admin.execute("select name from registry.plant").fetchall()}
    assert set(NAMES) <= stored


def _plant_codes(night: Night) -> list[str]:
    with psycopg.connect(night.admin_url) as admin:
        return [code for (code,) in admin.execute("select plant_code from registry.plant order by 1").fetchall()]


def test_no_command_lets_a_name_act_on_the_terminal(night: Night, tmp_path: Path) -> None:
    code, day = _plant_codes(night)[0], str(DAY)
    outputs = {"sync": night.synced.output}
    for words in (
        ["registry", "list"], ["registry", "review"], ["registry", "show", code], ["quarantine", "list"],
        ["raptor", "status"], ["archive", "list"], ["explain", code, day], ["db", "status"],
        ["registry", "set", code, "name", NAMES[0], "--dry-run"],
        ["raptor", "export", "--date", day, "--out", str(tmp_path)],
        ["registry", "list", "--json"], ["registry", "show", code, "--json"], ["explain", code, day, "--json"],
        ["registry", "show", NAMES[0]], ["explain", NAMES[1], day],
    ):  # fmt: skip
        done = night.run(*words)
        outputs[" ".join(words)] = done.output
        if words[-1] == "--json":
            assert orjson.loads(done.output)
    assert {name: output for name, output in outputs.items() if _ACTING.search(output)} == {}
    assert r"\u001b]0;title\u0007" in outputs["registry list"]


def test_a_name_is_no_formula_in_the_export_of_kpis_and_one_field_of_one_line_in_every_csv(
    night: Night, tmp_path: Path
) -> None:
    day = str(DAY)
    assert night.run("kpi", "export", "--from", day, "--to", day, "--out", str(tmp_path / "kpi.csv")).exit_code == 0
    names = {row["name"] for row in _rows(tmp_path / "kpi.csv")}
    assert len(names) == 3
    assert all(name.startswith("'") for name in names), names
    assert night.run("raptor", "export", "--date", day, "--out", str(tmp_path / "raptor")).exit_code == 0
    (file,) = (tmp_path / "raptor").iterdir()
    rows = list(_rows(file))
    assert rows
    assert file.read_bytes().count(b"\n") == len(rows) + 1
    farms = {row["farm_name"] for row in rows}
    assert any(
        "<script>alert(1)</script>'); drop table" in name for name in farms
    )  # told apart by it there, so not changed
    assert night.run("raptor", "check", str(file)).exit_code == 0
    # Files that are read back hold the names as they are.
    assert night.run("registry", "export", "--out", str(tmp_path / "registry")).exit_code == 0
    assert set(NAMES) <= {row["name"] for row in _rows(tmp_path / "registry" / "plant.csv")}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    text = file.read_text(encoding="utf-8")
    if file.parent.name != "registry":
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text) is None
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def test_the_report_shows_names_as_text(night: Night, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert night.run("report", "--date", str(DAY), "--out", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_what_was_backed_up_is_restored_into_an_empty_server_and_an_empty_folder(night: Night, tmp_path: Path) -> None:
    programs = f"{Path(str(embedded_program('pg_dump'))).parent}:/usr/bin:/bin"
    url = make_url(night.environment["WAREHOUSE_URL"])
    secret = tmp_path / "url"
    secret.write_text(url.render_as_string(hide_password=False) + "\n")
    environment = {
        "PATH": programs,
        "WAREHOUSE_URL_FILE": str(secret),
        "ARCHIVE": str(night.folder / "home" / "archive"),
    }
    for expected in ("[1-9][0-9]* objects copied", "^0 objects copied"):  # what is there is not copied again
        done = _script("backup.sh", environment, str(tmp_path / "backup"))
        assert re.search(expected, done.stderr, re.MULTILINE), done.stderr
    refused = _script("restore.sh", environment, str(tmp_path / "backup"), code=1)
    assert "a warehouse already" in refused.stderr

    empty = url.set(database="restored").render_as_string(hide_password=False)
    with psycopg.connect(
        make_url(night.admin_url).set(database="restored").render_as_string(hide_password=False)
    ) as admin:
        admin.execute("grant create, temporary on database restored to etl_rw")
        admin.execute("grant create on schema public to etl_rw")
    environment = {"PATH": programs, "WAREHOUSE_URL": empty, "ARCHIVE": str(tmp_path / "archive")}
    _script("restore.sh", environment, str(tmp_path / "backup"))
    with (
        connect(night.admin_url) as before,
        connect(empty) as after,
        before.transaction() as one,
        after.transaction() as other,
    ):
        assert _contents(other) == _contents(one)
    told = night.run("archive", "verify", WAREHOUSE_URL=empty, ARCHIVE_URL=(tmp_path / "archive").as_uri())
    assert (told.exit_code, ": 0 damaged" in told.output) == (0, True), told.output
    with psycopg.connect(make_url(empty).set(username="bi").render_as_string(hide_password=False)) as reader:
        assert reader.execute("select count(*) from kpi.plant_daily_wide").fetchone() == (3,)


def _script(
    name: str, environment: Mapping[str, str], *arguments: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["sh", str(_DEPLOY / name), *arguments], env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def _contents(connection: Connection) -> dict[str, tuple[int, str | None]]:
    """Number and hash of the rows of every table and view, partitions by themselves."""
    names = connection.exec_driver_sql(
        "select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'v') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1"
    ).scalars()
    found = {}
    for name in list(names):
        row = connection.exec_driver_sql(
            f"select count(*), md5(string_agg(t::text, '' order by t::text)) from {name} as t"
        ).one()
        found[name] = (row[0], row[1])
    assert found["energy.plant_daily"][0] >= 3
    return found
