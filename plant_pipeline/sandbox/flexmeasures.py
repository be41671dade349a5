"""FlexMeasures as its document describes it and as a 1.0.1 server behaves: token, assets, sensors; `/flexmeasures`.

What belongs here: routes, rights, listings in both shapes. What does not: time series (flexmeasures_data.py).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final, TypeVar

import orjson
from starlette.responses import HTMLResponse

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, page_of
from plant_pipeline.sandbox.flexmeasures_data import KPIS, MISSING, duration_text, kpis, rejected, stats, time_series
from plant_pipeline.sandbox.plants import ACCOUNT_ID, COMPANY, DATA
from plant_pipeline.sandbox.weather import DAY_S
from plant_pipeline.sandbox.world import Asset, Signal

EMAIL: Final = "etl@sandbox.example"
PASSWORD: Final = "flexmeasures-sandbox"  # noqa: S105 - opens nothing but this sandbox

_V3: Final = "/api/v3_0"
_TYPES: Final = {row["name"]: row["id"] for row in DATA["fixed"]["flexmeasures"][f"{_V3}/assets/types"]}

Entry = TypeVar("Entry", Asset, Signal)


class FlexMeasuresApi(Api):
    """API v3_0 for one user of one account, and the token endpoint."""

    name, prefix = "flexmeasures", "FLEXMEASURES"
    variables: ClassVar = {
        "FLEXMEASURES_EMAIL": EMAIL,
        "FLEXMEASURES_PASSWORD": PASSWORD,
        "FLEXMEASURES_ACCOUNT_ID": str(ACCOUNT_ID),
    }
    open_routes = frozenset({"/api/", "/api/requestAuthToken", f"{_V3}/health/ready"})
    token_lifetime = timedelta(hours=6)

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered; fixed words before `{id}`."""
        asset, sensor = f"GET {_V3}/assets/{{id}}", f"GET {_V3}/sensors/{{id}}"
        return {
            **self.fixed(),
            "POST /api/requestAuthToken": self._request_token,
            f"GET {_V3}/assets": self._assets,
            f"GET {_V3}/assets/public": lambda _call: [_asset_json(row) for row in self._assets_of(None)],
            asset: lambda call: {**_asset_json(self._asset(call, 404)), "status": 200},
            f"{asset}/sensors": self._asset_sensors,
            f"{asset}/kpis": lambda call: kpis(call, self._asset(call, 404).signals),
            f"GET {_V3}/sensors": self._sensors,
            sensor: lambda call: {**_sensor_json(self._signal(call, 422)), "status": 200},
            f"{sensor}/data": lambda call: time_series(call, self._signal(call, 404)),
            f"{sensor}/stats": lambda call: stats(call, self._signal(call, 422)),
        }

    def authorize(self, call: Call) -> None:
        """The bare token, without `Bearer`."""
        self.check_token(call.request.headers.get("authorization") or call.one("auth_token") or "", call.now)

    def refuse(self, status: int, _call: Call, /) -> object:
        """HTML for an unknown path or method, JSON for the rest."""
        if status in (404, 405):
            version = {"FlexMeasures-Version": self.headers["FlexMeasures-Version"]}
            return HTMLResponse(self.words["html"], status, version)
        code, message = self.words.get(str(status), (status, "Internal Server Error"))
        return {"message": message, "status": code, **({"result": "Rejected"} if status in (403, 429) else {})}

    def _request_token(self, call: Call) -> Json:
        body = call.json_object()
        if missing := [name for name in ("email", "password") if not body.get(name)]:
            raise rejected("json", {name: [MISSING] for name in missing})
        if body["email"] != EMAIL:
            raise Refusal(404, {"errors": [f"User with email '{body['email']}' does not exist"], "status": 404})
        if body["password"] != PASSWORD:
            raise Refusal(401, {"errors": ["User password does not match."], "status": 401})
        return {"auth_token": self.issue_token(call.now)[0], "status": 200, "user_id": 1}

    def _assets_of(self, account_id: int | None) -> list[Asset]:
        return [asset for asset in self.world.assets.values() if asset.account_id == account_id]

    def _asset(self, call: Call, missing_status: int) -> Asset:
        """The asset in the path, if the caller may see it."""
        return _seen(_entry(call, self.world.assets, missing_status, f"No asset found with ID {call.id}."))

    def _signal(self, call: Call, missing_status: int) -> Signal:
        text = f"Sensor {call.id} not found" if missing_status == 404 else f"No sensor found with ID {call.id}."
        signal = _entry(call, self.world.signals, missing_status, text)
        _seen(signal.asset)
        return signal

    def _assets(self, call: Call) -> object:
        """The account's assets, sites before devices; public ones last, if asked for."""
        _check_account(call)
        if call.one("sort-by") not in (None, "id", "name", "owner"):
            raise rejected("query", {"sort-by": ["Must be one of: id, name, owner."]})
        fields = [name for name in (call.one("fields") or "").split("|") if name]
        known = _asset_json(self.world.assets[1]).keys()
        if unknown := [name for name in fields if name not in known]:
            raise rejected("query", {"fields": [f"Parameter '{unknown[0]}' is not a valid asset field."]})
        own = sorted(self._assets_of(ACCOUNT_ID), key=lambda asset: asset.parent is not None)
        with_public = "true" in ((call.one(name) or "").lower() for name in ("all-accessible", "include-public"))
        rows = own + (self._assets_of(None) if with_public else [])

        def written(asset: Asset) -> Json:
            return {name: value for name, value in _asset_json(asset).items() if name in (fields or known)}

        return _listing(call, _sorted(call, rows), written)

    def _asset_sensors(self, call: Call) -> Json:
        """Always the envelope, ten by default, whether or not a page is asked for."""
        return _page(call, _sorted(call, self._asset(call, 422).signals), _sensor_json)

    def _sensors(self, call: Call) -> object:
        """Those of the account in the order of their ids, or those of a subtree in its order."""
        asked, unit = call.one("asset", "asset-id"), call.one("unit")
        if asked is not None and call.one("account", "account-id") is not None:
            raise rejected("query", {"_schema": ["Please provide either an account or an asset ID, not both"]})
        _check_account(call)
        signals = [signal for signal in self.world.signals.values() if signal.asset.account_id == ACCOUNT_ID]
        if asked is not None:
            asset = self.world.assets.get(int(asked)) if asked.isdecimal() else None
            if asset is None:
                raise rejected("query", {"id": [f"No asset found with ID {asked}."]})
            signals = [signal for below in _seen(asset).subtree() for signal in below.signals]
        return _listing(call, [signal for signal in signals if unit in (None, signal.unit)], _sensor_json)


