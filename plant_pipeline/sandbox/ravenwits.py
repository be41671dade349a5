"""Ravenwits as its document describes it: login, plants, normalized forecasts, unavailabilities; `/ravenwits`.

What belongs here: its answers. Numbers are strings, an empty value is "", paths end in a slash, and the forecast is
issued once a UTC day.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import RedirectResponse, Response

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, found, iso
from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word
from plant_pipeline.sandbox.plants import RavenwitsRecord, TruePlant
from plant_pipeline.sandbox.production import STEP_H, steps
from plant_pipeline.sandbox.roster import COMPANY, record_id

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "ravenwits-sandbox"  # noqa: S105 - opens nothing but this sandbox
STATIC_KEY: Final = "rw-sandbox-key"
HORIZON_HOURS: Final = 72

_CREATED: Final = datetime(2024, 2, 5, 9, 0, tzinfo=UTC)
_ZONE_ALIASES: Final = {"EUR-MAD": "Europe/Madrid"}
_STATUS_TEXT: Final = {
    401: "Invalid token.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    405: "Method not allowed.",
    429: "Request was throttled.",
}


class RavenwitsApi(Api):
    """The customer API under `/api/v0/`."""

    name, prefix = "ravenwits", "RAVENWITS"
    variables: ClassVar = {"RAVENWITS_EMAIL": EMAIL, "RAVENWITS_PASSWORD": PASSWORD}
    open_routes = frozenset({"/health/", "/api/v0/auth/login/"})
    token_lifetime = timedelta(hours=12)

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered."""
        return {
            "GET /health/": lambda _call: {"status": "healthy"},
            "POST /api/v0/auth/login/": self._login,
            "GET /api/v0/plants/": lambda _call: [
                plant_json(record) for record, _ in self.world.fleet.ravenwits.values()
            ],
            "GET /api/v0/plants/{id}/": lambda call: plant_json(found(self.world.fleet.ravenwits, call)[0]),
            "GET /api/v0/forecasts/normalized/": self._forecasts,
            "GET /api/v0/unavailabilities/": self._unavailabilities,
            "GET /api/v0/unavailabilities/{id}/": lambda call: found(self._outages(), call),
        }

    def authorize(self, call: Call) -> None:
        """The static key, or a token from a login."""
        token = call.bearer()
        if not token:
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        if token != STATIC_KEY and not self.is_valid(token, call.now):
            raise Refusal(401)

    def refuse(self, status: int, call: Call, /) -> object:
        """`{"detail": …}`; a path that only lacks its slash is redirected, as Django does."""
        if status == 404 and call.request.method == "GET" and self._lacks_slash(call.path):
            query = f"?{call.request.url.query}" if call.request.url.query else ""
            return RedirectResponse(f"/{self.name}{call.path}/{query}", 301)
        return {"detail": _STATUS_TEXT.get(status, "A server error occurred.")}

    def _lacks_slash(self, path: str) -> bool:
        patterns = (re.sub(r"\{\w+\}", "[^/]+", route.partition(" ")[2]) for route in self.routes())
        return any(re.fullmatch(pattern, f"{path}/") for pattern in patterns)

    def _login(self, call: Call) -> Json:
        body = call.json_object()
        if not body.get("email") or not body.get("password"):
            raise Refusal(400, {"error": "Both 'email' and 'password' are required."})
        if body["email"] != EMAIL:
            raise Refusal(401, {"error": "Invalid credentials; email not found."})
        if body["password"] != PASSWORD:
            raise Refusal(401, {"error": "Invalid credentials; incorrect password."})
        token, expires_at = self.issue_token(call.now)
        return {"token": token, "expires_at": iso(expires_at), "customer_name": COMPANY, "customer_email": EMAIL}

    def _forecasts(self, call: Call) -> object:
        zone_name = call.one("timezone") or "UTC"
        zone_name = _ZONE_ALIASES.get(zone_name, zone_name)
        try:
            zone = ZoneInfo(zone_name)
        except (KeyError, ValueError) as error:
            raise Refusal(400, {"error": f"Unknown timezone: {zone_name}"}) from error
        wanted, issued = set(call.query.get("plant", ())), call.now.astimezone(UTC).date()
        rows = [
            row
            for record, plant in self.world.fleet.ravenwits.values()
            if plant is not None and record.has_forecast and (not wanted or record.name in wanted)
            for row in _forecast_rows(record, plant, issued, zone)
        ]
        if not rows:
            raise Refusal(404, {"error": f"No normalized forecast found for customer: {COMPANY}"})
        return _csv(rows) if call.one("format") == "csv" else rows

    def _unavailabilities(self, call: Call) -> list[Json]:
        wanted = call.one("plant_id")
        return [row for row in self._outages().values() if wanted in (None, row["plant_id"])]

    def _outages(self) -> dict[str, Json]:
        """Three outages of the first plants, at fixed times, by id."""
        known = [record for record, plant in self.world.fleet.ravenwits.values() if plant is not None]
        kinds = ("UNAVAILABILITY", "CURTAILMENT", "OTHER")
        rows = (_outage(record, kind, month) for record, kind, month in zip(known, kinds, (3, 4, 5), strict=False))
        return {str(row["id"]): row for row in rows}


