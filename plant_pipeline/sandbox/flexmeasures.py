"""FlexMeasures as its document describes it and as a 1.0.1 server behaves: token, assets, sensors; `/flexmeasures`.

What belongs here: routes, rights, listings in both shapes. What does not: the JSON of an entry
(flexmeasures_records.py), time series (flexmeasures_data.py), statistics and KPIs (flexmeasures_statistics.py).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from starlette.responses import HTMLResponse, Response

from plant_pipeline.sandbox.catalogue import (
    ACCOUNT_ID,
    ACCOUNT_NAME,
    ASSET_TYPES,
    Asset,
    Catalogue,
    Sensor,
)
from plant_pipeline.sandbox.exchange import Call, Endpoint, Tokens, World, page_window
from plant_pipeline.sandbox.flexmeasures_answers import (
    VERSION,
    forbidden,
    not_found,
    page_not_found,
    respond,
    unauthorized,
    unprocessable,
)
from plant_pipeline.sandbox.flexmeasures_data import sensor_data
from plant_pipeline.sandbox.flexmeasures_records import ASSET_FIELDS, Json, asset_json, sensor_json
from plant_pipeline.sandbox.flexmeasures_statistics import kpis, sensor_stats
from plant_pipeline.sandbox.readings import FORECASTER, MEASUREMENTS

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "flexmeasures-sandbox"  # noqa: S105 - opens nothing but this sandbox
USER_ID: Final = 1
DEFAULT_PAGE: Final = 10

_V3: Final = "/api/v3_0"
Entry = TypeVar("Entry", Asset, Sensor)
_ERROR_PAGE: Final = (
    '\n\n\n<!DOCTYPE html>\n<html lang="en">\n<head>\n  <title> Error - FlexMeasures</title>\n</head>\n'
    "<body><h1>The page you are looking for cannot be found.</h1></body>\n</html>\n"
)


class FlexMeasuresApi:
    """API v3_0 for one user of one account, and the token endpoint."""

    name = "flexmeasures"

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens = Tokens(self.name, world, timedelta(hours=6))

    @property
    def _catalogue(self) -> Catalogue:
        return self._world.fleet.catalogue

    def environment(self, base_url: str) -> dict[str, str]:
        """The variables that point the pipeline here."""
        return {
            "FLEXMEASURES_BASE_URL": f"{base_url}/{self.name}",
            "FLEXMEASURES_EMAIL": EMAIL,
            "FLEXMEASURES_PASSWORD": PASSWORD,
            "FLEXMEASURES_ACCOUNT_ID": str(ACCOUNT_ID),
        }

    def endpoints(self) -> Sequence[Endpoint]:
        """Everything that is answered; fixed words before `{id}`."""
        open_routes = (
            Endpoint("GET", "/api/", self._versions),
            Endpoint("POST", "/api/requestAuthToken", self._request_token),
            Endpoint(
                "GET",
                f"{_V3}/health/ready",
                lambda _call: respond({"database_redis": True, "database_sql": True, "status": 200}),
            ),
        )
        routes: tuple[tuple[str, Callable[[Call], Response]], ...] = (
            ("/accounts", self._accounts),
            ("/assets", self._assets),
            ("/assets/public", self._public_assets),
            ("/assets/types", self._asset_types),
            ("/assets/{id}", self._with_asset(self._asset, 404)),
            ("/assets/{id}/sensors", self._with_asset(self._asset_sensors, 422)),
            ("/assets/{id}/kpis", self._with_asset(lambda c, a: kpis(c, a, self._catalogue), 404)),
            ("/assets/{id}/auditlog", self._with_asset(_audit_log, 404)),
            ("/assets/{id}/jobs", self._with_asset(_jobs, 404)),
            ("/sensors", self._sensors),
            ("/sensors/{id}", self._with_sensor(lambda _c, s: respond({**sensor_json(s), "status": 200}), 422)),
            ("/sensors/{id}/data", self._with_sensor(sensor_data, 404)),
            ("/sensors/{id}/stats", self._with_sensor(sensor_stats, 422)),
            ("/sources", lambda _call: respond({"sources": _SOURCES})),
        )
        return [
            *open_routes,
            *(Endpoint("GET", f"{_V3}{template}", self._authorized(handler)) for template, handler in routes),
        ]

    def refuse(self, status: int, _call: Call, /) -> Response:
        """HTML for an unknown path or method, JSON for the rest."""
        if status in (404, 405):
            return HTMLResponse(_ERROR_PAGE, status, {"FlexMeasures-Version": VERSION})
        if status == 401:
            return unauthorized()
        if status == 403:
            return forbidden()
        if status == 429:
            message = "You hit a rate limit. The limit you hit allows 500 per 1 minute."
            return respond({"message": message, "result": "Rejected", "status": "TOO_MANY_REQUESTS"}, status)
        return respond({"message": "Internal Server Error", "status": status}, status)

    def _authorized(self, handler: Callable[[Call], Response]) -> Callable[[Call], Response]:
        def checked(call: Call) -> Response:
            token = call.headers.get("authorization") or call.one("auth_token") or ""
            return handler(call) if self._tokens.is_valid(token, call.now) else unauthorized()

        return checked

    def _with_asset(
        self, handler: Callable[[Call, Asset], Response], missing_status: int
    ) -> Callable[[Call], Response]:
        def found(call: Call) -> Response:
            if not call.parameters["id"].isdecimal():
                return unprocessable("path", "id", "Not a valid integer.")
            asset_id = int(call.parameters["id"])
            asset = self._catalogue.asset_by_id.get(asset_id)
            if asset is None:
                return not_found("path", f"No asset found with ID {asset_id}.", missing_status)
            return handler(call, asset) if asset.account_id in (ACCOUNT_ID, None) else forbidden()

        return found

    def _with_sensor(
        self, handler: Callable[[Call, Sensor], Response], missing_status: int
    ) -> Callable[[Call], Response]:
        def found(call: Call) -> Response:
            if not call.parameters["id"].isdecimal():
                return unprocessable("path", "id", "Not a valid integer.")
            sensor_id = int(call.parameters["id"])
            sensor = self._catalogue.sensor_by_id.get(sensor_id)
            if sensor is None:
                text = (
                    f"Sensor {sensor_id} not found"
                    if missing_status == 404
                    else f"No sensor found with ID {sensor_id}."
                )
                return not_found("path", text, missing_status)
            return handler(call, sensor) if self._catalogue.account_of(sensor) in (ACCOUNT_ID, None) else forbidden()

        return found

    def _versions(self, _call: Call) -> Response:
        message = "For these API versions a public endpoint is available, listing its service: /api/v3_0."
        return respond({"flexmeasures_version": VERSION, "message": message, "status": 200, "versions": ["v3_0"]})

    def _request_token(self, call: Call) -> Response:
        body = call.json_object()
        missing = [name for name in ("email", "password") if not body.get(name)]
        if missing:
            fields = {name: ["Missing data for required field."] for name in missing}
            return respond({"message": {"json": fields}, "result": "Rejected", "status": "UNPROCESSABLE_ENTITY"}, 422)
        if body["email"] != EMAIL:
            text = f"User with email '{body['email']}' does not exist"
            return respond({"errors": [text], "status": 404}, 404)
        if body["password"] != PASSWORD:
            return respond({"errors": ["User password does not match."], "status": 401}, 401)
        token, _ = self._tokens.issue(call.now)
        return respond({"auth_token": token, "status": 200, "user_id": USER_ID})

    def _accounts(self, _call: Call) -> Response:
        return respond([{"account_roles": [], "attributes": "{}", "id": ACCOUNT_ID, "name": ACCOUNT_NAME}])

    def _asset_types(self, _call: Call) -> Response:
        return respond(
            [{"description": text, "id": type_id, "name": name} for name, (type_id, text) in ASSET_TYPES.items()]
        )

    def _public_assets(self, _call: Call) -> Response:
        return respond(
            [asset_json(self._catalogue, asset) for asset in self._catalogue.assets if asset.account_id is None]
        )

    def _asset(self, _call: Call, asset: Asset) -> Response:
        return respond({**asset_json(self._catalogue, asset), "status": 200})

    def _assets(self, call: Call) -> Response:
        account = call.one("account", "account_id")
        if account is not None and account != str(ACCOUNT_ID):
            return forbidden()
        sorting = call.one("sort-by", "sort_by")
        if sorting not in (None, "id", "name", "owner"):
            return unprocessable("query", "sort-by", "Must be one of: id, name, owner.")
        fields = (call.one("fields") or "").split("|") if call.one("fields") else []
        for name in fields:
            if name not in ASSET_FIELDS:
                return unprocessable("query", "fields", f"Parameter '{name}' is not a valid asset field.")
        in_scope = self._assets_in_scope(call)
        chosen = _sorted(_filtered(call, in_scope), call)

        def written(asset: Asset) -> Json:
            whole = asset_json(self._catalogue, asset)
            return {name: whole[name] for name in fields} if fields else whole

        if call.one("page") is None:
            return respond([written(asset) for asset in chosen])
        return _page(call, chosen, written, len(in_scope))

    def _assets_in_scope(self, call: Call) -> list[Asset]:
        """The account's assets, sites before equipment; public ones last, if asked for."""
        with_public = "true" in ((call.one(name) or "").lower() for name in ("all_accessible", "include_public"))
        assets = list(self._catalogue.assets)
        root = call.one("root")
        if root is not None and root.isdecimal() and int(root) in self._catalogue.asset_by_id:
            assets = self._catalogue.subtree(int(root))
        own = [asset for asset in assets if asset.account_id == ACCOUNT_ID]
        own.sort(key=lambda asset: asset.parent_id is not None)
        kind = call.one("asset_type", "asset-type")
        public = [asset for asset in assets if asset.account_id is None] if with_public else []
        return [asset for asset in own + public if kind in (None, str(ASSET_TYPES[asset.asset_type][0]))]

    def _asset_sensors(self, call: Call, asset: Asset) -> Response:
        """Always the envelope, ten by default, whether or not a page is asked for."""
        sensors = self._catalogue.sensors_of.get(asset.id, [])
        terms = (call.one("filter") or "").lower().split()
        chosen = [sensor for sensor in sensors if all(term in sensor.reading.name.lower() for term in terms)]
        if call.one("sort-dir", "sort_dir") and call.one("sort-by", "sort_by") in ("id", "name"):
            is_by_name = call.one("sort-by", "sort_by") == "name"
            chosen.sort(
                key=lambda sensor: (sensor.reading.name if is_by_name else "", sensor.id),
                reverse=call.one("sort-dir", "sort_dir") == "desc",
            )
        return _page(call, chosen, sensor_json, len(sensors))

    def _sensors(self, call: Call) -> Response:
        asset_id, account = call.one("asset", "asset_id"), call.one("account", "account_id")
        if asset_id is not None and account is not None:
            return unprocessable("query", "_schema", "Please provide either an account or an asset ID, not both")
        if account not in (None, str(ACCOUNT_ID)):
            return forbidden()
        sensors = list(self._catalogue.sensors)
        if asset_id is not None:
            asset = self._catalogue.asset_by_id.get(int(asset_id)) if asset_id.isdecimal() else None
            if asset is None:
                return not_found("query", f"No asset found with ID {asset_id}.", 422)
            if asset.account_id not in (ACCOUNT_ID, None):
                return forbidden()
            below = self._catalogue.subtree(asset.id)
            sensors = [sensor for item in below for sensor in self._catalogue.sensors_of.get(item.id, ())]
        else:
            sensors = [sensor for sensor in sensors if self._catalogue.account_of(sensor) == ACCOUNT_ID]
        unit, terms = call.one("unit"), (call.one("filter") or "").lower().split()
        chosen = [
            sensor
            for sensor in sensors
            if unit in (None, sensor.reading.unit) and all(term in sensor.reading.name.lower() for term in terms)
        ]
        if call.one("page") is None:
            return respond([sensor_json(sensor) for sensor in chosen])
        return _page(call, chosen, sensor_json, len(chosen))


