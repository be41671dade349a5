"""Asking Voke (REST API v1) for plants with their details, and sub-devices.

What belongs here: the key, paths, paging, one call per plant. What does not: certificates, alerts and commands
(`certificates`, `events`), types and meaning of fields (`schema`, `facts`). No pandas. Only GETs: whatever writes,
provisions or hands out secrets is never called. The body of an error says statusCode 400 whatever happened, so only the
HTTP status counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError, SourceShapeChanged
from plant_pipeline.http import HttpClient, StaticHeaders, call_each
from plant_pipeline.sources.cells import comparable_id
from plant_pipeline.sources.missing import named
from plant_pipeline.sources.paging import Page, identity, read_pages, stated_total
from plant_pipeline.sources.source import FetchContext, Listing
from plant_pipeline.sources.voke.schema import has_usable_id
from plant_pipeline.warehouse import query

PLANTS = "/api/v1/plants"
ALERTS = "/api/v1/alerts"
_PAGE_RECORDS = 100  # the most that is documented
CALLS = (
    f"GET {PLANTS}",
    f"GET {PLANTS}/{{id}}",
    f"GET {PLANTS}/certificate-stats",
    f"GET {PLANTS}/{{id}}/sub-devices",
    f"GET {PLANTS}/{{id}}/energy/today",
    f"GET {PLANTS}/{{id}}/commands",
    f"GET {ALERTS}",
    "GET /api/v1/telemetry",
    "GET /api/v1/telemetry/{id}/latest",
)
# What the registry lives on and only a detail tells: it cannot vanish from all of them unnoticed.
_VITAL_FIELDS = ("latitude", "longitude", "capacityKwh", "fvePeakPowerKwp", "externalPlantId")


def open_client(settings: SourceSettings, **options: Any) -> HttpClient:
    """A client with the token as Bearer, else with the key as X-API-Key; names the organisation if it is configured."""
    headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {"X-API-Key": settings.api_key or ""}
    if settings.account:
        headers["x-org-id"] = settings.account
    credentials = StaticHeaders(headers, settings.token or settings.api_key or "")
    return HttpClient(settings.name, settings.base_url, credentials, makes_many_calls=True, **options)


# -- plants --
async def fetch_plants(context: FetchContext) -> Listing:
    """All plants, each with its detail in one record; the detail's values win.

    A plant whose detail cannot be had is present all the same; a 404 means that it left meanwhile and is no failure.
    Raises `SourceShapeChanged` if the details no longer hold what they held before.
    """
    client = context.client
    listing = await fetch_paged(client, PLANTS, "plant")
    asked = [record["id"] for record in listing.records if has_usable_id(record)]
    answers = await call_each(asked, lambda plant_id: _fetch_detail(client, plant_id))
    details = {plant_id: answer for plant_id, answer in answers if not isinstance(answer, SourceError)}
    errors = {plant_id: answer for plant_id, answer in answers if isinstance(answer, SourceError)}
    if changed := _vanished_fields(context, details):
        raise SourceShapeChanged(client.source, f"{PLANTS}/{{id}}", f"{changed}; the API's shape has changed")
    failures = {plant_id: error for plant_id, error in errors.items() if not error.is_absence}
    names = {
        record["id"]: str(record.get("name") or record["id"]) for record in listing.records if has_usable_id(record)
    }
    return replace(
        listing,
        # A record without a usable id goes on alone, for the schema to reject.
        records=[
            {**record, **details[record["id"]]} if has_usable_id(record) else record
            for record in listing.records
            if not (has_usable_id(record) and record["id"] in errors)
        ],
        unfetched_keys=frozenset(errors),
        failed=len(failures),
        failure=_failure([names[plant_id] for plant_id in failures], list(failures.values())),
        is_transient=any(error.is_transient for error in failures.values()),
    )


def _failure(names: Sequence[str], errors: Sequence[SourceError]) -> str | None:
    return f"no detail of {named(names)}; first: {errors[0]}" if errors else None


async def _fetch_detail(client: HttpClient, plant_id: str) -> Mapping[str, Any]:
    answer = await client.get_json(f"{PLANTS}/{plant_id}", entity="plant_detail")
    detail = answer.json
    if not isinstance(detail, dict):
        raise SourceShapeChanged(client.source, answer.path, "expected an object with the plant's fields")
    if comparable_id(detail.get("id")) != comparable_id(plant_id):
        raise SourceShapeChanged(client.source, answer.path, "the id in the answer is not the one asked for")
    return detail


def _vanished_fields(context: FetchContext, details: Mapping[str, Mapping[str, Any]]) -> str | None:
    """What the details lack that they cannot all lack: every vital field, or one known before of most of them.

    A field may be null; one that is not even there could have been renamed, and would empty the registry.
    """
    if details and not any(field in detail for detail in details.values() for field in _VITAL_FIELDS):
        return f"no detail has any of {', '.join(_VITAL_FIELDS)}"
    known = context.read(query("voke/known_details"))
    for field in _VITAL_FIELDS:
        before = [plant_id for plant_id in known["id"][known[field].notna()] if plant_id in details]
        lacking = sum(field not in details[plant_id] for plant_id in before)
        if 2 * lacking > len(before):
            return f"{field} is missing from {lacking} of the {len(before)} details that had it before"
    return None


# -- what hangs off plants --
async def fetch_sub_devices(context: FetchContext) -> Listing:
    """The devices of all present plants, one paged listing a plant.

    Where a listing cannot be had, the devices stay as they were. Raises `SourceRejected` (403) if all are refused.
    """
    client = context.client
    plants = context.read(query("voke/present_plants"))
    plant_ids: list[str] = list(plants["id"])
    names = dict(zip(plants["id"], plants["name"], strict=True))
    answers = await call_each(
        plant_ids, lambda plant_id: fetch_paged(client, f"{PLANTS}/{plant_id}/sub-devices", "sub_device")
    )
    listings = {plant_id: answer for plant_id, answer in answers if not isinstance(answer, SourceError)}
    errors = {plant_id: answer for plant_id, answer in answers if isinstance(answer, SourceError)}
    refused = [error for error in errors.values() if error.http_status == 403]
    if refused and len(refused) == len(answers):
        raise refused[0]
    problems = {plant_id: f"plant {plant_id}: {own.problem}" for plant_id, own in listings.items() if own.problem}
    failed = {plant_id: error for plant_id, error in errors.items() if not error.is_absence}
    problems |= {plant_id: str(error) for plant_id, error in failed.items() if error.http_status != 403}
    records = {identity(record): record for listing in listings.values() for record in listing.records}
    kept = set(context.read(query("voke/present_sub_devices"), plant_ids=list(errors))["id"])
    kept = {device_id for device_id in kept if identity({"id": device_id}) not in records}
    return Listing(
        list(records.values()),
        expected=sum(listing.expected or 0 for listing in listings.values()) + len(kept),
        problem=f"sub-devices of {len(problems)} of {len(plant_ids)} plants are in doubt: "
        f"{named([names[plant_id] for plant_id in problems])}; first: {next(iter(problems.values()))}"
        if problems
        else None,
        unfetched_keys=frozenset(kept),
        note=f"sub-devices of {len(refused)} of {len(plant_ids)} plants are not permitted" if refused else None,
    )


# -- pages --
async def fetch_paged(client: HttpClient, path: str, entity: str) -> Listing:
    """All pages of a list. Raises `SourceShapeChanged` if an answer is none."""

    async def read_page(number: int) -> Page:
        answer = await client.get_json(path, {"page": number, "limit": _PAGE_RECORDS}, entity=entity)
        body = answer.json if isinstance(answer.json, dict) else {}
        if not isinstance(body.get("data"), list):
            raise SourceShapeChanged(client.source, path, "expected an object with a list named data")
        return Page(body["data"], _total(body.get("meta")))

    return await read_pages(read_page)


def _total(meta: Any) -> int | None:
    """The stated total; None also if the stated number of pages says that there are more."""
    own = meta if isinstance(meta, dict) else {}
    total, pages, limit = (stated_total(own.get(name)) for name in ("total", "totalPages", "limit"))
    if total is None or (pages is not None and limit is not None and total <= (pages - 1) * limit and pages > 1):
        return None
    return total
