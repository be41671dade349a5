"""Ravenwits as its document describes it: login, plants, normalized forecasts, unavailabilities; `/ravenwits`.

What belongs here: its answers. Numbers are strings, an empty value is "", paths end in a slash, and the forecast is
issued once a UTC day.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import RedirectResponse, Response

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, found, iso
from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word
from plant_pipeline.sandbox.plants import COMPANY, DATA, Record, TruePlant
from plant_pipeline.sandbox.production import STEP_H, steps

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "ravenwits-sandbox"  # noqa: S105 - opens nothing but this sandbox
STATIC_KEY: Final = "rw-sandbox-key"
HORIZON_HOURS: Final = 72

_ZONE_ALIASES: Final = {"EUR-MAD": "Europe/Madrid"}


class RavenwitsApi(Api):
    """The customer API under `/api/v0/`."""

    name, prefix, key = "ravenwits", "RAVENWITS", STATIC_KEY
    variables: ClassVar = {"RAVENWITS_EMAIL": EMAIL, "RAVENWITS_PASSWORD": PASSWORD}
    open_routes = frozenset({"/health/", "/api/v0/auth/login/"})
    token_lifetime = timedelta(hours=12)

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered."""
        listed = self.world.ravenwits
        return {
            **self.fixed(),
            "POST /api/v0/auth/login/": self._login,
            "GET /api/v0/plants/": lambda _call: [_plant(record) for record, _ in listed.values()],
            "GET /api/v0/plants/{id}/": lambda call: _plant(found(listed, call, Refusal(404))[0]),
            "GET /api/v0/forecasts/normalized/": self._forecasts,
            "GET /api/v0/unavailabilities/": lambda call: [
                row for row in self._outages().values() if call.one("plant_id") in (None, row["plant_id"])
            ],
            "GET /api/v0/unavailabilities/{id}/": lambda call: found(self._outages(), call, Refusal(404)),
        }

    def authorize(self, call: Call) -> None:
        """The static key, or a token from a login."""
        if not call.bearer:
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        super().authorize(call)

    def refuse(self, status: int, call: Call, /) -> object:
        """`{"detail": …}`; a path that only lacks its slash is redirected, as Django does."""
        patterns = (re.sub(r"\{\w+\}", "[^/]+", route.partition(" ")[2]) for route in self.routes())
        lacks_slash = any(re.fullmatch(pattern, f"{call.path}/") for pattern in patterns)
        if status == 404 and call.request.method == "GET" and lacks_slash:
            query = f"?{call.request.url.query}" if call.request.url.query else ""
            return RedirectResponse(f"/{self.name}{call.path}/{query}", 301)
        return {"detail": self.words.get(str(status), self.words["*"])}

    def _login(self, call: Call) -> Json:
        body = call.json_object()
        if not body.get("email") or not body.get("password"):
            raise Refusal(400, {"error": "Both 'email' and 'password' are required."})
        if (body["email"], body["password"]) != (EMAIL, PASSWORD):
            wrong = "incorrect password" if body["email"] == EMAIL else "email not found"
            raise Refusal(401, {"error": f"Invalid credentials; {wrong}."})
        token, expires_at = self.issue_token(call.now)
        return {"token": token, "expires_at": iso(expires_at), "customer_name": COMPANY, "customer_email": EMAIL}

    def _forecasts(self, call: Call) -> object:
        """One row an hour and plant, labelled with the hour's end in the zone that is asked for."""
        zone_name = call.one("timezone") or "UTC"
        zone_name = _ZONE_ALIASES.get(zone_name, zone_name)
        try:
            zone = ZoneInfo(zone_name)
        except (KeyError, ValueError) as error:
            raise Refusal(400, {"error": f"Unknown timezone: {zone_name}"}) from error
        wanted, issued = call.query.getlist("plant"), call.now.astimezone(UTC).date()
        ends = [(_midnight(issued) + timedelta(hours=hour + 1)).astimezone(zone) for hour in range(HORIZON_HOURS)]
        rows = [
            {"plant": record["name"], "datetime": f"{end:%Y-%m-%d %H:%M}", "pred": f"{energy:.3f}"}
            for record, plant in self.world.ravenwits.values()
            if plant is not None and record.get("has_forecast", True) and (not wanted or record["name"] in wanted)
            for end, energy in zip(ends, forecast_kwh(plant, issued), strict=True)
        ]
        if not rows:
            raise Refusal(404, {"error": f"No normalized forecast found for customer: {COMPANY}"})
        if call.one("format") != "csv":
            return rows
        text = "".join(f"{','.join(row)}\n" for row in [list(rows[0]), *(list(row.values()) for row in rows)])
        disposition = {"Content-Disposition": 'attachment; filename="normalized_forecast.csv"'}
        return Response(text, 200, disposition, media_type="text/csv")

    def _outages(self) -> dict[str, Json]:
        """At fixed times, of the first plants, by id."""
        names = {record["name"] for record, _ in self.world.ravenwits.values()}
        return {row["id"]: row for row in DATA["outage"] if row["plant_id"] in names}


def forecast_kwh(plant: TruePlant, issued: date) -> Floats:
    """The 72 hourly energies from midnight UTC of the day of issue: the truth, up to 20 % off."""
    start = int(_midnight(issued).timestamp())
    power = np.maximum(steps(plant, "meter_kw", start, HORIZON_HOURS * 12), 0.0)
    hourly = power.reshape(HORIZON_HOURS, 12).sum(axis=1) * STEP_H
    hours = start + 3600.0 * np.arange(HORIZON_HOURS, dtype=np.float64)
    error = 0.8 + 0.4 * smooth(word(plant.key, "forecast", issued), hours, 6 * 3600.0)
    return np.asarray(hourly * error, dtype=np.float64)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _plant(record: Record) -> Json:
    """A plant as the API writes it: every number a string."""
    created = datetime(2024, 2, 5, 9, tzinfo=UTC) + timedelta(hours=int(4000 * fraction(record["id"], "created")))
    updated = created + timedelta(days=int(200 * fraction(record["id"], "updated")))
    texts = ("id", "name", "area", "technology_type", "agrupation", "customer_display_name", "timezone")
    return {
        **{name: record.get(name, "") for name in texts},
        **{name: f"{record[name]:.3f}" for name in ("installed_capacity_mw", "nominal_capacity_mw")},
        "lat": f"{record['latitude']:.7f}",
        "lon": f"{record['longitude']:.7f}",
        "last_training_cnn_at": "2026-01-15 08:30" if fraction(record["id"], "trained") < 0.5 else "",
        "last_training_trees_at": "",
        "created_at": iso(created),
        "updated_at": iso(updated),
    }
