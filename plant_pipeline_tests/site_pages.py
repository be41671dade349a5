"""Pages of the documentation that are written elsewhere: README and CONTRIBUTING, and the comments of the warehouse.

mkdocs calls the functions `on_...` while it builds the site (`make docs`); nothing is copied into the repository.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
PAGES = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md"}
"""Pages of the site by the files at the root that they are."""
_PLACES = {**{file: page for page, file in PAGES.items()}, "docs/": "", "docs/decisions/": "decisions/README.md"}
_TABLE = re.compile(r"^CREATE TABLE (\S+) \(\n(.*?)\n\)", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r'^    "?(\w+)"? (.*?)(?: DEFAULT .*| CONSTRAINT .*| NOT NULL.*| GENERATED .*)?,?$', re.MULTILINE)
_COMMENT = re.compile(r"^COMMENT ON (TABLE|VIEW|COLUMN) (\S+) IS '(.*?)';$", re.MULTILINE | re.DOTALL)


def data_dictionary(schema: str) -> str:
    """What every table, view and column means, as Markdown, from the text of `sql/schema.sql`."""
    types = {name.replace('"', ""): dict(_COLUMN.findall(body)) for name, body in _TABLE.findall(schema)}
    said = {(kind, name.replace('"', "")): text.replace("''", "'") for kind, name, text in _COMMENT.findall(schema)}
    relations = sorted((name, kind) for kind, name in said if kind != "COLUMN")
    columns: dict[str, list[tuple[str, str]]] = {}
    for (kind, name), text in said.items():
        if kind == "COLUMN":
            relation, _, column = name.rpartition(".")
            columns.setdefault(relation, []).append((column, text))
    lines = [
        "# Data dictionary",
        "",
        "Every table and view of the warehouse, from the comments it carries (`\\d+` shows",
    ]
    lines += ["the same in `psql`). Instants are in UTC; a date is the plant's own."]
    previous = ""
    for relation, kind in relations:
        own_schema = relation.partition(".")[0]
        if own_schema != previous:
            lines += ["", f"## {own_schema}"]
            previous = own_schema
        lines += ["", f"### {relation}", "", f"{kind.capitalize()}. {_cell(said[kind, relation])}", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        of_table = types.get(relation, {})
        lines += [
            f"| `{name}` | {of_table.get(name, '')} | {_cell(text)} |" for name, text in columns.get(relation, [])
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def at_root(text: str) -> str:
    """The text of a file at the root with the links of a page in `docs/`; other files are only named."""
    return re.sub(r"\[([^\]]*)\]\(([^)#:]+)((?:#[^)]*)?)\)", lambda found: _link(*found.groups()), text)


def _link(label: str, target: str, anchor: str) -> str:
    if target in _PLACES:
        return f"[{label}]({_PLACES[target]}{anchor})"
    return f"[{label}]({target.removeprefix('docs/')}{anchor})" if target.startswith("docs/") else label


def _pages() -> Iterator[tuple[str, str]]:
    yield "data-dictionary.md", data_dictionary((_ROOT / "sql" / "schema.sql").read_text(encoding="utf-8"))
    for page, file in PAGES.items():
        yield page, at_root((_ROOT / file).read_text(encoding="utf-8"))


def pages_in(nav: Any) -> list[str]:
    """The pages that a navigation names, in order."""
    if isinstance(nav, str):
        return [nav]
    values = nav.values() if isinstance(nav, dict) else nav
    return [page for value in values for page in pages_in(value)]


def whole_navigation(nav: list[Any]) -> list[Any]:
    """The navigation with every page of `docs/` in it: decisions by themselves, whatever nobody placed at the end."""
    files = sorted(str(file.relative_to(_ROOT / "docs")) for file in (_ROOT / "docs").rglob("*.md"))
    known = set(pages_in(nav))
    decisions = ["decisions/README.md", *(file for file in files if file.startswith("decisions/0"))]
    others = [file for file in files if file not in known and file not in decisions]
    return [*nav, {"Decisions": decisions}, *([{"More": others}] if others else [])]


def on_config(config: Any) -> Any:
    """No page is left out of the navigation."""
    config["nav"] = whole_navigation(config["nav"])
    return config


def on_files(files: Any, config: Any) -> Any:
    """Let the pages that stand elsewhere be pages of the site."""
    from mkdocs.structure.files import File

    for name, text in _pages():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Links to files at the root lead to their pages."""
    for page, file in PAGES.items():
        markdown = re.sub(rf"\]\((\.\./)+{re.escape(file)}", f"]({page}", markdown)
    return markdown
