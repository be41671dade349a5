"""Entry points that other distributions bring: the good one is a source, a bad one is an error that names it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.sources.installed import installed_sources
from plant_pipeline.sources.settings import declared_variables, load_settings, variable_names
from plant_pipeline_tests.sources.installation import install

_SOURCE = """
import pandera.pandas as pa
from plant_pipeline.config import SourceVariables, Variable
from plant_pipeline.sources.source import Entity, Facts, Source

SOURCE = Source(
    name="{name}",
    variables=SourceVariables(
        "{owner}", (Variable("{prefix}_BASE_URL", "base_url"), Variable("{prefix}_REGION")), ((("{required}",),),)
    ),
    entities=(Entity("plant", "{schema}.plant", "Plants.", pa.DataFrameSchema({{}}), fetch=None),),
    plant_entity="plant",
    open_client=None,
    allowed_calls=(),
    probe=("/", {{}}),
    facts=lambda *_: Facts([]),
    fact_entities=(),
)
"""

Add = Callable[..., None]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Installs a module of that name whose `SOURCE` is the source described."""
    monkeypatch.syspath_prepend(str(tmp_path))
    installed_sources.cache_clear()

    def add_source(module: str, text: str | None = None, **given: str) -> None:
        name = given.get("name", module)
        words = {
            "name": name,
            "owner": given.get("owner", name),
            "prefix": given.get("prefix", name.upper()),
            "schema": given.get("schema", name),
            "required": given.get("required", f"{given.get('prefix', name.upper())}_BASE_URL"),
        }
        (tmp_path / f"{module}.py").write_text(_SOURCE.format(**words) if text is None else text, "utf-8")
        install(tmp_path, f"{module}-source", f"{module}:SOURCE")

    yield add_source
    installed_sources.cache_clear()


def test_an_installed_source_is_known_with_its_variables(add: Add, tmp_path: Path) -> None:
    assert installed_sources() == ()
    installed_sources.cache_clear()
    add("given_moon")
    (source,) = installed_sources()
    assert source.name == "given_moon"
    assert [declared.source for declared in declared_variables()] == ["ravenwits", "voke", "flexmeasures", "given_moon"]
    assert {"GIVEN_MOON_REGION", "GIVEN_MOON_CONCURRENCY", "VOKE_API_KEY", "WAREHOUSE_URL"} <= set(variable_names())
    settings = load_settings(
        {"GIVEN_MOON_BASE_URL": "https://m.example/", "GIVEN_MOON_REGION": "eu", "GIVEN_MOON_CALLS_PER_MINUTE": "7"},
        tmp_path,
    )
    (own,) = settings.sources.values()
    assert (own.base_url, own.others, own.calls_per_minute) == ("https://m.example", {"GIVEN_MOON_REGION": "eu"}, 7)
    assert load_settings({}, tmp_path).sources == {}
    with pytest.raises(UsageError, match="given_moon is configured by half: GIVEN_MOON_BASE_URL is missing"):
        load_settings({"GIVEN_MOON_REGION": "eu"}, tmp_path)
    with pytest.raises(
        UsageError, match=r"VOKE_TOKEN \(or VOKE_API_KEY\).*, or GIVEN_MOON_BASE_URL in the environment"
    ):
        load_settings({}, tmp_path).require_any_source()


@pytest.mark.parametrize(
    ("module", "given", "problem"),
    [
        ("broken_import", {"text": "import no_such_module_at_all"}, "cannot be loaded (ModuleNotFoundError: No module"),
        ("broken_code", {"text": "1 / 0"}, "cannot be loaded (ZeroDivisionError"),
        ("without_it", {"text": "OTHER = 1"}, "cannot be loaded (AttributeError"),
        ("no_source", {"text": "SOURCE = {'name': 'x'}"}, "is a dict, not a Source"),
        ("second_voke", {"name": "voke", "prefix": "MOON"}, "there is a source `voke` already"),
        ("as_registry", {"name": "registry"}, "`registry` is no name for a source"),
        ("as_shout", {"name": "Moon-1", "schema": "moon"}, "`Moon-1` is no name for a source"),
        ("of_another", {"owner": "voke"}, "its variables are those of `voke`"),
        ("takes_table", {"schema": "registry"}, "a table of the schema `registry` is not its own"),
        ("takes_token", {"prefix": "VOKE"}, "VOKE_BASE_URL is a variable of another source"),
        ("takes_raptor", {"prefix": "RAPTOR"}, "RAPTOR_BASE_URL is a variable of the pipeline"),
        ("misspelt", {"required": "MISSPELT_URL"}, "MISSPELT_URL is required and not declared"),
    ],
)
def test_a_bad_entry_point_says_what_is_wrong_where_and_what_to_do(
    add: Add, module: str, given: dict[str, str], problem: str
) -> None:
    add(module, **given)
    with pytest.raises(UsageError) as refused:
        load_settings({})
    message = str(refused.value)
    assert problem in message
    assert f"{module}:SOURCE of {module}-source 1.2, entry point of plant_pipeline.sources" in message
    assert f"mend {module}-source, or uninstall it" in message


def test_the_second_of_two_sources_of_one_name_is_named(add: Add) -> None:
    add("moon_a", name="moon")
    add("moon_b", name="moon")
    with pytest.raises(UsageError, match=r"moon_b:SOURCE of .*there is a source `moon` already"):
        installed_sources()
