"""FlexMeasures as its document describes it and as a 1.0.1 server behaves: token, assets, sensors; `/flexmeasures`."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from starlette.responses import HTMLResponse

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, Row, Sandbox, found, page_of
from plant_pipeline.sandbox.flexmeasures_data import (
    KPIS,
    MISSING,
    duration_text,
    kpis,
    rejected,
    stats,
    status,
    time_series,
)
from plant_pipeline.sandbox.plants import ACCOUNT_ID, COMPANY, DATA
from plant_pipeline.sandbox.readings import sources_of
from plant_pipeline.sandbox.weather import DAY_S
from plant_pipeline.sandbox.world import Asset, Signal

_V3: Final = "/api/v3_0"
_TYPES: Final = {row["name"]: row["id"] for row in DATA["api"]["flexmeasures"]["fixed"][f"{_V3}/assets/types"]}


class FlexMeasuresApi(Api):
    """API v3_0 for one user of one account, and the token endpoint: rows by id, in lists or in pages."""

    name = "flexmeasures"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._assets = {asset.id: _asset_json(asset) for asset in self.world.assets.values()}
        self._sensors = {signal.id: _sensor_json(signal) for signal in self.world.signals.values()}

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered; fixed words before `{id}`."""
        asset, sensor = f"GET {_V3}/assets/{{id}}", f"GET {_V3}/sensors/{{id}}"
        return {
            "POST /api/requestAuthToken": self._request_token,
            f"GET {_V3}/assets": self._list_assets,
            f"GET {_V3}/assets/public": lambda _call: self._assets_of(None),
            asset: lambda call: {**self._assets[self._asset(call, 404).id], "status": 200},
            f"{asset}/sensors": lambda call: _listing(
                call, _sorted(call, self._sensors_of([self._asset(call, 422)])), is_bare=False
            ),
            f"{asset}/auditlog": lambda call: _history(call, self._asset(call, 404)),
            f"{asset}/jobs": lambda call: _jobs(call, self._asset(call, 404)),
            f"{asset}/kpis": lambda call: kpis(call, self._asset(call, 404).signals),
            f"GET {_V3}/sensors": self._list_sensors,
            sensor: lambda call: {**self._sensors[self._signal(call, 422).id], "status": 200},
            f"{sensor}/data": lambda call: time_series(call, self._signal(call, 404)),
            f"{sensor}/stats": lambda call: stats(call, self._signal(call, 422)),
            f"{sensor}/status": lambda call: status(call, self._signal(call, 422)),
        }

    def token(self, call: Call) -> str:
        """The bare token, without `Bearer`."""
        return call.request.headers.get("authorization") or call.one("auth_token") or ""

    def refuse(self, status: int, _call: Call, /) -> object:
        """HTML for an unknown path or method, JSON for the rest."""
        if status in (404, 405):
            version = {"FlexMeasures-Version": self.data["headers"]["FlexMeasures-Version"]}
            return HTMLResponse(self.data["words"]["html"], status, version)
        code, message = self.data["words"].get(str(status), (status, "Internal Server Error"))
        return {"message": message, "status": code, **({"result": "Rejected"} if status in (403, 429) else {})}

    def _request_token(self, call: Call) -> Json:
        body, own = call.json_object(), self.data["variables"]
        if missing := [name for name in ("email", "password") if not body.get(name)]:
            raise rejected("json", {name: [MISSING] for name in missing})
        if body["email"] != own["EMAIL"]:
            raise Refusal(404, {"errors": [f"User with email '{body['email']}' does not exist"], "status": 404})
        if body["password"] != own["PASSWORD"]:
            raise Refusal(401, {"errors": ["User password does not match."], "status": 401})
        return {"auth_token": self.issue_token(call.now)[0], "status": 200, "user_id": 1}

    def _assets_of(self, account_id: int | None) -> list[Json]:
        return [row for row in self._assets.values() if row["account_id"] == account_id]

    def _sensors_of(self, assets: list[Asset]) -> list[Json]:
        return [self._sensors[signal.id] for asset in assets for signal in asset.signals]

    def _asset(self, call: Call, missing_status: int) -> Asset:
        return _entry(call, self.world.assets, missing_status, f"No asset found with ID {call.id}.")

    def _signal(self, call: Call, missing_status: int) -> Signal:
        text = f"Sensor {call.id} not found" if missing_status == 404 else f"No sensor found with ID {call.id}."
        return _entry(call, self.world.signals, missing_status, text)

    def _list_assets(self, call: Call) -> object:
        """The account's assets, sites before devices; public ones last, if asked for."""
        _check_account(call.one("account", "account-id"))
        if call.one("sort-by") not in (None, "id", "name", "owner"):
            raise rejected("query", {"sort-by": ["Must be one of: id, name, owner."]})
        fields = [name for name in (call.one("fields") or "").split("|") if name]
        if unknown := [name for name in fields if name not in self._assets[1]]:
            raise rejected("query", {"fields": [f"Parameter '{unknown[0]}' is not a valid asset field."]})
        rows = sorted(self._assets_of(ACCOUNT_ID), key=lambda row: row["parent_asset_id"] is not None)
        if "true" in ((call.one(name) or "").lower() for name in ("all-accessible", "include-public")):
            rows += self._assets_of(None)
        return _listing(call, _sorted(call, rows), fields)

    def _list_sensors(self, call: Call) -> object:
        """Those of the account in the order of their ids, or those of a subtree in its order."""
        asked, unit = call.one("asset", "asset-id"), call.one("unit")
        if asked is not None and call.one("account", "account-id") is not None:
            raise rejected("query", {"_schema": ["Please provide either an account or an asset ID, not both"]})
        _check_account(call.one("account", "account-id"))
        rows = [self._sensors[s.id] for s in self.world.signals.values() if s.asset.account_id == ACCOUNT_ID]
        if asked is not None:
            missing = rejected("query", {"id": [f"No asset found with ID {asked}."]})
            asset = found(self.world.assets, int(asked) if asked.isdecimal() else None, missing)
            _check_account(asset.account_id)
            rows = self._sensors_of(asset.subtree())
        return _listing(call, [row for row in rows if unit in (None, row["unit"])])


