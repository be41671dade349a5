"""FlexMeasures as its document describes it and as a 1.0.1 server behaves: token, assets, sensors; `/flexmeasures`.

What belongs here: routes, rights, listings in both shapes. What does not: time series (flexmeasures_data.py).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final, TypeVar

import orjson
from starlette.responses import HTMLResponse

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, page_of
from plant_pipeline.sandbox.catalogue import DAY, Catalogue, Sensor
from plant_pipeline.sandbox.flexmeasures_data import (
    KPI_TITLES,
    MISSING,
    duration_text,
    kpis,
    rejected,
    sensor_data,
    sensor_stats,
)
from plant_pipeline.sandbox.plants import Asset
from plant_pipeline.sandbox.roster import ACCOUNT_ID, COMPANY, DATA

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "flexmeasures-sandbox"  # noqa: S105 - opens nothing but this sandbox
VERSION: Final = "1.0.1"
DEFAULT_PAGE: Final = 10
USER: Final = "etl-at-sandbox.example"

_V3: Final = "/api/v3_0"
_TYPE_IDS: Final = {name: number for number, name in enumerate(DATA["asset_types"], start=1)}
_ERROR_PAGE: Final = (
    '\n\n\n<!DOCTYPE html>\n<html lang="en">\n<head>\n  <title> Error - FlexMeasures</title>\n</head>\n'
    "<body><h1>The page you are looking for cannot be found.</h1></body>\n</html>\n"
)
_NO_PAGE: Final = (
    "The requested URL was not found on the server. If you entered the URL manually please check your spelling."
)
_WORDS: Final = {
    401: ("UNAUTHORIZED", "You could not be properly authenticated for this content or functionality."),
    403: ("INVALID_SENDER", "You cannot be authorized for this content or functionality."),
    429: ("TOO_MANY_REQUESTS", "You hit a rate limit. The limit you hit allows 500 per 1 minute."),
}

Entry = TypeVar("Entry", Asset, Sensor)


class FlexMeasuresApi(Api):
    """API v3_0 for one user of one account, and the token endpoint."""

    name, prefix = "flexmeasures", "FLEXMEASURES"
    variables: ClassVar = {
        "FLEXMEASURES_EMAIL": EMAIL,
        "FLEXMEASURES_PASSWORD": PASSWORD,
        "FLEXMEASURES_ACCOUNT_ID": str(ACCOUNT_ID),
    }
    # Retry-After comes with every answer, also a good one.
    headers: ClassVar = {
        "FlexMeasures-Version": VERSION,
        "API-Version": "v3_0",
        "X-RateLimit-Limit": "500",
        "X-RateLimit-Remaining": "499",
        "Retry-After": "5",
    }
    open_routes = frozenset({"/api/", "/api/requestAuthToken", f"{_V3}/health/ready"})
    token_lifetime = timedelta(hours=6)

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered; fixed words before `{id}`."""
        below: dict[str, Handler] = {
            "/health/ready": lambda _call: {"database_redis": True, "database_sql": True, "status": 200},
            "/accounts": lambda _call: [{"account_roles": [], "attributes": "{}", "id": ACCOUNT_ID, "name": COMPANY}],
            "/assets": self._assets,
            "/assets/public": lambda _call: [
                asset_json(self._catalogue, asset) for asset in self._catalogue.assets if asset.account_id is None
            ],
            "/assets/types": lambda _call: [
                {"description": text, "id": _TYPE_IDS[name], "name": name} for name, text in DATA["asset_types"].items()
            ],
            "/assets/{id}": lambda call: {**asset_json(self._catalogue, self._asset(call, 404)), "status": 200},
            "/assets/{id}/sensors": self._asset_sensors,
            "/assets/{id}/kpis": lambda call: kpis(call, self._catalogue.sensors_of.get(self._asset(call, 404).id, [])),
            "/assets/{id}/auditlog": lambda call: _audit_log(self._asset(call, 404)),
            "/assets/{id}/jobs": lambda call: _jobs(self._asset(call, 404)),
            "/sensors": self._sensors,
            "/sensors/{id}": lambda call: {**sensor_json(self._sensor(call, 422)), "status": 200},
            "/sensors/{id}/data": lambda call: sensor_data(call, self._sensor(call, 404)),
            "/sensors/{id}/stats": lambda call: sensor_stats(call, self._sensor(call, 422)),
            "/sources": lambda _call: {"sources": DATA["data_source"]},
        }
        return {
            "GET /api/": lambda _call: {
                "flexmeasures_version": VERSION,
                "message": "For these API versions a public endpoint is available, listing its service: /api/v3_0.",
                "status": 200,
                "versions": ["v3_0"],
            },
            "POST /api/requestAuthToken": self._request_token,
            **{f"GET {_V3}{template}": handler for template, handler in below.items()},
        }

    def authorize(self, call: Call) -> None:
        """The bare token, without `Bearer`."""
        if not self.is_valid(call.request.headers.get("authorization") or call.one("auth_token") or "", call.now):
            raise Refusal(401)

    def refuse(self, status: int, _call: Call, /) -> object:
        """HTML for an unknown path or method, JSON for the rest."""
        if status in (404, 405):
            return HTMLResponse(_ERROR_PAGE, status, {"FlexMeasures-Version": VERSION})
        code, message = _WORDS.get(status, (status, "Internal Server Error"))
        return {"message": message, "status": code, **({"result": "Rejected"} if status in (403, 429) else {})}

    @property
    def _catalogue(self) -> Catalogue:
        return self.world.fleet.catalogue

    def _request_token(self, call: Call) -> Json:
        body = call.json_object()
        missing = [name for name in ("email", "password") if not body.get(name)]
        if missing:
            raise rejected("json", {name: [MISSING] for name in missing})
        if body["email"] != EMAIL:
            raise Refusal(404, {"errors": [f"User with email '{body['email']}' does not exist"], "status": 404})
        if body["password"] != PASSWORD:
            raise Refusal(401, {"errors": ["User password does not match."], "status": 401})
        return {"auth_token": self.issue_token(call.now)[0], "status": 200, "user_id": 1}

    def _asset(self, call: Call, missing_status: int) -> Asset:
        """The asset in the path, if the caller may see it."""
        text = f"No asset found with ID {call.id}."
        return self._seen(_entry(call, self._catalogue.asset_by_id, missing_status, text))

    def _sensor(self, call: Call, missing_status: int) -> Sensor:
        text = f"Sensor {call.id} not found" if missing_status == 404 else f"No sensor found with ID {call.id}."
        sensor = _entry(call, self._catalogue.sensor_by_id, missing_status, text)
        self._seen(self._catalogue.asset_by_id[sensor.asset_id])
        return sensor

    def _seen(self, asset: Asset) -> Asset:
        if asset.account_id not in (ACCOUNT_ID, None):
            raise Refusal(403)
        return asset

    def _assets(self, call: Call) -> object:
        if call.one("account", "account-id") not in (None, str(ACCOUNT_ID)):
            raise Refusal(403)
        if call.one("sort-by") not in (None, "id", "name", "owner"):
            raise rejected("query", {"sort-by": ["Must be one of: id, name, owner."]})
        fields = [name for name in (call.one("fields") or "").split("|") if name]
        known = asset_json(self._catalogue, self._catalogue.assets[0]).keys()
        if unknown := [name for name in fields if name not in known]:
            raise rejected("query", {"fields": [f"Parameter '{unknown[0]}' is not a valid asset field."]})

        def written(asset: Asset) -> Json:
            whole = asset_json(self._catalogue, asset)
            return {name: whole[name] for name in fields} if fields else whole

        in_scope = self._assets_in_scope(call)
        chosen = _chosen(call, in_scope, lambda asset: f"{asset.name} {COMPANY}", lambda asset: asset.name)
        if call.one("page") is None:
            return [written(asset) for asset in chosen]
        return _paged(call, chosen, written, len(in_scope))

    def _assets_in_scope(self, call: Call) -> list[Asset]:
        """The account's assets, sites before equipment; public ones last, if asked for."""
        root, kind = call.one("root"), call.one("asset-type")
        assets: Sequence[Asset] = self._catalogue.assets
        if root is not None and root.isdecimal() and int(root) in self._catalogue.asset_by_id:
            assets = self._catalogue.subtree(int(root))
        own = [asset for asset in assets if asset.account_id == ACCOUNT_ID]
        own.sort(key=lambda asset: asset.parent_id is not None)
        with_public = "true" in ((call.one(name) or "").lower() for name in ("all-accessible", "include-public"))
        public = [asset for asset in assets if asset.account_id is None] if with_public else []
        return [asset for asset in own + public if kind in (None, str(_TYPE_IDS[asset.asset_type]))]

    def _asset_sensors(self, call: Call) -> Json:
        """Always the envelope, ten by default, whether or not a page is asked for."""
        sensors = self._catalogue.sensors_of.get(self._asset(call, 422).id, [])
        return _paged(call, _chosen(call, sensors, _sensor_name, _sensor_name), sensor_json, len(sensors))

    def _sensors(self, call: Call) -> object:
        asked, account, unit = call.one("asset", "asset-id"), call.one("account", "account-id"), call.one("unit")
        if asked is not None and account is not None:
            raise rejected("query", {"_schema": ["Please provide either an account or an asset ID, not both"]})
        if account not in (None, str(ACCOUNT_ID)):
            raise Refusal(403)
        assets = [asset for asset in self._catalogue.assets if asset.account_id == ACCOUNT_ID]
        if asked is not None:
            asset = self._catalogue.asset_by_id.get(int(asked)) if asked.isdecimal() else None
            if asset is None:
                raise rejected("query", {"id": [f"No asset found with ID {asked}."]})
            assets = self._catalogue.subtree(self._seen(asset).id)
        sensors = [sensor for asset in assets for sensor in self._catalogue.sensors_of.get(asset.id, ())]
        of_unit = [sensor for sensor in sensors if unit in (None, sensor.reading.unit)]
        # Within a subtree in its order, else in the order of the ids.
        of_unit = of_unit if asked is not None else sorted(of_unit, key=lambda sensor: sensor.id)
        chosen = _matching(call, of_unit, _sensor_name)
        if call.one("page") is None:
            return [sensor_json(sensor) for sensor in chosen]
        return _paged(call, chosen, sensor_json, len(chosen))


