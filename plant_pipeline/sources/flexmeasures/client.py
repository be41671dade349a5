"""Asking a FlexMeasures server (API v3) for its asset types, assets and sensors.

What belongs here: login, paths, parameters, paging, and what a server may answer in more than one shape. What does not:
sensor data (`readings`), KPIs (`kpis`), types and meaning of fields (`schema`, `facts`). No pandas.

The server is self-hosted, so versions differ: old spellings of parameters (`per_page`, `sort_by`, `account_id`) are the
portable ones, `fields` is unknown to some, lists come bare or in an envelope.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged
from plant_pipeline.http import Answer, HttpClient, LoginToken, StaticHeaders, call_each
from plant_pipeline.sources.flexmeasures.variables import ACCESSIBLE, ASSETS, PUBLIC, account_id
from plant_pipeline.sources.missing import named
from plant_pipeline.sources.paging import Page, goes_on, identity, read_pages, require_whole, stated_total
from plant_pipeline.sources.source import FetchContext, Listing

API = "/api/v3_0"
_PAGE_RECORDS = 100
_LOGIN = "/api/requestAuthToken"
CALLS = (
    f"POST {_LOGIN}",
    f"GET {API}/assets",
    f"GET {API}/assets/types",
    f"GET {API}/assets/{{id}}",
    f"GET {API}/assets/{{id}}/auditlog",
    f"GET {API}/assets/{{id}}/jobs",
    f"GET {API}/assets/{{id}}/kpis",
    f"GET {API}/sensors",
    f"GET {API}/sensors/{{id}}/data",
    f"GET {API}/sensors/{{id}}/stats",
    f"GET {API}/sensors/{{id}}/status",
    "GET /api/dev/sensor/{id}/chart_data",
)
_ASSET_FIELDS = (
    "id|name|account_id|owner|generic_asset_type|latitude|longitude|attributes|parent_asset_id|external_id|description"
    "|flex_context|flex_model|sensors_to_show|sensors_to_show_as_kpis|child_assets|sensors"
)
_TOTALS = ("filtered-records", "filtered_records", "num-records", "num_records")
_ESSENTIAL_FIELDS = frozenset({"latitude", "longitude", "attributes", "parent_asset_id"})


def open_client(settings: SourceSettings, **options: Any) -> HttpClient:
    """A client that sends the bare token (no `Bearer`), logging in for one if only e-mail and password are known."""
    credentials: StaticHeaders | LoginToken
    if settings.token:
        credentials = StaticHeaders({"Authorization": settings.token}, settings.token)
    else:
        credentials = LoginToken(
            settings.name,
            settings.base_url.rstrip("/") + _LOGIN,
            {"email": settings.email, "password": settings.password},
            secret_fields=("password",),
            token_fields=("auth_token", "authentication_token"),
            scheme="",
        )
    return HttpClient(settings.name, settings.base_url, credentials, makes_many_calls=True, **options)


# -- listings --
async def fetch_asset_types(context: FetchContext) -> Listing:
    """All asset types; a server without paging, so what came is all."""
    answer = await context.client.get_json(f"{API}/assets/types", entity="asset_type")
    require_whole(context.client.source, answer)
    return Listing(records_of(context.client.source, answer))


async def fetch_assets(context: FetchContext) -> Listing:
    """The account's asset tree, page by page; single assets are asked for if the list withholds their fields.

    With those of no account, or of every account that may be read, if it is so configured.
    """
    params = {"sort_by": "id", "sort_dir": "asc", **_whose(context.settings)}
    try:
        listing = await fetch_pages(context.client, f"{API}/assets", "asset", {**params, "fields": _ASSET_FIELDS})
    except SourceRejected as error:
        if error.http_status not in (400, 422):
            raise
        listing = await fetch_pages(context.client, f"{API}/assets", "asset", params)
    objects = [record for record in listing.records if isinstance(record, dict)]
    if objects and not any(_ESSENTIAL_FIELDS & record.keys() for record in objects):
        return await _with_details(context.client, listing)
    return listing


async def fetch_sensors(context: FetchContext) -> Listing:
    """All sensors of the account in one call: `/sensors` cannot be sorted, so its pages would not be stable."""
    answer = await context.client.get_json(f"{API}/sensors", _account(context.settings), entity="sensor")
    records = {identity(record): record for record in records_of(context.client.source, answer)}
    total = _total(answer.json)
    if total is None and isinstance(answer.json, list):
        require_whole(context.client.source, answer)
    elif total is None or total > len(records):
        return await fetch_pages(context.client, f"{API}/sensors", "sensor", _account(context.settings))
    return Listing(list(records.values()), total)


def _account(settings: SourceSettings) -> dict[str, str | int]:
    own = account_id(settings)
    return {} if own is None else {"account_id": own}


def _whose(settings: SourceSettings) -> dict[str, str | int]:
    asked = settings.others.get(ASSETS)
    if asked == ACCESSIBLE:
        return {"all_accessible": "true"}
    return {**_account(settings), **({"include_public": "true"} if asked == PUBLIC else {})}


async def fetch_pages(client: HttpClient, path: str, entity: str, params: Mapping[str, str | int]) -> Listing:
    """All pages of a list, in either of its shapes; raises `SourceShapeChanged` if it has neither."""
    total: int | None = None
    further: str | None = None

    async def read_page(number: int) -> Page:
        nonlocal total, further
        try:
            answer = await client.get_json(path, {"page": number, "per_page": _PAGE_RECORDS, **params}, entity=entity)
        except SourceRejected as error:
            if error.is_absence and number > 1:  # how the server says: past the last page
                return Page([], total)
            raise
        records = records_of(client.source, answer)
        total, further = _total(answer.json), goes_on(answer)
        if len(records) > _PAGE_RECORDS and total is None:
            total = len(records)  # more than was asked for: the server knows no paging, so this is all
        return Page(records, total)

    listing = await read_pages(read_page, states_total=False)
    # A page of its own numbers says so too; the last one of them does not.
    problem = listing.problem or (further if total is None else None)
    return replace(listing, problem=problem, has_details=False)


async def _with_details(client: HttpClient, listing: Listing) -> Listing:
    """The listing with each record replaced by its own answer; one without a usable id goes on, to be rejected."""
    ids = {identity(record): record["id"] for record in listing.records if _has_id(record)}

    async def fetch_detail(asset_id: int | str) -> dict[str, Any]:
        path = f"{API}/assets/{quote(str(asset_id), safe='')}"
        answer = await client.get_json(path, entity="asset_detail")
        if not isinstance(answer.json, dict) or str(answer.json.get("id")) != str(asset_id):
            raise SourceShapeChanged(client.source, path, "expected an object with the id asked for")
        return answer.json

    answers = dict(await call_each(list(ids.values()), fetch_detail))
    errors = {asset_id: answer for asset_id, answer in answers.items() if isinstance(answer, SourceError)}
    failures = {asset_id: error for asset_id, error in errors.items() if not error.is_absence}
    names = [str(r.get("name") or r["id"]) for r in listing.records if _has_id(r) and r["id"] in failures]
    return replace(
        listing,
        records=[
            answers[record["id"]] if _has_id(record) else record
            for record in listing.records
            if not (_has_id(record) and record["id"] in errors)
        ],
        unfetched_keys=frozenset(map(str, errors)),
        has_details=True,
        failed=len(failures),
        failure=f"no detail of {named(names)}; first: {next(iter(failures.values()))}" if failures else None,
        is_transient=any(error.is_transient for error in failures.values()),
    )


def _has_id(record: Any) -> bool:
    asset_id = record.get("id") if isinstance(record, dict) else None
    return isinstance(asset_id, int | str) and not isinstance(asset_id, bool) and str(asset_id).isdecimal()


def records_of(source: str, answer: Answer) -> list[Any]:
    """The records of an answer in either of its shapes; raises `SourceShapeChanged` if it has neither."""
    body = answer.json
    if isinstance(body, dict):
        body = body.get("data")
    if not isinstance(body, list):
        raise SourceShapeChanged(source, answer.path, "expected a list, or an object with a list named data")
    return body


def _total(body: Any) -> int | None:
    """What an envelope says it is a page of; nothing is filtered here, so both totals mean the same."""
    for name in _TOTALS:
        total = stated_total(body.get(name)) if isinstance(body, dict) else None
        if total is not None:
            return total
    return None
