"""Ravenwits as its document describes it: login, plants, normalized forecasts, unavailabilities; `/ravenwits`.

Numbers are strings, an empty value is "", paths end in a slash, and the forecast is issued once a UTC day.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from starlette.responses import RedirectResponse, Response

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, found, iso, midnight_utc
from plant_pipeline.sandbox.noise import Floats, fraction, smooth, word
from plant_pipeline.sandbox.plants import COMPANY, DATA, Record, TruePlant
from plant_pipeline.sandbox.production import STEP_H, steps

HORIZON_HOURS: Final = 72


class RavenwitsApi(Api):
    """The customer API under `/api/v0/`."""

    name = "ravenwits"

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered."""
        plants = {id_: _plant(record) for id_, (record, _) in self.world.ravenwits.items()}
        names = {plant["name"] for plant in plants.values()}
        outages = {row["id"]: row for row in DATA["outage"] if row["plant_id"] in names}
        return {
            "POST /api/v0/auth/login/": self._login,
            "GET /api/v0/plants/": lambda _call: list(plants.values()),
            "GET /api/v0/plants/{id}/": lambda call: found(plants, call.id.lower(), Refusal(404)),
            "GET /api/v0/forecasts/normalized/": self._forecasts,
            "GET /api/v0/unavailabilities/": lambda call: [
                row for row in outages.values() if call.one("plant_id") in (None, row["plant_id"])
            ],
            "GET /api/v0/unavailabilities/{id}/": lambda call: found(outages, call.id.lower(), Refusal(404)),
        }

    def authorize(self, call: Call) -> None:
        """The static key, or a token from a login."""
        if not self.token(call):
            raise Refusal(401, {"detail": "Authentication credentials were not provided."})
        super().authorize(call)

    def refuse(self, status: int, call: Call, /) -> object:
        """`{"detail": …}`; a path that only lacks its slash is redirected, as Django does."""
        paths = (*self.data["fixed"], *(entry.partition(" ")[2] for entry in self.routes()))
        lacks_slash = any(re.fullmatch(path.replace("{id}", "[^/]+"), f"{call.path}/") for path in paths)
        if status == 404 and call.request.method == "GET" and lacks_slash:
            query = f"?{call.request.url.query}" if call.request.url.query else ""
            return RedirectResponse(f"/{self.name}{call.path}/{query}", 301)
        return super().refuse(status, call)

    def _login(self, call: Call) -> Json:
        body, own = call.json_object(), self.data["variables"]
        if not body.get("email") or not body.get("password"):
            raise Refusal(400, {"error": "Both 'email' and 'password' are required."})
        if (body["email"], body["password"]) != (own["EMAIL"], own["PASSWORD"]):
            wrong = "incorrect password" if body["email"] == own["EMAIL"] else "email not found"
            raise Refusal(401, {"error": f"Invalid credentials; {wrong}."})
        token, end = self.issue_token(call.now)
        return {"token": token, "expires_at": iso(end), "customer_name": COMPANY, "customer_email": body["email"]}

    def _forecasts(self, call: Call) -> object:
        """One row an hour and plant, labelled with the hour's end in the zone that is asked for."""
        zone_name = (call.one("timezone") or "UTC").replace("EUR-MAD", "Europe/Madrid")
        try:
            zone = ZoneInfo(zone_name)
        except (KeyError, ValueError) as error:
            raise Refusal(400, {"error": f"Unknown timezone: {zone_name}"}) from error
        wanted, issued = call.request.query_params.getlist("plant"), midnight_utc(call.now)
        ends = [(issued + timedelta(hours=hour + 1)).astimezone(zone) for hour in range(HORIZON_HOURS)]
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


def forecast_kwh(plant: TruePlant, issued: datetime) -> Floats:
    """The 72 hourly energies from `issued`, a midnight UTC: the truth, up to 20 % off."""
    start = int(issued.timestamp())
    power = np.maximum(steps(plant, "meter_kw", start, HORIZON_HOURS * 12), 0.0)
    hourly = power.reshape(HORIZON_HOURS, 12).sum(axis=1) * STEP_H
    hours = start + 3600.0 * np.arange(HORIZON_HOURS, dtype=np.float64)
    error = 0.8 + 0.4 * smooth(word(plant.key, "forecast", issued.date()), hours, 6 * 3600.0)
    return np.asarray(hourly * error, dtype=np.float64)


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
