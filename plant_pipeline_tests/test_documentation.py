"""Every asset and check leads to a page of the documentation that is there."""

import re
from pathlib import Path

import dagster as dg
import pytest

from plant_pipeline.definitions import defs
from plant_pipeline.documentation import ASSET_PAGES, CHECK_PAGES, asset_page, link_to, with_links
from plant_pipeline_tests.site_pages import data_dictionary

_ROOT = Path(__file__).parents[1]
_GRAPH = defs.resolve_asset_graph()


def _anchors(page: str) -> set[str]:
    """Of the headings of a page, as the site makes them."""
    if page == "data-dictionary.html":
        text = data_dictionary((_ROOT / "sql" / "schema.sql").read_text(encoding="utf-8"))
    else:
        text = (_ROOT / "docs" / page.replace(".html", ".md")).read_text(encoding="utf-8")
    heads = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", head).strip().lower().replace(" ", "-") for head in heads}


def _is_there(page: str) -> bool:
    name, _, anchor = page.partition("#")
    return not anchor or anchor in _anchors(name)


@pytest.mark.parametrize("key", sorted(_GRAPH.get_all_asset_keys()), ids=lambda key: key.to_user_string())
def test_the_page_of_an_asset_is_there(key: dg.AssetKey) -> None:
    assert _is_there(asset_page(key))


def test_every_check_has_a_page_that_is_there_and_no_other_is_named() -> None:
    checks = {key.name for key in _GRAPH.asset_check_keys}
    assert set(CHECK_PAGES) == checks
    assert [page for page in CHECK_PAGES.values() if not _is_there(page)] == []
    assert set(ASSET_PAGES) <= {".".join(key.path) for key in _GRAPH.get_all_asset_keys()}
    assert not _is_there("findings.html#no-such-heading")


def test_a_link_leads_to_where_the_site_is_served_and_else_names_the_file() -> None:
    link = link_to("findings.html#flags-of-a-day", "https://docs.example.com")
    assert link == dg.MetadataValue.url("https://docs.example.com/findings.html#flags-of-a-day")
    assert link_to("findings.html#flags-of-a-day", None).value == "docs/findings.md, flags of a day"
    assert "data dictionary" in str(link_to("data-dictionary.html#energyreading", None).value)


def test_what_a_step_shows_is_linked_and_what_it_says_stays() -> None:
    check = dg.AssetCheckResult(passed=False, check_name="energy_is_known", description="why", metadata={"days": 3})
    shown: dg.MaterializeResult[None] = dg.MaterializeResult(metadata={"rows": 4}, check_results=[check])
    linked = with_links(shown, [dg.AssetKey(["energy", "reading"])], "https://docs.example.com")
    assert linked.metadata["rows"] == 4
    assert linked.metadata["documentation"].value.endswith("data-dictionary.html#energyreading")
    (found,) = linked.check_results
    assert (found.passed, found.description, found.metadata["days"].value) == (False, "why", 3)
    assert found.metadata["documentation"].value.endswith("findings.html#why-there-is-no-number")
