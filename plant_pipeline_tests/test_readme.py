"""Everything the README names exists."""

import re
from pathlib import Path

import click
import pytest

from benchmarks.__main__ import FIGURES
from plant_pipeline.cli import cli
from plant_pipeline.environment import FILE_SUFFIX
from plant_pipeline.registry.decisions.crosswalk import parse_crosswalk
from plant_pipeline.registry.decisions.statements import ACTIONS
from plant_pipeline.sources.settings import variable_names

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_PAGES = [_ROOT / "README.md", _ROOT / "CONTRIBUTING.md", *sorted((_ROOT / "docs").rglob("*.md"))]
_ENV_EXAMPLE = (_ROOT / ".env.example").read_text(encoding="utf-8")
_OF_EVERY_PROGRAM = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
_TABLE_ROWS = re.findall(r"^\| `plant-pipeline ([a-z]+)(.*?)\|", _README, re.MULTILINE)


def _command(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, name
    return command


def test_the_crosswalk_of_the_readme_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```csv\n(.*?)```", _README, re.DOTALL)
    file = tmp_path / "crosswalk.csv"
    file.write_text(example, encoding="utf-8")
    assert [decision.action for decision in parse_crosswalk(file)] == ["link", "set", "retire", "not_a_plant"]
    assert all(f"`{action}`" in _README for action in ACTIONS)


def test_every_variable_is_documented_and_every_documented_one_exists() -> None:
    prose = re.sub(r"```text.*?```", "", _README, flags=re.DOTALL)
    found = re.findall(r"\b(?:RAVENWITS|VOKE|FLEXMEASURES|RAPTOR|RM)_[A-Z_]+|\b[A-Z]+_[A-Z_]+\b", prose)
    named = {name if name in _OF_EVERY_PROGRAM else name.removesuffix(FILE_SUFFIX) for name in found}
    assert set(variable_names()) - named == set()
    assert named - set(variable_names()) == _OF_EVERY_PROGRAM
    assert set(re.findall(r"^#?([A-Z_]+)=", _ENV_EXAMPLE, re.MULTILINE)) <= set(variable_names())


@pytest.mark.parametrize(("name", "rest"), _TABLE_ROWS, ids=[name for name, _ in _TABLE_ROWS])
def test_every_command_of_the_table_exists(name: str, rest: str) -> None:
    command = _command(name)
    options = {option for parameter in command.params for option in parameter.opts}
    words = re.findall(r"`([a-z]+)`| ([a-z]+)(?= --|`)", rest)
    subcommands = {first or second for first, second in words}
    if isinstance(command, click.Group):
        assert subcommands
        assert subcommands <= set(command.list_commands(click.Context(command))), subcommands
    else:
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


def test_every_command_is_in_the_table() -> None:
    assert {name for name, _ in _TABLE_ROWS} == set(cli.list_commands(click.Context(cli)))
    for name, rest in _TABLE_ROWS:
        command = _command(name)
        if isinstance(command, click.Group):
            assert all(sub in rest for sub in command.commands), name


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    for page in _PAGES:
        for target in re.findall(r"`make ([a-z-]+)|\$ make ([a-z-]+)", page.read_text(encoding="utf-8")):
            assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), (page.name, target)


def test_every_benchmark_has_a_figure() -> None:
    modules = {path.stem for path in (_ROOT / "benchmarks").glob("[a-z]*.py")}
    assert {figure.benchmark for figure in FIGURES} == modules


def test_the_code_of_a_source_is_where_contributing_says() -> None:
    recipe = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in ("client.py", "schema.py", "facts.py", "source.py"):
        assert name in recipe
        for source in (_ROOT / "plant_pipeline" / "sources").iterdir():
            assert not (source / "__init__.py").exists() or (source / name).exists(), source


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