def plant_json(record: RavenwitsRecord) -> Json:
    """A plant as the API writes it: every number a string."""
    created = _CREATED + timedelta(hours=int(4000 * fraction(record.id, "created")))
    updated = created + timedelta(days=int(200 * fraction(record.id, "updated")))
    as_they_are = ("id", "name", "area", "technology_type", "agrupation", "customer_display_name", "timezone")
    return {
        **{name: getattr(record, name) for name in as_they_are},
        "lat": f"{record.latitude:.7f}",
        "lon": f"{record.longitude:.7f}",
        "installed_capacity_mw": f"{record.installed_mw:.3f}",
        "nominal_capacity_mw": f"{record.nominal_mw:.3f}",
        "last_training_cnn_at": "2026-01-15 08:30" if fraction(record.id, "trained") < 0.5 else "",
        "last_training_trees_at": "",
        "created_at": iso(created),
        "updated_at": iso(updated),
    }


def forecast_kwh(plant: TruePlant, issued: date) -> Floats:
    """The 72 hourly energies from midnight UTC of the day of issue: the truth, up to 20 % off."""
    start = int(datetime(issued.year, issued.month, issued.day, tzinfo=UTC).timestamp())
    power = np.maximum(steps(plant, "meter_kw", start, HORIZON_HOURS * 12), 0.0)
    hourly = power.reshape(HORIZON_HOURS, 12).sum(axis=1) * STEP_H
    hours = start + 3600.0 * np.arange(HORIZON_HOURS, dtype=np.float64)
    error = 0.8 + 0.4 * smooth(word(plant.key, "forecast", issued), hours, 6 * 3600.0)
    return np.asarray(hourly * error, dtype=np.float64)


def _forecast_rows(record: RavenwitsRecord, plant: TruePlant, issued: date, zone: ZoneInfo) -> Iterable[dict[str, str]]:
    """One row an hour, labelled with its end."""
    midnight = datetime(issued.year, issued.month, issued.day, tzinfo=UTC)
    for hour, energy in enumerate(forecast_kwh(plant, issued), start=1):
        end = (midnight + timedelta(hours=hour)).astimezone(zone)
        yield {"plant": record.name, "datetime": f"{end:%Y-%m-%d %H:%M}", "pred": f"{energy:.3f}"}


def _csv(rows: list[dict[str, str]]) -> Response:
    lines = ["plant,datetime,pred", *(",".join(row.values()) for row in rows)]
    disposition = {"Content-Disposition": 'attachment; filename="normalized_forecast.csv"'}
    return Response("\n".join(lines) + "\n", 200, disposition, media_type="text/csv")


def _outage(record: RavenwitsRecord, kind: str, month: int) -> Json:
    noticed, half = f"2026-{month:02d}-05T07:30:00Z", f"{record.nominal_mw / 2:.3f}"
    return {
        **dict.fromkeys(("created_at", "updated_at"), noticed),
        **dict.fromkeys(("available_power_mw", "source_value"), half),
        "id": record_id("unavailability", record.name),
        "plant_id": record.name,
        "start_time_utc": f"2026-{month:02d}-12T08:00:00Z",
        "end_time_utc": f"2026-{month:02d}-12T14:00:00Z",
        "availability_type": kind,
        "observations": "" if kind == "OTHER" else "planned work on one of two transformers",
        "source_unit": "MW",
        "timezone_source": record.timezone,
    }
