"""The documentation: its dictionary is the warehouse's, every word has its row, every page its place and links."""

import re
from pathlib import Path

import click
import yaml

from plant_pipeline.cli import cli
from plant_pipeline.energy.methods.status import FLAGS
from plant_pipeline.kpi.reasons import NULL_REASON_TEXTS
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.schema import SCHEMA_FILE
from plant_pipeline_tests.site_pages import PAGES, at_root, data_dictionary, pages_in, whole_navigation

_ROOT = Path(__file__).parents[1]
_DOCS = _ROOT / "docs"
_COMMENTS = """select n.nspname || '.' || c.relname as relation, a.attname as column_name,
case when c.relkind = 'v' then '' else format_type(a.atttypid, a.atttypmod) end as type,
col_description(c.oid, a.attnum) as meaning
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'v') and not c.relispartition
and n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname !~ '^pg_'"""


def _sections(text: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Type and meaning of each column, by relation."""
    parts = re.split(r"^### (\S+)$", text, flags=re.MULTILINE)
    rows = r"^\| `(\w+)` \| (.*?) \| (.*) \|$"
    return {
        name: {column: (kind, meaning) for column, kind, meaning in re.findall(rows, body, re.MULTILINE)}
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_dictionary_has_every_column_of_the_warehouse_as_it_is_commented_there(warehouse: Warehouse) -> None:
    documented = _sections(data_dictionary(SCHEMA_FILE.read_text(encoding="utf-8")))
    with warehouse.transaction() as connection:
        columns = connection.exec_driver_sql(_COMMENTS).all()
    assert {row.relation for row in columns} == set(documented)
    assert len(columns) > 500
    for row in columns:
        meaning = " ".join(row.meaning.split()).replace("|", "\\|").replace("<", "&lt;")
        assert documented[row.relation][row.column_name] == (row.type, meaning), (row.relation, row.column_name)


def _first_cells(page: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", (_DOCS / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_flag_reason_and_stage_says_what_it_means_and_what_to_do() -> None:
    text = (_ROOT / "plant_pipeline").rglob("*.py")
    noted = {stage for file in text for stage in re.findall(r'RunIssue\(\s*"(\w+)"', file.read_text(encoding="utf-8"))}
    words = _first_cells("findings.md")
    assert {*FLAGS, *NULL_REASON_TEXTS, *noted} <= words
    assert words <= {*FLAGS, *NULL_REASON_TEXTS, *noted, "sources", "readings", "queue"}


def test_every_page_stands_in_the_navigation_of_the_site_once() -> None:
    nav = yaml.safe_load((_ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    files = {str(file.relative_to(_DOCS)) for file in _DOCS.rglob("*.md")} | set(PAGES) | {"data-dictionary.md"}
    assert set(pages_in(nav)) <= files
    assert sorted(pages_in(whole_navigation(nav))) == sorted(files)


def test_every_command_that_a_page_names_exists() -> None:
    named = {
        tuple(found)
        for page in _DOCS.rglob("*.md")
        for found in re.findall(r"plant-pipeline (?!plant-)([a-z-]+)(?: ([a-z-]+))?", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    for name, further in named:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, name
        if isinstance(command, click.Group) and further:
            assert further in command.list_commands(click.Context(command)), (name, further)


def test_links_of_files_at_the_root_are_those_of_pages() -> None:
    given = (
        "[a](docs/archive.md#x) [b](CONTRIBUTING.md) [`c`](docs/decisions/) [d](https://x.test) [e](deploy/backup.sh)"
    )
    assert at_root(given) == ("[a](archive.md#x) [b](contributing.md) [`c`](decisions/README.md) [d](https://x.test) e")
