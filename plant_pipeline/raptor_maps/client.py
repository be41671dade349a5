"""Raptor Maps over HTTP: token, a signed URL for each file, the PUT.

What belongs here: the three calls and what their answers must look like. What does not: which file is sent and when
(`deliver`). A signed URL is a credential: it lives in local variables of this module and is in no message.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from plant_pipeline.config import RaptorSettings
from plant_pipeline.errors import SourceError, SourceRejected, SourceShapeChanged, UploadFailed
from plant_pipeline.http import HttpClient, LoginToken, RetryPolicy, StaticHeaders
from plant_pipeline.raptor_maps.contract import CONTENT_TYPE

NAME = "raptor_maps"
_INTEGRATIONS = "/insights/api/v1/integrations/org_integrations"
_TOKEN_PATH = "/oauth/token"  # noqa: S105 -- a path
_TOKEN_AUDIENCE = "api://customer-api"  # noqa: S105 -- a public constant of the receiver
_NAME_CHARACTERS = 60
_URL_REFUSED = (400, 401, 403)  # expired, used, or signed wrongly: storages differ
_URL_FIELDS = ("url", "signed_url")


class PartNotAccepted(UploadFailed):
    """One file was not accepted. `http_status` is that of the call that failed, None if it got no answer.

    `is_transient`: for a reason that may pass.
    """

    def __init__(
        self, message: str, http_status: int | None, url_host: str | None = None, *, is_transient: bool = False
    ) -> None:
        self.http_status, self.url_host, self.is_transient = http_status, url_host, is_transient
        super().__init__(message)

    def __reduce__(self) -> tuple[type[Exception], tuple[str]]:
        return (UploadFailed, (str(self),))


@dataclass(frozen=True)
class Accepted:
    """The receiver's yes to one file."""

    http_status: int
    url_host: str


class RaptorClient:
    """Uploads files to one integration; made by `open_raptor_client`."""

    def __init__(self, http: HttpClient, base_url: str, integration_id: str) -> None:
        self._http = http
        self._scheme = urlsplit(base_url).scheme
        self._url_path = f"{_INTEGRATIONS}/{quote(integration_id, safe='')}/signed_url"
        self._used: set[bytes] = set()  # fingerprints of signed URLs already sent to

    async def upload(self, file: Path, *, before_put: Callable[[], None] = lambda: None) -> Accepted:
        """PUT one file to a signed URL of its own; if the storage refuses the URL, once more to a fresh one.

        `before_put` is called once, when the first byte is about to leave. Raises `PartNotAccepted`.
        """
        url = await self._signed_url()
        before_put()
        try:
            return await self._put(url, file)
        except PartNotAccepted as error:
            if error.http_status not in _URL_REFUSED:
                raise
        return await self._put(await self._signed_url(), file)

    async def check_access(self) -> None:
        """Ask for a signed URL and drop it: shows that address, credentials and integration id are right.

        Raises `PartNotAccepted`.
        """
        await self._signed_url()

    async def _signed_url(self) -> str:
        try:
            answer = await self._http.get_json(self._url_path)
            return self._checked_url(answer.json)
        except SourceError as error:
            why = f"no address to upload to: {_hint(error)}{error}"
            if error.http_status == 404:
                why += f"; {await self._choices()}"
            raise PartNotAccepted(why, error.http_status, is_transient=error.is_transient) from error

    async def _choices(self) -> str:
        """In words, the integrations one may choose from. Of the answer, which holds passwords, ids and names alone."""
        try:
            answer = await self._http.get_json(_INTEGRATIONS)
        except SourceError as error:
            return f"which integrations there are could not be had ({error.reason})"
        body = answer.json.get("data", [answer.json]) if isinstance(answer.json, dict) else answer.json
        known = [own for own in body if isinstance(own, dict)] if isinstance(body, list) else []
        named = [text for own in known if (text := _integration(own)) is not None]
        if not named:
            return "the account lists no integration: add one in the app of Raptor Maps (Add Integration)"
        return f"the account has {', '.join(named)}: set RAPTOR_INTEGRATION_ID to one of them"

    def _checked_url(self, body: Any) -> str:
        found = body
        if isinstance(body, dict):
            found = next((body[name] for name in _URL_FIELDS if isinstance(body.get(name), str)), None)
        if not isinstance(found, str):
            raise SourceShapeChanged(
                NAME,
                self._url_path,
                f"the answer is neither a JSON string nor an object with {' or '.join(_URL_FIELDS)}",
            )
        if not self._is_usable(found):
            raise SourceShapeChanged(NAME, self._url_path, "the answer is not an https address")
        if _fingerprint(found) in self._used:
            raise SourceShapeChanged(NAME, self._url_path, "the address was already used for another file")
        return found

    def _is_usable(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            has_host = bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False
        is_plain = url.isascii() and url.isprintable() and " " not in url
        return is_plain and has_host and parts.scheme in ("https", self._scheme)

    async def _put(self, url: str, file: Path) -> Accepted:
        host = urlsplit(url).hostname or ""
        self._used.add(_fingerprint(url))
        try:
            answer = await self._http.put_file(url, file, CONTENT_TYPE)
        except SourceError as error:
            status = error.http_status
            said = f"{host} answered {status}" if status else f"{host} gave no answer to the upload"
            # The cause names the path of a signed URL, so no more of it than the code is passed on.
            said += f": {error.code}" if error.code else ""
            raise PartNotAccepted(said, status, host, is_transient=error.is_transient) from None
        return Accepted(answer.http_status, host)


@asynccontextmanager
async def open_raptor_client(
    settings: RaptorSettings, *, retry: RetryPolicy | None = None, **http_options: Any
) -> AsyncIterator[RaptorClient]:
    """A client for the configured integration. `http_options` go to `HttpClient` (transport, sleep, clock)."""
    http = HttpClient(NAME, settings.base_url, _credentials(settings), concurrency=1, retry=retry, **http_options)
    async with http:
        yield RaptorClient(http, settings.base_url, settings.integration_id)


def _credentials(settings: RaptorSettings) -> StaticHeaders | LoginToken:
    if settings.api_token is not None:
        return StaticHeaders({"Authorization": f"Bearer {settings.api_token}"}, settings.api_token)
    return LoginToken(
        NAME,
        settings.base_url.rstrip("/") + _TOKEN_PATH,
        {"client_id": settings.client_id, "client_secret": settings.client_secret, "audience": _TOKEN_AUDIENCE},
        secret_fields=("client_id", "client_secret"),
        token_fields=("access_token",),
    )


def _integration(listed: Mapping[str, Any]) -> str | None:
    """Id, name and state of an integration as it is listed; None if it has no id."""
    if not isinstance(listed.get("id"), int | str):
        return None
    told = [str(listed["api_type"])[:_NAME_CHARACTERS]] if listed.get("api_type") else []
    told += ["not enabled"] if listed.get("enabled") is False else []
    return f"{listed['id']} ({', '.join(told)})" if told else str(listed["id"])


def _hint(error: SourceError) -> str:
    if not isinstance(error, SourceRejected):
        return ""
    if error.http_status in (401, 403):
        return "check RM_API_TOKEN, or RAPTOR_CLIENT_ID and RAPTOR_CLIENT_SECRET; "
    return "check RAPTOR_INTEGRATION_ID and RAPTOR_BASE_URL; " if error.http_status == 404 else ""


def _fingerprint(url: str) -> bytes:
    return hashlib.sha256(url.encode()).digest()
