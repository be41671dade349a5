"""Voke as its documents describe it: paged plants, details, certificates, energy today, sub-devices, alerts; `/voke`.

What belongs here: routes, checks and envelopes. What does not: the content of the records (voke_records.py). The body
of an error always says statusCode 400; the HTTP status is the real one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from plant_pipeline.sandbox import voke_records
from plant_pipeline.sandbox.exchange import Call, Endpoint, World, bearer, json_response, page_window
from plant_pipeline.sandbox.plants import TruePlant, VokeRecord
from plant_pipeline.sandbox.voke_records import ORGANIZATION_ID

TOKEN: Final = "vk-sandbox-token"  # noqa: S105 - opens nothing but this sandbox
API_KEY: Final = "vk-sandbox-api-key"
DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_CODES: Final = {
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    405: ("METHOD_NOT_ALLOWED", "Method not allowed"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    503: ("SERVICE_UNAVAILABLE", "Service unavailable"),
}
_AUTH_METHODS: Final = ("MTLS", "TOKEN", "PASSWORD")
_DEVICE_TYPES: Final = ("CABINET", "METER", "INVERTER", "BATTERY")

Record = Mapping[str, object]
Finder = Callable[[VokeRecord, TruePlant | None, Call], Response]


class VokeApi:
    """The REST API under `/api/v1/`, for one organisation."""

    name = "voke"

    def __init__(self, world: World) -> None:
        self._world = world

    def environment(self, base_url: str) -> dict[str, str]:
        """The variables that point the pipeline here."""
        return {
            "VOKE_BASE_URL": f"{base_url}/{self.name}",
            "VOKE_TOKEN": TOKEN,
            "VOKE_ORG_ID": ORGANIZATION_ID,
        }

    def endpoints(self) -> Sequence[Endpoint]:
        """Everything that is answered; the order settles `certificate-stats` before `{id}`."""
        routes: tuple[tuple[str, Callable[[Call], Response]], ...] = (
            ("/api/v1/plants", self._plants),
            ("/api/v1/plants/certificate-stats", self._certificate_stats),
            ("/api/v1/plants/{id}", self._for_plant(self._detail)),
            ("/api/v1/plants/{id}/energy/today", self._for_plant(self._energy_today)),
            ("/api/v1/plants/{id}/sub-devices", self._for_plant(self._sub_devices)),
            ("/api/v1/plants/{id}/commands", self._for_plant(self._commands)),
            ("/api/v1/alerts", self._alerts),
        )
        return [Endpoint("GET", template, self._authorized(handler)) for template, handler in routes]

    def refuse(self, status: int, _call: Call, /) -> Response:
        """The error envelope."""
        code, message = _CODES.get(status, ("INTERNAL_SERVER_ERROR", "Internal server error"))
        return error(status, code, message)

    def _authorized(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        def checked(call: Call) -> Response:
            if bearer(call) != TOKEN and call.headers.get("x-api-key") != API_KEY:
                return self.refuse(401, call)
            organization = call.headers.get("x-org-id")
            if not organization:
                return error(403, "ORG_CONTEXT_REQUIRED", "Organization context is required")
            if organization != ORGANIZATION_ID:
                return error(403, "ORG_MEMBERSHIP_REQUIRED", "Not a member of this organization")
            return handler(call)

        return checked

    def _for_plant(self, handler: Finder) -> Callable[[Call], Response]:
        def found(call: Call) -> Response:
            plant_id = call.parameters["id"]
            if not _UUID.fullmatch(plant_id):
                return error(400, "INVALID_UUID", "Invalid plant UUID")
            known = self._world.fleet.voke_by_id.get(plant_id.lower())
            if known is None:
                return error(404, "PLANT_NOT_FOUND", "Plant not found")
            return handler(*known, call)

        return found

    def _plants(self, call: Call) -> Response:
        method = call.one("authMethod")
        if method is not None and method not in _AUTH_METHODS:
            return _invalid(f"authMethod must be one of: {', '.join(_AUTH_METHODS)}")
        rows = [voke_records.plant_in_list(record, call.now) for record, _ in self._world.fleet.voke]
        return _paged(call, [row for row in rows if method in (None, row["authMethod"])])

    def _detail(self, record: VokeRecord, _plant: TruePlant | None, call: Call) -> Response:
        return json_response(voke_records.plant_detail(record, call.now))

    def _certificate_stats(self, call: Call) -> Response:
        return json_response(voke_records.certificate_stats([record for record, _ in self._world.fleet.voke], call.now))

    def _energy_today(self, record: VokeRecord, plant: TruePlant | None, call: Call) -> Response:
        return json_response(voke_records.energy_today(record, plant, call.now))

    def _sub_devices(self, record: VokeRecord, _plant: TruePlant | None, call: Call) -> Response:
        kind, status, search = call.one("type"), call.one("status"), (call.one("search") or "").lower()
        if kind is not None and kind not in _DEVICE_TYPES:
            return _invalid(f"type must be one of: {', '.join(_DEVICE_TYPES)}")
        rows = voke_records.sub_devices(record, call.now)
        return _paged(
            call,
            [
                row
                for row in rows
                if kind in (None, row["type"])
                and status in (None, row["status"])
                and search in str(row["name"]).lower()
            ],
        )

    def _commands(self, record: VokeRecord, _plant: TruePlant | None, call: Call) -> Response:
        return _paged(call, voke_records.commands(record))

    def _alerts(self, call: Call) -> Response:
        return _paged(call, [alert for record, _ in self._world.fleet.voke for alert in voke_records.alerts(record)])


def error(status: int, code: str, message: str, details: object = None) -> Response:
    """The envelope of every error; its statusCode is 400 whatever the status."""
    phrase = HTTPStatus(status).phrase
    return json_response(
        {"code": code, "details": details or {}, "error": phrase, "message": message, "statusCode": 400}, status
    )


def _invalid(detail: str) -> Response:
    return error(400, "VALIDATION_ERROR", "Validation error", [detail])


def _paged(call: Call, rows: Sequence[Record]) -> Response:
    """One page of `rows`: page from 1, limit 1 to 100; a page past the end is empty."""
    page, limit = _whole(call.one("page"), 1), _whole(call.one("limit"), DEFAULT_LIMIT)
    if page is None or page < 1:
        return _invalid("page must be a whole number of at least 1")
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        return _invalid(f"limit must be a whole number from 1 to {MAX_LIMIT}")
    total = len(rows)
    meta = {"limit": limit, "page": page, "total": total, "totalPages": -(-total // limit)}
    return json_response({"data": rows[page_window(page, limit)], "meta": meta})


def _whole(text: str | None, default: int) -> int | None:
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdecimal() else None