def _asset_json(asset: Asset) -> Json:
    """An asset with all its fields; five of them are JSON inside a string."""
    shown = [
        {"title": KPIS[signal.curve]["title"], "sensor": signal.id, **KPIS[signal.curve]}
        for signal in asset.signals
        if signal.is_daily
    ]
    return {
        **_asset_head(asset),
        "attributes": _text(asset.attributes),
        "child_assets": [_asset_head(child) for child in asset.children],
        "description": None,
        "external_id": asset.external_id,
        "flex_context": "{}",
        "flex_model": _text(asset.flex_model),
        "generic_asset_type_id": _TYPES[asset.asset_type],
        "latitude": asset.latitude,
        "longitude": asset.longitude,
        "owner": None if asset.account_id is None else {"id": ACCOUNT_ID, "name": COMPANY},
        "parent_asset_id": asset.parent and asset.parent.id,
        "sensors": [{"id": signal.id, "name": signal.name} for signal in asset.signals],
        "sensors_to_show": "[]",
        "sensors_to_show_as_kpis": _text(shown),
    }


def _sensor_json(signal: Signal) -> Json:
    """A sensor with all its fields; the resolution is `PT5M`, `PT1H`, `P1D`, and `P0D` for an instant."""
    seconds = signal.resolution_s
    return {
        "attributes": _text(signal.attributes),
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


def _text(content: Mapping[str, object] | Sequence[object]) -> str:
    return orjson.dumps(content).decode()


def _seen(asset: Asset) -> Asset:
    if asset.account_id not in (ACCOUNT_ID, None):
        raise Refusal(403)
    return asset


def _check_account(call: Call) -> None:
    if call.one("account", "account-id") not in (None, str(ACCOUNT_ID)):
        raise Refusal(403)


def _entry(call: Call, entries: Mapping[int, Entry], missing_status: int, text: str) -> Entry:
    """The entry in the path; for a missing id some routes answer 404, others 422."""
    if not call.id.isdecimal():
        raise rejected("path", {"id": ["Not a valid integer."]})
    if int(call.id) in entries:
        return entries[int(call.id)]
    raise Refusal(404, {"message": text, "status": 404}) if missing_status == 404 else rejected("path", {"id": [text]})


def _sorted(call: Call, rows: list[Entry]) -> list[Entry]:
    """Sorting needs a direction too; without one the order is the server's own."""
    direction, sorting = call.one("sort-dir"), call.one("sort-by")
    if direction is None or sorting is None:
        return rows
    return sorted(rows, key=lambda row: (row.name if sorting == "name" else "", row.id), reverse=direction == "desc")


def _listing(call: Call, rows: Sequence[Entry], written: Callable[[Entry], Json]) -> object:
    """A bare list, or an envelope if a page is asked for."""
    return [written(row) for row in rows] if call.one("page") is None else _page(call, rows, written)


def _page(call: Call, rows: Sequence[Entry], written: Callable[[Entry], Json]) -> Json:
    """One page as an envelope; a page past the end is 404, but the first page of nothing is empty."""

    def bad_number(name: str) -> Refusal:
        return rejected("query", {name: ["Must be greater than or equal to 1."]})

    chosen, page, _ = page_of(call, rows, "per-page", 10, 10**9, bad_number)
    if not chosen and page > 1:
        raise Refusal(404, {"message": DATA["words"]["flexmeasures"]["no_page"], "status": 404})
    data = [written(row) for row in chosen]
    return {"data": data, "filtered-records": len(rows), "num-records": len(rows), "status": 200}