def asset_json(catalogue: Catalogue, asset: Asset) -> Json:
    """An asset with all its fields; five of them are JSON inside a string."""
    sensors = catalogue.sensors_of.get(asset.id, [])
    kpi_sensors = ((sensor, *KPI_TITLES[sensor.reading.curve]) for sensor in sensors if sensor.is_daily)
    shown = [
        {"title": title, "sensor": sensor.id, **({"function": function} if function else {})}
        for sensor, title, function in kpi_sensors
    ]
    return {
        **_asset_head(asset),
        "attributes": _text(asset.attributes),
        "child_assets": [_asset_head(child) for child in catalogue.children.get(asset.id, ())],
        "description": None,
        "external_id": asset.external_id,
        "flex_context": "{}",
        "flex_model": _text(asset.flex_model),
        "generic_asset_type_id": _TYPE_IDS[asset.asset_type],
        "latitude": asset.latitude,
        "longitude": asset.longitude,
        "owner": None if asset.account_id is None else {"id": ACCOUNT_ID, "name": COMPANY},
        "parent_asset_id": asset.parent_id,
        "sensors": [{"id": sensor.id, "name": sensor.reading.name} for sensor in sensors],
        "sensors_to_show": "[]",
        "sensors_to_show_as_kpis": _text(shown),
    }


