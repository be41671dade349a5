"""Asking a FlexMeasures server (API v3) for its asset types, assets and sensors.

What belongs here: login, paths, parameters, paging, and what a server may answer in more than one shape. What does not:
sensor data (`readings`), KPIs (`kpis`), types and meaning of fields (`schema`, `facts`). No pandas.

The server is self-hosted, so versions differ: old spellings of parameters (`per_page`, `sort_by`, `account_id`) are the
portable ones, `fields` is unknown to some, lists come bare or in an envelope.
"""

from collections.abc import Sequence
from typing import Any

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged
from plant_pipeline.http_client import Answer, HttpClient, LoginToken, StaticHeaders, call_each, token_from
from plant_pipeline.sources.source import FetchContext, Listing

API = "/api/v3_0"
_PAGE_RECORDS = 100
_MOST_PAGES = 10_000
_ASSET_FIELDS = (
    "id|name|account_id|owner|generic_asset_type|latitude|longitude|attributes|parent_asset_id|external_id|description"
    "|flex_context|flex_model|sensors_to_show|sensors_to_show_as_kpis|child_assets|sensors"
)
_ESSENTIAL_FIELDS = frozenset({"latitude", "longitude", "attributes", "parent_asset_id"})


def open_client(settings: SourceSettings, **options: Any) -> HttpClient:
    """A client that sends the bare token (no `Bearer`), logging in for one if only e-mail and password are known."""

    async def login(client: HttpClient) -> str:
        credentials = {"email": settings.email, "password": settings.password}
        answer = await client.post_json("/api/requestAuthToken", credentials, authenticated=False)
        return token_from(answer, settings.name, ("auth_token", "authentication_token"))

    authenticator: StaticHeaders | LoginToken
    if settings.token:
        authenticator = StaticHeaders({"Authorization": settings.token}, settings.token)
    else:
        authenticator = LoginToken(login, lambda token: {"Authorization": token}, (settings.password or "",))
    return HttpClient(settings.name, settings.base_url, authenticator, concurrency=8, **options)


# -- listings --
async def fetch_asset_types(context: FetchContext) -> Listing:
    """All asset types; a server without paging, so what came is all."""
    answer = await context.client.get_json(f"{API}/assets/types", entity="asset_type")
    return Listing(records_of(context.client.source, answer))


async def fetch_assets(context: FetchContext) -> Listing:
    """The account's asset tree, page by page; single assets are asked for if the list withholds their fields."""
    params = {"sort_by": "id", "sort_dir": "asc", **_account(context.settings)}
    try:
        listing = await _paged(context.client, f"{API}/assets", "asset", {**params, "fields": _ASSET_FIELDS})
    except SourceRejected as error:
        if error.http_status not in (400, 422):
            raise
        listing = await _paged(context.client, f"{API}/assets", "asset", params)
    objects = [record for record in listing.records if isinstance(record, dict)]
    if objects and not any(_ESSENTIAL_FIELDS & record.keys() for record in objects):
        return await _with_details(context.client, listing)
    return listing


async def fetch_sensors(context: FetchContext) -> Listing:
    """All sensors of the account in one call: `/sensors` cannot be sorted, so its pages would not be stable."""
    answer = await context.client.get_json(f"{API}/sensors", _account(context.settings), entity="sensor")
    records = records_of(context.client.source, answer)
    total = _total(answer.json)
    if total is not None and total > len(records):
        return await _paged(context.client, f"{API}/sensors", "sensor", _account(context.settings))
    return Listing(records, total)


def _account(settings: SourceSettings) -> dict[str, str | int]:
    return {"account_id": settings.account} if settings.account and settings.account.isdecimal() else {}


async def _paged(client: HttpClient, path: str, entity: str, params: dict[str, Any]) -> Listing:
    found: dict[Any, Any] = {}
    totals: list[int] = []
    for page in range(1, _MOST_PAGES):
        try:
            answer = await client.get_json(path, {"page": page, "per_page": _PAGE_RECORDS, **params}, entity=entity)
        except SourceRejected as error:
            if error.http_status == 404 and page > 1:  # how the server says: past the last page
                break
            raise
        records = records_of(client.source, answer)
        known = len(found)
        for i, record in enumerate(records):
            found[_key(record, (page, i))] = record
        total = _total(answer.json)
        if total is None:  # a bare list: the server knows no paging, this is all
            return Listing(list(found.values()))
        totals.append(total)
        if len(found) >= total or len(found) == known:
            break
    return Listing(list(found.values()), totals[-1], _page_problem(len(found), totals))


def _page_problem(got: int, totals: Sequence[int]) -> str | None:
    if len(set(totals)) > 1:
        return f"the total changed between pages ({', '.join(map(str, totals))})"
    return None if got == totals[-1] else f"{got} of {totals[-1]} records came"


async def _with_details(client: HttpClient, listing: Listing) -> Listing:
    answers = await call_each(
        [record["id"] for record in listing.records if isinstance(record, dict) and "id" in record],
        lambda asset_id: client.get_json(f"{API}/assets/{asset_id}", entity="asset_detail"),
    )
    unfetched = {str(key) for key, result in answers if isinstance(result, SourceError)}
    failures = [r for _, r in answers if isinstance(r, SourceError) and r.http_status != 404]
    return Listing(
        [result.json for _, result in answers if isinstance(result, Answer)],
        listing.expected,
        listing.problem,
        frozenset(unfetched),
        len(failures),
        str(failures[0]) if failures else None,
    )


def records_of(source: str, answer: Answer) -> list[Any]:
    """The records of an answer in either of its shapes; raises `SourceShapeChanged` if it has neither."""
    body = answer.json
    if isinstance(body, dict):
        body = body.get("data")
    if not isinstance(body, list):
        raise SourceShapeChanged(source, answer.path, "expected a list, or an object with a list named data")
    return body


def _total(body: Any) -> int | None:
    if not isinstance(body, dict):
        return None
    total = body.get("filtered-records", body.get("filtered_records"))
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _key(record: Any, otherwise: object) -> Any:
    key = record.get("id") if isinstance(record, dict) else None
    return otherwise if key is None or isinstance(key, dict | list) else str(key)
