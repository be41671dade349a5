"""Commands in messages can be copied: they work in the directory the person stands in, on the same warehouse."""

import os
import shlex
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from plant_pipeline.cli import cli
from plant_pipeline.cli.invocation import copyable, in_sandbox, is_sandbox, program, sandbox_environment
from plant_pipeline.sources.settings import load_settings


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This program, called by its path, in a folder that is not on PATH."""
    path = tmp_path / "my checkout" / ".venv" / "bin" / "plant-pipeline"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(path)])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return path


def test_a_program_on_path_is_named_plainly(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"/usr/bin:{own.parent}")
    assert program() == "plant-pipeline"


def test_a_program_below_the_directory_is_named_from_there(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parents[2])
    assert program() == ".venv/bin/plant-pipeline"


def test_a_program_elsewhere_is_named_in_full_and_quoted(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own.parents[3] / "elsewhere").mkdir()
    monkeypatch.chdir(own.parents[3] / "elsewhere")
    assert shlex.split(program()) == [str(own)]


def test_another_program_of_the_name_on_path_is_not_meant(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = own.parents[3] / "other" / "plant-pipeline"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    monkeypatch.chdir(own.parents[2])
    assert program() == ".venv/bin/plant-pipeline"


def test_commands_in_backticks_become_those_that_work_here(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parents[2])
    text = "look: `plant-pipeline registry list` (plant-pipeline is a name)"
    assert copyable(text) == "look: `.venv/bin/plant-pipeline registry list` (plant-pipeline is a name)"
    with in_sandbox():
        assert "`.venv/bin/plant-pipeline registry list --sandbox`" in copyable(text)
        assert copyable("`plant-pipeline sync --sandbox`").count("--sandbox") == 1


def test_the_sandbox_has_nothing_of_the_real_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        f"PLANT_PIPELINE_HOME={tmp_path}/data\nVOKE_BASE_URL=https://voke.example\nVOKE_TOKEN=real\n"
        "DAGSTER_HOME=/srv/dagster\nALERT_WEBHOOK_URL=https://chat.example/x\n"
    )
    (tmp_path / "key").write_text("real")
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://db.example/plants")
    monkeypatch.setenv("RAVENWITS_TOKEN_FILE", str(tmp_path / "key"))
    with in_sandbox():
        assert is_sandbox()
        settings = load_settings()
        assert settings.home == tmp_path / "data" / "sandbox"
        assert settings.dagster_home == tmp_path / "data" / "sandbox" / "dagster"
        assert (settings.warehouse_url, settings.sources, settings.alert_webhook_url) == (None, {}, None)
        assert sandbox_environment()["PLANT_PIPELINE_HOME"] == str(settings.home)  # not a sandbox in the sandbox
    assert not is_sandbox()
    assert load_settings().warehouse_url == "postgresql://db.example/plants"
    assert list(load_settings().sources) == ["ravenwits", "voke"]


def test_another_data_directory_is_no_longer_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_sandbox():
        monkeypatch.setenv("PLANT_PIPELINE_HOME", str(tmp_path / "real"))
        assert not is_sandbox()


@pytest.mark.parametrize(
    "words",
    [
        ("--sandbox", "registry", "list"),
        ("registry", "--sandbox", "list"),
        ("registry", "list", "--sandbox"),
        ("registry", "list", "--sandbox", "--all"),
    ],
)
def test_the_option_stands_anywhere(words: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == 2
    assert str(tmp_path / ".plant_pipeline" / "sandbox") in done.output
    assert not os.environ.get("PLANT_PIPELINE_HOME")


def test_every_command_takes_it() -> None:
    def options(command: click.Command | None, path: str) -> list[tuple[str, bool]]:
        assert command is not None, path
        found = [(path, any("--sandbox" in parameter.opts for parameter in command.params))]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found += options(command.get_command(context, name), f"{path} {name}")
        return found

    found = options(cli, "plant-pipeline")
    assert len(found) > 30
    assert [path for path, has in found if not has] == []