_SOURCES: Final = (
    {"description": "Seita", "id": 1, "name": "Seita", "type": "demo script"},
    {"description": "Seita", "id": FORECASTER, "name": "Seita", "type": "forecaster"},
    {"description": "Seita", "id": 3, "name": "Seita", "type": "scheduler"},
    {
        "account_id": ACCOUNT_ID,
        "description": "etl-at-sandbox.example",
        "id": MEASUREMENTS,
        "name": "etl-at-sandbox.example",
        "type": "user",
        "user_id": USER_ID,
    },
)


def _audit_log(_call: Call, asset: Asset) -> Response:
    """Two events per asset; times without offset, and underscores in the names of the counts."""
    events = [
        {
            "event": f"{verb} asset '{asset.name}': {asset.id}",
            "event_datetime": instant,
            "active_user_name": "etl-at-sandbox.example",
        }
        for verb, instant in (("Created", "2024-12-20T10:15:00"), ("Updated", "2025-06-02T07:45:00"))
    ]
    return respond({"data": events, "num_records": len(events), "filtered_records": len(events)})


def _jobs(_call: Call, _asset: Asset) -> Response:
    """Background jobs are short-lived: there are none left."""
    return respond({"jobs": [], "redis_connection_err": None})


def _filtered(call: Call, assets: Sequence[Asset]) -> list[Asset]:
    terms = (call.one("filter") or "").lower().replace('"', "").split()
    return [asset for asset in assets if all(term in f"{asset.name} {ACCOUNT_NAME}".lower() for term in terms)]


def _sorted(assets: list[Asset], call: Call) -> list[Asset]:
    """Sorting needs a direction too; without one the order is the server's own."""
    direction, sorting = call.one("sort-dir", "sort_dir"), call.one("sort-by", "sort_by")
    if direction is None or sorting is None:
        return assets
    return sorted(
        assets,
        key=lambda asset: (asset.name if sorting == "name" else "", asset.id),
        reverse=direction == "desc",
    )


def _page(call: Call, rows: Sequence[Entry], written: Callable[[Entry], Json], total: int) -> Response:
    """One page as an envelope; a page past the end is 404, but the first page of nothing is empty."""
    texts = {"page": call.one("page") or "1", "per-page": call.one("per-page", "per_page") or str(DEFAULT_PAGE)}
    for name, text in texts.items():
        if not text.isdecimal() or int(text) < 1:
            return unprocessable("query", name, "Must be greater than or equal to 1.")
    page, size = int(texts["page"]), int(texts["per-page"])
    chosen = rows[page_window(page, size)]
    if not chosen and page > 1:
        return page_not_found()
    return respond(
        {
            "data": [written(row) for row in chosen],
            "filtered-records": len(rows),
            "num-records": total,
            "status": 200,
        }
    )