def sensor_json(sensor: Sensor) -> Json:
    """A sensor with all its fields; the resolution is `PT5M`, `PT1H`, `P1D`, and `P0D` for an instant."""
    seconds = sensor.reading.resolution_s
    return {
        "attributes": _text(sensor.reading.attributes),
        "entity_address": f"ea1.2026-01.sandbox.example:fm1.{sensor.id}",
        "event_resolution": f"P{seconds // DAY}D" if seconds % DAY == 0 else duration_text(seconds),
        "generic_asset_id": sensor.asset_id,
        "id": sensor.id,
        "name": sensor.reading.name,
        "timezone": sensor.timezone,
        "unit": sensor.reading.unit,
    }


def _asset_head(asset: Asset) -> Json:
    kind = {"id": _TYPE_IDS[asset.asset_type], "name": asset.asset_type}
    return {"account_id": asset.account_id, "generic_asset_type": kind, "id": asset.id, "name": asset.name}


def _audit_log(asset: Asset) -> Json:
    """Two events per asset; times without offset, and underscores in the names of the counts."""
    events = [
        {"event": f"{verb} asset '{asset.name}': {asset.id}", "event_datetime": instant, "active_user_name": USER}
        for verb, instant in (("Created", "2024-12-20T10:15:00"), ("Updated", "2025-06-02T07:45:00"))
    ]
    return {"data": events, "num_records": len(events), "filtered_records": len(events)}


