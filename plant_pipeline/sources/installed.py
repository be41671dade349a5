"""Sources that other distributions bring: entry points of the group `plant_pipeline.sources`, each a `Source`.

What belongs here: finding and loading them, and errors that say what is wrong with one. What does not: the built-in
ones, or the order of all (`all`).
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from plant_pipeline.config import PIPELINE_VARIABLES, SourceVariables
from plant_pipeline.errors import UsageError
from plant_pipeline.sources.built_in import BUILT_IN_VARIABLES

if TYPE_CHECKING:
    from plant_pipeline.sources.source import Source

GROUP: Final = "plant_pipeline.sources"
# Schemas and groups of assets of the pipeline itself, and what stands for a source where there is none.
_RESERVED: Final = re.compile(
    "automation|decision|derived|energy|kpi|landing|public|quarantine|raptor_maps|registry|report|run"
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@cache
def installed_sources() -> tuple["Source", ...]:
    """The sources found, by name; their migrations and queries count from then on.

    Raises `UsageError` if one cannot be loaded, is no `Source`, does not fit or takes a name that is taken.
    """
    found: dict[str, Source] = {}
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    if points:
        from plant_pipeline.warehouse import add_sql_folder  # what only looks at the configuration needs no database
    for point in points:
        source = _load(point)
        others = (*BUILT_IN_VARIABLES, *(other.variables for other in found.values()))
        problems = [*problems_of(source), *_collisions(source, others)]
        if problems:
            raise UsageError(f"{_described(point)} does not fit: {'; '.join(problems)}; {_remedy(point)}")
        found[source.name] = source
        if source.folder is not None:
            add_sql_folder(source.name, source.folder)
    return tuple(found[name] for name in sorted(found))


def _load(point: EntryPoint) -> "Source":
    from plant_pipeline.sources.source import Source  # pandas: a second that nobody needs who has no such source

    try:
        source = point.load()
    except Exception as error:
        raise UsageError(
            f"{_described(point)} cannot be loaded ({type(error).__name__}: {error}); {_remedy(point)}"
        ) from error
    if not isinstance(source, Source):
        raise UsageError(f"{_described(point)} is a {type(source).__name__}, not a Source; {_remedy(point)}")
    return source


def problems_of(source: "Source") -> list[str]:
    """What keeps a source from being one of several, in words."""
    problems = []
    if _NAME.fullmatch(source.name) is None or _RESERVED.fullmatch(source.name):
        problems.append(f"`{source.name}` is no name for a source: small letters, digits and _, none of the pipeline's")
    if source.variables.source != source.name:
        problems.append(f"its variables are those of `{source.variables.source}`")
    named = {name for alternatives in source.variables.required for names in alternatives for name in names}
    problems += [f"{name} is required and not declared" for name in sorted(named - set(source.variables.names))]
    problems += [
        f"{name} is a variable of the pipeline" for name in source.variables.names if name in PIPELINE_VARIABLES
    ]
    if source.folder is not None and not source.folder.is_absolute():
        problems.append(f"its folder {source.folder} is not an absolute path")
    schemas = {entity.table.partition(".")[0] for entity in source.entities}
    problems += [f"a table of the schema `{schema}` is not its own" for schema in sorted(schemas - {source.name})]
    return problems


def _collisions(source: "Source", others: Sequence[SourceVariables]) -> list[str]:
    if source.name in [other.source for other in others]:
        return [f"there is a source `{source.name}` already"]
    taken = {name for other in others for name in other.names}
    return [f"{name} is a variable of another source" for name in source.variables.names if name in taken]


def _described(point: EntryPoint) -> str:
    by = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
    return f"the source `{point.name}` ({point.value}{by}, entry point of {GROUP})"


def _remedy(point: EntryPoint) -> str:
    return f"mend {point.dist.name if point.dist else point.module}, or uninstall it"
