"""The named queries of `sql/queries`: each one known, used, in its place, and accepted by PostgreSQL."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from psycopg.pq import ExecStatus

from plant_pipeline.warehouse import Warehouse, bundled, driver_connection, execute, queries, query
from plant_pipeline_tests.schema import SCHEMA_FILE

_FOLDER = bundled("sql") / "queries"
_PACKAGE = Path(__file__).parents[1] / "plant_pipeline"
_SCHEMAS = "|".join(folder.name for folder in _FOLDER.iterdir() if folder.is_dir())


def _names_in_code() -> dict[str, str]:
    """Every text in the package that looks like the name of a query, with a file that has it."""
    named = re.compile(rf"({_SCHEMAS})/\w+")
    return {
        node.value: str(file.relative_to(_PACKAGE))
        for file in sorted(_PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.fullmatch(node.value)
    }


def test_every_name_in_the_code_is_a_query_and_every_query_is_named_in_the_code() -> None:
    named = _names_in_code()
    assert {name: file for name, file in named.items() if name not in queries()} == {}
    assert sorted(queries().keys() - named.keys()) == []


def test_a_name_that_no_query_has_is_an_error() -> None:
    with pytest.raises(KeyError, match="energy/no_such"):
        query("energy/no_such")


@pytest.mark.parametrize("file", sorted(_FOLDER.rglob("*.sql")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_query_stands_where_its_name_says_and_begins_by_saying_what_it_does(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    names = re.findall(r"^-- name: (.*)", text, re.MULTILINE)
    assert text.startswith("-- name: ")
    assert names == sorted(set(names))
    assert all(name.startswith(f"{file.parent.name}/") for name in names)
    assert file.stem == "short" or names == [f"{file.parent.name}/{file.stem}"]
    assert all(queries()[name].startswith("-- ") for name in names)


def test_postgresql_accepts_every_query(warehouse: Warehouse) -> None:
    """Names, columns, types and parameters of every query are right; temporary tables are those the queries make."""
    kinds = {name: _kind(text) for name, text in queries().items()}
    with warehouse.transaction() as connection:
        for name, kind in kinds.items():
            if kind in ("create", "drop"):
                execute(connection, name)
        refused = {}
        for name, kind in kinds.items():
            if kind not in ("create", "drop"):
                server = driver_connection(connection).pgconn
                answer = server.prepare(name.encode(), _numbered(_inner(queries()[name])).encode())
                if answer.status != ExecStatus.COMMAND_OK:
                    refused[name] = answer.error_message.decode()
                    break  # PostgreSQL ends the transaction at the first error
        assert refused == {}


def _kind(text: str) -> str:
    return next(line for line in text.splitlines() if not line.startswith("--") and line).split()[0]


def _inner(text: str) -> str:
    """PostgreSQL prepares no COPY: what it prepares instead is the query whose rows are copied."""
    copied = re.search(r"^copy \((.*)\) to stdout", text, re.MULTILINE | re.DOTALL)
    return copied[1] if copied else text


def _numbered(text: str) -> str:
    """The text with `$1`, `$2` … for psycopg's named parameters, as psycopg sends it."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%")


def _schemas_beside_its_own(name: str) -> set[str]:
    tables = re.findall(r"^CREATE (?:TABLE|VIEW) (\w+\.\w+)", SCHEMA_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    named = set(re.findall(r"\b\w+\.\w+\b", re.sub(r"--.*", "", queries()[name])))
    return {table.partition(".")[0] for table in named & set(tables)} - {name.partition("/")[0]}


def test_a_query_reads_the_schemas_its_folder_may_read() -> None:
    rules = tomllib.loads((bundled("sql") / "reads.toml").read_text(encoding="utf-8"))
    beyond = {
        name: _schemas_beside_its_own(name) - set(rules["may_read"][name.partition("/")[0]]) for name in queries()
    }
    assert {name: schemas for name, schemas in beyond.items() if schemas and name not in rules["exceptions"]} == {}
    assert [name for name in rules["exceptions"] if not beyond[name]] == [], "these need no exception any more"
