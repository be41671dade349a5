"""One word for one thing: a public name that two modules define has one meaning, and the page of names knows it."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

_PACKAGE = Path(__file__).parents[1] / "plant_pipeline"

# Defined more than once with one meaning each: what every source has under the same name, and names that others give.
SAME_MEANING: Mapping[str, str] = {
    "API": "where a source's paths begin",
    "CALLS": "the only calls that a source's client may make",
    "PLANT": "the schema of a source's plants",
    "SOURCE": "the name of a source",
    "VARIABLES": "the environment variables of a source",
    "facts": "what leaves a source",
    "fetch_readings": "the readings of a source's series",
    "fetch_plants": "the listing of a source's plants",
    "main": "where a program begins",
    "open_client": "the client of a source",
    "plant_daily": "Dagster's asset of the table of that name",
}


def _public_names(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                names = []
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


def _defined_twice(package: Path) -> dict[str, list[str]]:
    """Public names by the modules that define them; not the sandbox, which plays the sources and speaks their words."""
    modules: dict[str, list[str]] = defaultdict(list)
    for file in sorted(package.rglob("*.py")):
        where = file.relative_to(package)
        if where.parts[0] != "sandbox":
            for name in set(_public_names(ast.parse(file.read_text(encoding="utf-8")))):
                modules[name].append(where.as_posix())
    return {name: found for name, found in modules.items() if len(found) > 1}


def test_a_public_name_has_one_meaning() -> None:
    twice = _defined_twice(_PACKAGE)
    assert {name: found for name, found in twice.items() if name not in SAME_MEANING} == {}
    assert sorted(SAME_MEANING.keys() - twice.keys()) == [], "these are defined once: take them off the list"


def test_a_name_with_a_second_meaning_is_found(tmp_path: Path) -> None:
    for folder in ("registry", "report", "sandbox"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rows.py").write_text("class Proposal: ...\n_own = 1\ndef read(): proposal = 1\n")
    (tmp_path / "days.py").write_text("LIMIT: int = 1\n")
    (tmp_path / "http.py").write_text("LIMIT = 2\n")
    assert _defined_twice(tmp_path) == {
        "LIMIT": ["days.py", "http.py"],
        "Proposal": ["registry/rows.py", "report/rows.py"],
        "read": ["registry/rows.py", "report/rows.py"],
    }