def _asset_json(asset: Asset) -> Json:
    """An asset with all its fields; five of them are JSON inside a string."""
    daily = [(signal.id, KPIS[signal.curve]) for signal in asset.signals if signal.is_daily]
    shown = [{"title": kpi["title"], "sensor": signal_id, **kpi} for signal_id, kpi in daily]
    return {
        **_asset_head(asset),
        "attributes": orjson.dumps(asset.attributes).decode(),
        "child_assets": [_asset_head(child) for child in asset.children],
        "description": None,
        "external_id": asset.external_id,
        "flex_context": "{}",
        "flex_model": orjson.dumps(asset.flex_model).decode(),
        "generic_asset_type_id": _TYPES[asset.asset_type],
        "latitude": asset.latitude,
        "longitude": asset.longitude,
        "owner": None if asset.account_id is None else {"id": ACCOUNT_ID, "name": COMPANY},
        "parent_asset_id": asset.parent and asset.parent.id,
        "sensors": [{"id": signal.id, "name": signal.name} for signal in asset.signals],
        "sensors_to_show": "[]",
        "sensors_to_show_as_kpis": orjson.dumps(shown).decode(),
    }


def _sensor_json(signal: Signal) -> Json:
    """A sensor with all its fields; the resolution is `PT5M`, `PT1H`, `P1D`, and `P0D` for an instant."""
    seconds = signal.resolution_s
    return {
        "attributes": orjson.dumps(signal.attributes).decode(),
        "entity_address": f"ea1.2026-01.sandbox.example:fm1.{signal.id}",
        "event_resolution": f"P{seconds // DAY_S}D" if seconds % DAY_S == 0 else duration_text(seconds),
        "generic_asset_id": signal.asset.id,
        "id": signal.id,
        "name": signal.name,
        "timezone": signal.asset.timezone,
        "unit": signal.unit,
    }


