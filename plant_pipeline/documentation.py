"""Where the documentation explains what Dagster shows: a page for each asset and each check.

What belongs here: which page, as link or as name of its file. What does not: the pages (`docs/`).
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import dagster as dg

DOCUMENTATION: Final = "documentation"
_STAGES = "findings.html#stages"
ASSET_PAGES: Final[Mapping[str, str]] = {
    "fleet_report": "report.html",
    "energy.plant_daily": "findings.html#flags-of-a-day",
    "kpi.plant_daily": "findings.html#why-there-is-no-number",
    "second_try": "architecture.html#what-happens-in-a-night",
    "run_outcome": _STAGES,
    "energy.queued_day": "architecture.html#days-that-are-computed-again",
}
"""Of assets that are explained better than by what the columns of their table mean."""
CHECK_PAGES: Final[Mapping[str, str]] = {
    "stream_complete": "operating.html#problems",
    "no_record_rejected": _STAGES,
    "fields_as_documented": "silent.html",
    "no_proposal_waits": "matching.html",
    "every_plant_has_a_zone": "findings.html#why-there-is-no-number",
    "systems_agree": _STAGES,
    "every_sensor_is_classified": _STAGES,
    "every_sensor_was_read": "operating.html#problems",
    "energy_is_known": "findings.html#why-there-is-no-number",
    "readings_have_come": "operating.html#problems",
    "inputs_are_consistent": "findings.html#flags-of-a-day",
    "every_part_accepted": "operating.html#problems",
}


def asset_page(key: dg.AssetKey) -> str:
    """The page of an asset: what the columns of its table mean, if nothing says more."""
    return ASSET_PAGES.get(".".join(key.path), f"data-dictionary.html#{''.join(key.path)}")


def link_to(page: str, docs_url: str | None) -> dg.UrlMetadataValue | dg.TextMetadataValue:
    """A link where the built documentation is served (`PLANT_PIPELINE_DOCS_URL`), else where to read it."""
    if docs_url is not None:
        return dg.MetadataValue.url(f"{docs_url}/{page}")
    name, _, anchor = page.partition("#")
    if name == "data-dictionary.html":
        return dg.MetadataValue.text("the data dictionary, a page of the site that `make docs` builds")
    place = f"docs/{name.removesuffix('.html')}.md"
    return dg.MetadataValue.text(f"{place}, {anchor.replace('-', ' ')}" if anchor else place)


def with_links(shown: Any, keys: Collection[dg.AssetKey], docs_url: str | None) -> Any:
    """What a step over these assets shows of one or of a check, with the link to its page; else as it is."""
    if isinstance(shown, dg.MaterializeResult):
        key = shown.asset_key or next(iter(keys))  # a step over several names it
        checks = [with_links(check, keys, docs_url) for check in shown.check_results or ()]
        link = link_to(asset_page(key), docs_url)
        return shown._replace(metadata={**(shown.metadata or {}), DOCUMENTATION: link}, check_results=checks)
    if isinstance(shown, dg.AssetCheckResult) and shown.check_name is not None:
        link = link_to(CHECK_PAGES[shown.check_name], docs_url)
        return shown._replace(metadata={**shown.metadata, DOCUMENTATION: link})
    return shown
