"""Asking Ravenwits (customer API v0) for the plants behind the token.

What belongs here: the key or login, paths (each ends in a slash, and has to), the shape of an answer as a whole. What
does not: forecasts (`forecast`), types and meaning of fields (`schema`, `facts`). No pandas.
"""

from typing import Any

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceShapeChanged
from plant_pipeline.http import Answer, HttpClient, LoginToken, StaticHeaders
from plant_pipeline.sources.paging import identity, require_whole
from plant_pipeline.sources.source import FetchContext, Listing

API = "/api/v0"
_LOGIN = f"{API}/auth/login/"
CALLS = (f"POST {_LOGIN}", f"GET {API}/plants/", f"GET {API}/forecasts/normalized/", f"GET {API}/unavailabilities/")


def open_client(settings: SourceSettings, **options: Any) -> HttpClient:
    """A client with the static key as Bearer, or one that logs in, and logs in again when its token has ended."""
    credentials: StaticHeaders | LoginToken
    if settings.token:
        credentials = StaticHeaders({"Authorization": f"Bearer {settings.token}"}, settings.token)
    else:
        credentials = LoginToken(
            settings.name,
            settings.base_url.rstrip("/") + _LOGIN,
            {"email": settings.email, "password": settings.password},
            secret_fields=("password",),
            token_fields=("token",),
        )
    return HttpClient(settings.name, settings.base_url, credentials, makes_many_calls=True, **options)


async def fetch_plants(context: FetchContext) -> Listing:
    """All plants of the customer in one answer: no paging and no total are documented."""
    answer = await context.client.get_json(f"{API}/plants/", entity="plant")
    records = list_of(context.client.source, answer)
    unique = {identity(record): record for record in records}
    contradicting = sum(unique[identity(record)] != record for record in records)
    problem = f"{contradicting} records share their id with another that differs" if contradicting else None
    return Listing(list(unique.values()), problem=problem)


async def fetch_unavailabilities(context: FetchContext) -> Listing:
    """All announcements that plants give less than they can, in one answer."""
    answer = await context.client.get_json(f"{API}/unavailabilities/", entity="unavailability")
    records = list_of(context.client.source, answer)
    return Listing(list({identity(record): record for record in records}.values()))


def list_of(source: str, answer: Answer) -> list[Any]:
    """The records of an answer, a bare list in this API; raises `SourceShapeChanged` if it is anything but that."""
    if not isinstance(answer.json, list):
        raise SourceShapeChanged(source, answer.path, "expected a bare list of records, got something else")
    require_whole(source, answer)
    return answer.json