def _asset_head(asset: Asset) -> Json:
    kind = {"id": _TYPES[asset.asset_type], "name": asset.asset_type}
    return {"account_id": asset.account_id, "generic_asset_type": kind, "id": asset.id, "name": asset.name}


def _history(call: Call, asset: Asset) -> object:
    """What was done to the asset, in an envelope whatever is asked for; instants without an offset are UTC."""
    made = [f"Created asset '{asset.name}': {asset.id}"]
    made += [f"Created sensor '{signal.name}': {signal.id}" for signal in asset.signals]
    rows = [
        {
            "event": event,
            "event_datetime": f"2026-01-02T08:{number % 60:02}:00",
            "active_user_name": "ops",
            "active_user_id": 1,
        }
        for number, event in enumerate(made)
    ]
    if call.one("sort-by") == "event_datetime" and call.one("sort-dir") == "desc":
        rows.reverse()
    listing: Any = _listing(call, rows, is_bare=False)
    return {name: value for name, value in listing.items() if name != "status"}


def _jobs(call: Call, asset: Asset) -> Json:
    """A forecast of each sensor that has one, made after midnight; the queue forgets those of yesterday."""
    jobs = [
        {
            "job_id": f"00000000-0000-4000-8000-{signal.id:012}",
            "queue": "forecasting",
            "asset_or_sensor_type": "sensor",
            "asset_id": signal.id,
            "status": "finished",
            "err": None,
            "enqueued_at": f"{call.now:%Y-%m-%d}T00:30:00",
            "metadata_hash": f"{signal.id:064x}",
        }
        for signal in asset.signals
        if not signal.is_daily and len(sources_of(signal)) > 1
    ]
    return {"jobs": jobs, "redis_connection_err": None}


def _check_account(account: object) -> None:
    """403 for an account that is another's; None is public, or not asked for."""
    if str(account) not in (str(ACCOUNT_ID), str(None)):
        raise Refusal(403)


def _entry(call: Call, entries: Mapping[int, Row], missing_status: int, text: str) -> Row:
    """The entry in the path, if the caller may see it; for a missing id some routes answer 404, others 422."""
    if not call.id.isdecimal():
        raise rejected("path", {"id": ["Not a valid integer."]})
    missing = Refusal(404, {"message": text, "status": 404})
    entry = found(entries, int(call.id), missing if missing_status == 404 else rejected("path", {"id": [text]}))
    asset: Any = getattr(entry, "asset", entry)
    _check_account(asset.account_id)
    return entry


def _sorted(call: Call, rows: list[Json]) -> list[Json]:
    """Sorting needs a direction too; without one the order is the server's own."""
    direction, sorting = call.one("sort-dir"), call.one("sort-by")
    if direction is None or sorting is None:
        return rows
    return sorted(
        rows, key=lambda row: (row["name"] if sorting == "name" else "", row["id"]), reverse=direction == "desc"
    )


def _listing(call: Call, rows: list[Json], fields: Collection[str] = (), *, is_bare: bool = True) -> object:
    """A bare list; if a page is asked for, or never bare, rows in an envelope, ten by default; `fields`: only these.

    A page past the end is 404, but the first page of nothing is empty.
    """
    if is_bare and call.one("page") is None:
        return [_part(row, fields) for row in rows]
    least = "Must be greater than or equal to 1."
    shown, page, _, total = page_of(call, rows, "per-page", 10, 10**9, lambda name: rejected("query", {name: [least]}))
    if not shown and page > 1:
        raise Refusal(404, {"message": DATA["api"]["flexmeasures"]["words"]["no_page"], "status": 404})
    shown = [_part(row, fields) for row in shown]
    return {"data": shown, "filtered-records": total, "num-records": total, "status": 200}


def _part(row: Json, fields: Collection[str]) -> Json:
    return {name: row[name] for name in row if name in fields} if fields else row
