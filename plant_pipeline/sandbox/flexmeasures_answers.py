"""Answers every FlexMeasures route can give: the headers of the server, its refusals.

What belongs here: status, headers and error bodies as a 1.0.1 server sends them, and how it reads a time. What does
not: any route.
"""

from datetime import datetime
from typing import Final

from starlette.responses import Response

from plant_pipeline.sandbox.exchange import json_response

VERSION: Final = "1.0.1"
MISSING: Final = "Missing data for required field."
NAIVE: Final = "Not a valid aware datetime."
_HEADERS: Final = {
    "FlexMeasures-Version": VERSION,
    "API-Version": "v3_0",
    "X-RateLimit-Limit": "500",
    "X-RateLimit-Remaining": "499",
    "Retry-After": "5",
}


def respond(content: object, status: int = 200) -> Response:
    """JSON with the server's headers; Retry-After comes with every answer, also a good one."""
    return json_response(content, status, _HEADERS)


def unauthorized() -> Response:
    """401: no token, a bad one, an expired one, or one after the word Bearer."""
    message = "You could not be properly authenticated for this content or functionality."
    return respond({"message": message, "status": "UNAUTHORIZED"}, 401)


def forbidden() -> Response:
    """403: another account's."""
    message = "You cannot be authorized for this content or functionality."
    return respond({"message": message, "result": "Rejected", "status": "INVALID_SENDER"}, 403)


def unprocessable(where: str, field: str, reason: str) -> Response:
    """422: a parameter that does not validate."""
    return rejected(where, {field: [reason]})


def rejected(where: str, fields: dict[str, list[str]]) -> Response:
    """422 with the reasons by field."""
    return respond({"message": {where: fields}, "result": "Rejected", "status": "UNPROCESSABLE_ENTITY"}, 422)


def not_found(where: str, message: str, status: int) -> Response:
    """A missing id: some routes answer 404, others 422."""
    return respond({"message": message, "status": 404}, 404) if status == 404 else unprocessable(where, "id", message)


def page_not_found() -> Response:
    """404: a page past the end."""
    message = (
        "The requested URL was not found on the server. If you entered the URL manually please check your spelling."
    )
    return respond({"message": message, "status": 404}, 404)


def aware(text: str) -> datetime | None:
    """An ISO 8601 time with offset, else None; a `+` that was not escaped arrives as a space."""
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