def _jobs(_asset: Asset) -> Json:
    """Background jobs are short-lived: there are none left."""
    return {"jobs": [], "redis_connection_err": None}


def _text(content: Mapping[str, object] | Sequence[object]) -> str:
    return orjson.dumps(content).decode()


def _sensor_name(sensor: Sensor) -> str:
    return sensor.reading.name


def _matching(call: Call, rows: Sequence[Entry], text: Callable[[Entry], str]) -> list[Entry]:
    """The rows whose text holds every word of `filter`."""
    terms = (call.one("filter") or "").lower().replace('"', "").split()
    return [row for row in rows if all(term in text(row).lower() for term in terms)]


def _chosen(
    call: Call, rows: Sequence[Entry], text: Callable[[Entry], str], name: Callable[[Entry], str]
) -> list[Entry]:
    """Filtered and sorted; sorting needs a direction too, without one the order is the server's own."""
    chosen, direction, sorting = _matching(call, rows, text), call.one("sort-dir"), call.one("sort-by")
    if direction is None or sorting is None:
        return chosen
    return sorted(chosen, key=lambda row: (name(row) if sorting == "name" else "", row.id), reverse=direction == "desc")


def _entry(call: Call, entries: Mapping[int, Entry], missing_status: int, text: str) -> Entry:
    """The entry in the path; for a missing id some routes answer 404, others 422."""
    if not call.id.isdecimal():
        raise rejected("path", {"id": ["Not a valid integer."]})
    if int(call.id) in entries:
        return entries[int(call.id)]
    raise Refusal(404, {"message": text, "status": 404}) if missing_status == 404 else rejected("path", {"id": [text]})


def _bad_number(name: str) -> Refusal:
    return rejected("query", {name: ["Must be greater than or equal to 1."]})


def _paged(call: Call, rows: Sequence[Entry], written: Callable[[Entry], Json], total: int) -> Json:
    """One page as an envelope; a page past the end is 404, but the first page of nothing is empty."""
    chosen, page, _ = page_of(call, rows, "per-page", DEFAULT_PAGE, 10**9, _bad_number)
    if not chosen and page > 1:
        raise Refusal(404, {"message": _NO_PAGE, "status": 404})
    data = [written(row) for row in chosen]
    return {"data": data, "filtered-records": len(rows), "num-records": total, "status": 200}
