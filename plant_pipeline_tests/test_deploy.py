"""What `deploy/` hands to Docker and systemd: pinned, without root, on loopback, secrets in files, all names right."""

import configparser
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from plant_pipeline.cli import cli
from plant_pipeline.environment import FILE_SUFFIX
from plant_pipeline.sources.settings import variable_names

_ROOT = Path(__file__).parents[1]
_DEPLOY = _ROOT / "deploy"
_COMPOSE: dict[str, Any] = yaml.safe_load((_DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_CELERY: dict[str, Any] = yaml.safe_load((_DEPLOY / "celery" / "compose.yaml").read_text(encoding="utf-8"))
_OF_POSTGRES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE"}
_PROGRAMS = {"plant-pipeline", "dagster", "dagster-daemon", "dagster-webserver"}
_UNITS = sorted((_DEPLOY / "systemd").iterdir())


def _known_variable(name: str) -> bool:
    return name.removesuffix(FILE_SUFFIX) in variable_names()


# -- compose --
def test_the_services_are_those_of_one_machine() -> None:
    assert set(_SERVICES) == {"warehouse", "instance", "migrate", "code", "daemon", "webserver", "viewer"}
    assert "--read-only" in _SERVICES["viewer"]["command"]
    assert "--read-only" not in _SERVICES["webserver"]["command"]


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_is_pinned_checked_and_without_rights(name: str) -> None:
    service = _SERVICES[name]
    assert re.fullmatch(r"[a-z_]+:\d+\.\d+[\w.-]*", service["image"]), service["image"]
    assert service["healthcheck"].get("test") or name == "migrate"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    if "build" in service:
        assert service["user"] == "10001:10001"
        assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
        assert service["command"][0] in _PROGRAMS
        assert (_DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", _SERVICES)
def test_what_a_service_names_is_there(name: str) -> None:
    service = _SERVICES[name]
    assert set(service.get("secrets", [])) <= set(_COMPOSE["secrets"])
    assert set(service.get("depends_on", {})) <= set(_SERVICES)
    for dependency, wanted in service.get("depends_on", {}).items():
        is_checked = bool(_SERVICES[dependency]["healthcheck"].get("test"))
        assert wanted["condition"] == ("service_healthy" if is_checked else "service_completed_successfully")
    for variable, value in service.get("environment", {}).items():
        assert variable in _OF_POSTGRES or _known_variable(variable), variable
        if variable.endswith(FILE_SUFFIX):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    for mount in service["volumes"]:
        source = mount.split(":")[0]
        assert (_DEPLOY / source).is_file() if source.startswith("./") else source in _COMPOSE["volumes"], mount
    for file in service.get("env_file", []):
        lines = (_DEPLOY / f"{file}.example").read_text(encoding="utf-8").splitlines()
        assert all(_known_variable(line.partition("=")[0]) for line in lines if not line.startswith("#"))


def test_only_the_code_has_what_opens_warehouse_and_sources() -> None:
    with_secrets = {name for name, service in _SERVICES.items() if "warehouse_url" in service["secrets"]}
    assert with_secrets == {"migrate", "code"}
    for name in ("daemon", "webserver", "viewer"):
        assert _SERVICES[name]["secrets"] == ["dagster_postgres_url"]


def test_no_secret_stands_in_the_file_and_each_is_one_file() -> None:
    assert {name: secret["file"] for name, secret in _COMPOSE["secrets"].items()} == {
        name: f"secrets/{name}" for name in _COMPOSE["secrets"]
    }
    used = {name for service in _SERVICES.values() for name in service["secrets"]}
    assert used == set(_COMPOSE["secrets"])
    ignored = (_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/secrets" in ignored
    assert "deploy/secrets/" in (_ROOT / ".gitignore").read_text(encoding="utf-8")


def test_the_image_runs_without_root_and_installs_by_hash() -> None:
    text = (_DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)", text, re.MULTILINE) == ["10001:10001"]
    assert text.rindex("USER") > text.rindex("RUN")
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert "--require-hashes -r deploy/requirements.lock" in text
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert list(_ROOT.glob(source)), source


def test_the_image_has_the_versions_that_the_tests_ran_with_and_no_tool_of_developers() -> None:
    def versions(file: Path) -> set[str]:
        return set(re.findall(r"^\S+==\S+", file.read_text(encoding="utf-8"), re.MULTILINE))

    deployed, tested = versions(_DEPLOY / "requirements.lock"), versions(_ROOT / "requirements.lock")
    assert deployed < tested
    names = {version.partition("==")[0] for version in deployed}
    assert {"dagster-postgres", "dagster-webserver"} <= names
    assert not names & {"pytest", "moto", "flask", "ruff"}


# -- systemd --
def _unit(file: Path) -> configparser.RawConfigParser:
    class Lines(dict[str, Any]):
        """Directives may be repeated: their values are lines of one."""

        def __setitem__(self, name: str, value: Any) -> None:
            if isinstance(value, list) and isinstance(self.get(name), list):
                self[name].extend(value)
            else:
                super().__setitem__(name, value)

    parser = configparser.RawConfigParser(strict=False, dict_type=Lines, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(file, encoding="utf-8")
    return parser


@pytest.mark.parametrize("file", _UNITS, ids=lambda file: file.name)
def test_a_unit_runs_without_root_and_finds_its_secrets_in_files(file: Path) -> None:
    unit = _unit(file)
    assert unit["Unit"]["Description"].startswith("plant_pipeline: ")
    if file.suffix == ".timer":
        assert unit["Timer"]["Persistent"] == "yes"
        assert file.with_suffix(".service") in _UNITS
        return
    service = unit["Service"]
    assert service["User"] == "plant_pipeline"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    credentials = {line.partition(":")[0] for line in service["LoadCredential"].splitlines()}
    for name, _, value in (line.partition("=") for line in service["Environment"].splitlines()):
        assert _known_variable(name) or name == "ARCHIVE", name
        if name.endswith(FILE_SUFFIX):
            assert value.removeprefix("%d/") in credentials
        else:
            assert value.startswith("/var/lib/plant_pipeline")


@pytest.mark.parametrize("file", [file for file in _UNITS if file.suffix == ".service"], ids=lambda file: file.name)
def test_a_unit_starts_what_there_is_and_listens_on_loopback(file: Path) -> None:
    service = _unit(file)["Service"]
    for directive in ("ExecStartPre", "ExecStart"):
        for line in service.get(directive, "").splitlines():
            program, *words = shlex.split(line)
            if program.endswith(".sh"):
                assert (_DEPLOY / Path(program).name).stat().st_mode & 0o111
            else:
                assert Path(program).name in _PROGRAMS
                command: click.Command | None = cli
                for word in words:
                    if word.startswith("-") or not isinstance(command, click.Group):
                        break
                    command = command.get_command(click.Context(command), word)
                assert isinstance(command, click.Command)
                assert not isinstance(command, click.Group)
            if "--host" in words:
                assert words[words.index("--host") + 1] == "127.0.0.1"


# -- several machines --
def test_workers_are_beside_what_one_machine_has_and_reach_the_same_redis() -> None:
    services = _CELERY["services"]
    assert set(services) - set(_SERVICES) == {"redis", "worker"}
    assert re.fullmatch(r"redis:\d+\.\d+\.\d+-alpine", services["redis"]["image"])
    assert all("ports" not in service for service in services.values())
    users = {name: service["environment"] for name, service in services.items() if name != "redis"}
    assert set(users) == {"worker", "code", "daemon", "webserver", "viewer"}
    assert all(own == {"DAGSTER_CELERY_BROKER": "redis://redis:6379/0"} for own in users.values())


def test_the_instance_of_workers_differs_in_launcher_and_limit_alone() -> None:
    alone, shared = (yaml.safe_load((_DEPLOY / name).read_text()) for name in ("dagster.yaml", "celery/dagster.yaml"))
    launcher = shared.pop("run_launcher")
    assert shared.pop("run_coordinator")["config"] == {"max_concurrent_runs": 32}
    alone.pop("run_coordinator")
    assert shared == alone
    worker = yaml.safe_load((_DEPLOY / "celery" / "worker.yaml").read_text())["execution"]["config"]
    assert worker == launcher["config"]


def test_values_for_kubernetes_say_first_that_nobody_tried_them() -> None:
    text = (_DEPLOY / "k8s" / "values.yaml").read_text(encoding="utf-8")
    assert text.startswith("# UNTESTED")
    (deployment,) = yaml.safe_load(text)["dagster-user-deployments"]["deployments"]
    assert all(_known_variable(own["name"]) for own in deployment["env"])


# -- backup --
@pytest.mark.parametrize(
    ("written", "meant"),
    [("plain", "plain"), ("p%40s%25s%3Aw%C3%B6", "p@s%s:wö"), ("%5Cx%22%27%zz%2", "\\x\"'%zz%2")],
)
def test_no_password_is_on_a_command_line_of_a_backup(tmp_path: Path, written: str, meant: str) -> None:
    """Programs that note their command line and PGPASSWORD take the place of those of PostgreSQL."""
    programs, archive = tmp_path / "bin", tmp_path / "archive"
    programs.mkdir()
    archive.mkdir()
    for name in ("pg_dump", "pg_restore"):
        program = programs / name
        program.write_text(
            '#!/bin/sh\nprintf "%s\\n" "$*" >> "$NOTES.words"\nprintf "%s" "$PGPASSWORD" > "$NOTES.password"\n'
            'for word; do case $word in --file=*) : > "${word#--file=}" ;; esac; done\n'
        )
        program.chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "NOTES": str(tmp_path / "notes"),
        "ARCHIVE": str(archive),
        "WAREHOUSE_URL": f"postgresql://anna:{written}@db.example.com/plants",
    }
    subprocess.run([str(_DEPLOY / "backup.sh"), str(tmp_path / "backup")], env=environment, check=True)
    assert (tmp_path / "notes.password").read_text(encoding="utf-8") == meant
    words = (tmp_path / "notes.words").read_text(encoding="utf-8")
    assert "postgresql://anna@db.example.com/plants" in words
    assert written not in words
    assert meant not in words


def test_a_backup_refuses_an_address_whose_password_is_a_parameter(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "ARCHIVE": "-", "WAREHOUSE_URL": "postgresql://db/plants?password=secret"}
    done = subprocess.run(
        [str(_DEPLOY / "backup.sh"), str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "write the password into the address" in done.stderr
    assert "secret" not in done.stderr


def test_an_address_in_a_file_from_windows_is_read_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "address"
    file.write_bytes(b"postgresql://u:p%40ss@db/w\r\n")
    print_it = '. "$0" && open_warehouse && printf "%s %s\\n" "$address" "$PGPASSWORD"'
    shown = {
        "DAGSTER_POSTGRES_URL": ["sh", str(_DEPLOY / "entrypoint.sh"), "printenv", "DAGSTER_POSTGRES_URL"],
        "WAREHOUSE_URL": ["sh", "-c", print_it, str(_DEPLOY / "stores.sh")],
    }
    said = {
        name: subprocess.run(
            command, env={"PATH": "/usr/bin:/bin", f"{name}{FILE_SUFFIX}": str(file)}, capture_output=True, check=True
        ).stdout
        for name, command in shown.items()
    }
    assert said == {
        "DAGSTER_POSTGRES_URL": b"postgresql://u:p%40ss@db/w\n",
        "WAREHOUSE_URL": b"postgresql://u@db/w p@ss\n",
    }
