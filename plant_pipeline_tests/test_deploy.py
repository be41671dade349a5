"""What `deploy/` hands to Docker and systemd: pinned, without root, on loopback, secrets in files, all names right."""

import configparser
import re
import shlex
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
