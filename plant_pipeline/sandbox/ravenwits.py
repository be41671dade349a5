"""Ravenwits as its document describes it: login, plants, normalized forecasts, unavailabilities; `/ravenwits`.

What belongs here: its answers. Numbers are strings, an empty value is "", paths end in a slash, and the forecast is
issued once a UTC day.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import RedirectResponse, Response

from plant_pipeline.sandbox.exchange import Call, Endpoint, Tokens, World, bearer, json_response
from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word
from plant_pipeline.sandbox.plants import RavenwitsRecord, TruePlant
from plant_pipeline.sandbox.production import STEP_H, steps
from plant_pipeline.sandbox.roster import record_id

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "ravenwits-sandbox"  # noqa: S105 - opens nothing but this sandbox
STATIC_KEY: Final = "rw-sandbox-key"
CUSTOMER: Final = "Meridian Renewables"
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


class RavenwitsApi:
    """The customer API under `/api/v0/`."""

    name = "ravenwits"

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens = Tokens(self.name, world, timedelta(hours=12))

    def environment(self, base_url: str) -> dict[str, str]:
        """The variables that point the pipeline here."""
        return {
            "RAVENWITS_BASE_URL": f"{base_url}/{self.name}",
            "RAVENWITS_EMAIL": EMAIL,
            "RAVENWITS_PASSWORD": PASSWORD,
        }

    def endpoints(self) -> Sequence[Endpoint]:
        """Everything that is answered."""
        return (
            Endpoint("GET", "/health/", lambda _call: json_response({"status": "healthy"})),
            Endpoint("POST", "/api/v0/auth/login/", self._login),
            Endpoint("GET", "/api/v0/plants/", self._plants),
            Endpoint("GET", "/api/v0/plants/{id}/", self._plant),
            Endpoint("GET", "/api/v0/forecasts/normalized/", self._forecasts),
            Endpoint("GET", "/api/v0/unavailabilities/", self._unavailabilities),
            Endpoint("GET", "/api/v0/unavailabilities/{id}/", self._unavailability),
        )

    def refuse(self, status: int, call: Call) -> Response:
        """`{"detail": …}`; a path that only lacks its slash is redirected, as Django does."""
        if status == 404 and call.method == "GET" and self._lacks_slash(call.path):
            query = f"?{call.request.url.query}" if call.request.url.query else ""
            return RedirectResponse(f"/{self.name}{call.path}/{query}", 301)
        return json_response({"detail": _STATUS_TEXT.get(status, "A server error occurred.")}, status)

    def _lacks_slash(self, path: str) -> bool:
        patterns = (re.sub(r"\{\w+\}", "[^/]+", endpoint.template) for endpoint in self.endpoints())
        return any(re.fullmatch(pattern, f"{path}/") for pattern in patterns)

    def _unauthorized(self, call: Call) -> Response | None:
        token = bearer(call)
        if token is None:
            return json_response({"detail": "Authentication credentials were not provided."}, 401)
        if token != STATIC_KEY and not self._tokens.is_valid(token, call.now):
            return json_response({"detail": _STATUS_TEXT[401]}, 401)
        return None

    def _login(self, call: Call) -> Response:
        body = call.json_object()
        email, password = body.get("email"), body.get("password")
        if not email or not password:
            return json_response({"error": "Both 'email' and 'password' are required."}, 400)
        if email != EMAIL:
            return json_response({"error": "Invalid credentials; email not found."}, 401)
        if password != PASSWORD:
            return json_response({"error": "Invalid credentials; incorrect password."}, 401)
        token, expires_at = self._tokens.issue(call.now)
        return json_response(
            {
                "token": token,
                "expires_at": _iso(expires_at),
                "customer_name": CUSTOMER,
                "customer_email": EMAIL,
            }
        )

    def _plants(self, call: Call) -> Response:
        refusal = self._unauthorized(call)
        return refusal or json_response([plant_json(record) for record, _ in self._world.fleet.ravenwits])

    def _plant(self, call: Call) -> Response:
        refusal = self._unauthorized(call)
        if refusal is not None:
            return refusal
        for record, _ in self._world.fleet.ravenwits:
            if record.id == call.parameters["id"].lower():
                return json_response(plant_json(record))
        return self.refuse(404, call)

    def _forecasts(self, call: Call) -> Response:
        refusal = self._unauthorized(call)
        if refusal is not None:
            return refusal
        zone_name = call.one("timezone") or "UTC"
        zone_name = _ZONE_ALIASES.get(zone_name, zone_name)
        try:
            zone = ZoneInfo(zone_name)
        except (KeyError, ValueError):
            return json_response({"error": f"Unknown timezone: {zone_name}"}, 400)
        wanted = set(call.query.get("plant", ()))
        chosen = [
            (record, plant)
            for record, plant in self._world.fleet.ravenwits
            if plant is not None and record.has_forecast and (not wanted or record.name in wanted)
        ]
        if not chosen:
            return json_response({"error": f"No normalized forecast found for customer: {CUSTOMER}"}, 404)
        rows = [
            row
            for record, plant in chosen
            for row in _forecast_rows(record, plant, call.now.astimezone(UTC).date(), zone)
        ]
        if call.one("format") == "csv":
            lines = ["plant,datetime,pred", *(f"{row['plant']},{row['datetime']},{row['pred']}" for row in rows)]
            disposition = {"Content-Disposition": 'attachment; filename="normalized_forecast.csv"'}
            return Response("\n".join(lines) + "\n", 200, disposition, media_type="text/csv")
        return json_response(rows)

    def _unavailabilities(self, call: Call) -> Response:
        refusal = self._unauthorized(call)
        if refusal is not None:
            return refusal
        wanted = call.one("plant_id")
        rows = self._unavailability_rows()
        return json_response([row for row in rows if wanted is None or row["plant_id"] == wanted])

    def _unavailability(self, call: Call) -> Response:
        refusal = self._unauthorized(call)
        if refusal is not None:
            return refusal
        for row in self._unavailability_rows():
            if row["id"] == call.parameters["id"].lower():
                return json_response(row)
        return self.refuse(404, call)

    def _unavailability_rows(self) -> list[dict[str, object]]:
        """Three outages of plants with forecasts, at fixed times."""
        known = [record for record, plant in self._world.fleet.ravenwits if plant is not None][:3]
        kinds = ("UNAVAILABILITY", "CURTAILMENT", "OTHER")
        return [
            {
                "id": record_id("unavailability", record.name),
                "plant_id": record.name,
                "start_time_utc": f"2026-0{month}-12T08:00:00Z",
                "end_time_utc": f"2026-0{month}-12T14:00:00Z",
                "available_power_mw": f"{record.nominal_mw / 2:.3f}",
                "availability_type": kind,
                "observations": "" if kind == "OTHER" else "planned work on one of two transformers",
                "source_unit": "MW",
                "source_value": f"{record.nominal_mw / 2:.3f}",
                "timezone_source": record.timezone,
                "created_at": f"2026-0{month}-05T07:30:00Z",
                "updated_at": f"2026-0{month}-05T07:30:00Z",
            }
            for month, (record, kind) in enumerate(zip(known, kinds, strict=False), start=3)
        ]


def plant_json(record: RavenwitsRecord) -> Mapping[str, str]:
    """A plant as the API writes it: every number a string."""
    created = _CREATED + timedelta(hours=int(4000 * fraction(record.id, "created")))
    trained = fraction(record.id, "trained") < 0.5
    return {
        "id": record.id,
        "name": record.name,
        "lat": f"{record.latitude:.7f}",
        "lon": f"{record.longitude:.7f}",
        "installed_capacity_mw": f"{record.installed_mw:.3f}",
        "nominal_capacity_mw": f"{record.nominal_mw:.3f}",
        "area": record.area,
        "technology_type": record.technology_type,
        "last_training_cnn_at": "2026-01-15 08:30" if trained else "",
        "last_training_trees_at": "",
        "agrupation": record.agrupation,
        "customer_display_name": record.customer_display_name,
        "timezone": record.timezone,
        "created_at": _iso(created),
        "updated_at": _iso(created + timedelta(days=int(200 * fraction(record.id, "updated")))),
    }


def forecast_kwh(plant: TruePlant, issued: date) -> Floats:
    """The 72 hourly energies from midnight UTC of the day of issue: the truth, up to 20 % off."""
    start = int(datetime(issued.year, issued.month, issued.day, tzinfo=UTC).timestamp())
    power = np.maximum(steps(plant, "meter_kw", start, HORIZON_HOURS * 12), 0.0)
    hourly = power.reshape(HORIZON_HOURS, 12).sum(axis=1) * STEP_H
    hours = start + 3600.0 * np.arange(HORIZON_HOURS, dtype=np.float64)
    error = 0.8 + 0.4 * smooth(word(plant.key, "forecast", issued), hours, 6 * 3600.0)
    return np.asarray(hourly * error, dtype=np.float64)


def _forecast_rows(record: RavenwitsRecord, plant: TruePlant, issued: date, zone: ZoneInfo) -> list[dict[str, str]]:
    midnight = datetime(issued.year, issued.month, issued.day, tzinfo=UTC)
    return [
        {
            "plant": record.name,
            "datetime": f"{(midnight + timedelta(hours=hour)).astimezone(zone):%Y-%m-%d %H:%M}",
            "pred": f"{energy:.3f}",
        }
        for hour, energy in enumerate(forecast_kwh(plant, issued), start=1)
    ]


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
