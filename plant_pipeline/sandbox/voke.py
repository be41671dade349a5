"""Voke as its documents describe it: plants, certificates, energy today, sub-devices, commands, alerts; `/voke`.

Times are fixed except where the clock decides (lastSeenAt, energy today, certificate counts). The body of an error
always says statusCode 400; the HTTP status is the real one.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import numpy as np

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, Row, found, iso, midnight_utc, page_of
from plant_pipeline.sandbox.noise import fraction, word
from plant_pipeline.sandbox.plants import DATA, Record, TruePlant, record_id
from plant_pipeline.sandbox.production import STEP_H, STEP_S, steps
from plant_pipeline.sandbox.voke_telemetry import BUCKETS_S, history, latest, load_kw

MAX_LIMIT: Final = 100

_VOKE: Final = DATA["voke"]
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KNOWN_STATUS: Final = frozenset({401, 403, 404, 405, 429, 503})
_AUTH_METHODS: Final = ("MTLS", "TOKEN", "PASSWORD")
_NOW: Final = ""  # lastSeenAt of what is there
_ORGANIZATION: Final = {"organizationId": DATA["api"]["voke"]["variables"]["ORG_ID"]}


class VokeApi(Api):
    """The REST API under `/api/v1/`, for one organisation: rows by id or in pages."""

    name = "voke"

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered; `certificate-stats` before `{id}`."""
        one = "GET /api/v1/plants/{id}"
        records = {id_: record for id_, (record, _) in self.world.voke.items()}
        listed = [_listed(record) for record in records.values()]
        plants = {row["id"]: row | _detail(records[row["id"]]) for row in listed}
        devices = {id_: _devices(record) for id_, record in records.items()}
        commands = {id_: _commands(record) for id_, record in records.items()}
        alerts = [alert for plant in plants.values() for alert in plant["alerts"]]
        return {
            "GET /api/v1/plants": lambda call: _paged(call, listed, "authMethod", _AUTH_METHODS),
            "GET /api/v1/plants/certificate-stats": lambda call: _certificate_stats(listed, call.now),
            one: lambda call: _seen(_known(call.id, plants), call.now),
            f"{one}/energy/today": lambda call: _energy_today(*_known(call.id, self.world.voke), call.now),
            f"{one}/sub-devices": lambda call: _paged(call, _known(call.id, devices), "type", _VOKE["device_names"]),
            f"{one}/commands": lambda call: _paged(call, _known(call.id, commands)),
            "GET /api/v1/telemetry": lambda call: _telemetry(call, self.world.voke),
            "GET /api/v1/telemetry/{id}/latest": lambda call: latest(*_known(call.id, self.world.voke), call.now),
            "GET /api/v1/alerts": lambda call: _paged(call, alerts),
        }

    def authorize(self, call: Call) -> None:
        """The token or the API key, and the organisation."""
        if call.request.headers.get("x-api-key") != self.data["api_key"]:
            super().authorize(call)
        organization = call.request.headers.get("x-org-id")
        if not organization:
            raise _refusal(403, "ORG_CONTEXT_REQUIRED", "Organization context is required")
        if organization not in _ORGANIZATION.values():
            raise _refusal(403, "ORG_MEMBERSHIP_REQUIRED", "Not a member of this organization")

    def refuse(self, status: int, _call: Call, /) -> object:
        """The error envelope in the status's own words."""
        words = HTTPStatus(status) if status in _KNOWN_STATUS else HTTPStatus.INTERNAL_SERVER_ERROR
        return _refusal(status, words.name, words.phrase.capitalize()).content


def _refusal(status: int, code: str, message: str, details: object = None) -> Refusal:
    """The envelope of every error; its statusCode is 400 whatever the status."""
    phrase = HTTPStatus(status).phrase
    content = {"code": code, "details": details or {}, "error": phrase, "message": message, "statusCode": 400}
    return Refusal(status, content)


def _invalid(name: str, wanted: str) -> Refusal:
    return _refusal(400, "VALIDATION_ERROR", "Validation error", [f"{name} must be {wanted}"])


def _known(plant_id: str, rows: Mapping[str, Row]) -> Row:
    """The row of a plant."""
    if not _UUID.fullmatch(plant_id):
        raise _refusal(400, "INVALID_UUID", "Invalid plant UUID")
    return found(rows, plant_id.lower(), _refusal(404, "PLANT_NOT_FOUND", "Plant not found"))


def _telemetry(call: Call, rows: Mapping[str, tuple[Record, TruePlant | None]]) -> list[Json]:
    record, plant = _known(call.one("plantId") or "", rows)
    bucket = call.one("bucket")
    if bucket not in (None, *BUCKETS_S):
        raise _invalid("bucket", f"one of: {', '.join(BUCKETS_S)}")
    from_s, to_s = (_instant_s(call, name) for name in ("from", "to"))
    bucket_s = None if bucket is None else BUCKETS_S[bucket]
    return history(record, plant, call.one("metric"), from_s, min(to_s, call.now.timestamp()), bucket_s)


def _instant_s(call: Call, name: str) -> float:
    try:
        return datetime.fromisoformat(call.one(name) or "").timestamp()
    except ValueError:
        raise _invalid(name, "an ISO 8601 instant") from None


def _paged(call: Call, rows: list[Json], choice: str = "", choices: Iterable[str] = ()) -> Json:
    """One page of the rows, of those with the chosen value if one is; a page past the end is empty."""
    wanted = call.one(choice)
    if wanted not in (None, *choices):
        raise _invalid(choice, f"one of: {', '.join(choices)}")
    chosen = [row for row in rows if wanted is None or row[choice] == wanted]
    bounds = {"limit": f"a whole number from 1 to {MAX_LIMIT}", "page": "a whole number of at least 1"}
    shown, page, limit, total = page_of(call, chosen, "limit", 20, MAX_LIMIT, lambda name: _invalid(name, bounds[name]))
    meta = {"limit": limit, "page": page, "total": total, "totalPages": -(-len(chosen) // limit)}
    return {"data": [_seen(row, call.now) for row in shown], "meta": meta}


def _seen(row: Json, now: datetime) -> Json:
    """The row at this time: a gateway that is there, with all that hangs off it, was seen within 4 minutes."""
    if row.get("lastSeenAt") != _NOW:
        return row
    seen = now - timedelta(seconds=int(240 * fraction(row.get("plantId", row["id"]), "seen")))
    return row | {"lastSeenAt": iso(seen.replace(second=0))}


def _fixed(record: Record, what: str, days: int) -> str:
    """An instant in the past that never changes: up to 100 days after `days` from the first start of the system."""
    return iso(_VOKE["begun_at"] + timedelta(days=days, minutes=int(144_000 * fraction(record["id"], what))))


def _is_offline(record: Record) -> bool:
    return fraction(record["id"], "status") < 0.1


def _identity(record: Record) -> Json:
    """What the gateway and all that hangs off it have in common."""
    return {
        "createdAt": _fixed(record, "created", 0),
        "lastSeenAt": (_VOKE["offline_since"] if _is_offline(record) else _NOW) if "devices" in record else None,
        "metadata": None,
        **_ORGANIZATION,
        "templateId": None,
        "updatedAt": _fixed(record, "updated", 400),
    }


def _listed(record: Record) -> Json:
    """A plant as the list gives it: no place, no capacity. A gateway without devices was never activated."""
    id_, has_devices = record["id"], "devices" in record
    drawn = ("MTLS", "MTLS", "TOKEN", "PASSWORD")[int(4 * fraction(id_, "auth"))]
    method = "MTLS" if "certificateExpiresAt" in record else drawn
    expiry = datetime(2034, 1, 1, tzinfo=UTC) + timedelta(days=int(700 * fraction(id_, "expiry")))
    certificate = {
        "certificateExpiresAt": record.get("certificateExpiresAt", iso(expiry)),
        "certificateFingerprint": f"{word(id_, 'fingerprint'):016x}",
        "certificateSerialNumber": f"{word(id_, 'serial') % 10**12:012d}",
    }
    failures = int(3 * fraction(id_, "failures"))
    template = _VOKE["template"] if has_devices else None
    return {
        **_identity(record),
        **(certificate if method == "MTLS" else dict.fromkeys(certificate)),
        "activatedAt": _fixed(record, "activated", 100) if has_devices else None,
        "authFailureCount": failures,
        "authMethod": method,
        "id": id_,
        "lastAuthFailureAt": _fixed(record, "failure", 300) if failures else None,
        "lifecycleStatus": "ACTIVE" if has_devices else "PENDING",
        "metadata": {"site": record["name"]} if fraction(id_, "metadata") < 0.4 else None,
        "name": record["name"],
        "secretRotatedAt": _fixed(record, "rotated", 200) if fraction(id_, "rotated") < 0.5 else None,
        "serialNumber": f"VK-{word(id_, 'gateway') % 10**8:08d}",
        "status": "OFFLINE" if _is_offline(record) else "ONLINE",
        "template": template,
        "templateId": template and template["id"],
        "type": record.get("type", "GATEWAY"),
    }


def _detail(record: Record) -> Json:
    """What only the detail of a plant says: place, capacity, groups and alerts."""
    id_, has_devices = record["id"], "devices" in record
    alert_count = int(2.6 * fraction(id_, "alerts")) if has_devices else 0
    as_they_are = ("capacityKwh", "externalPlantId", "fvePeakPowerKwp", "latitude", "longitude")
    return {
        **{name: record.get(name) for name in as_they_are},
        "alerts": [_alert(record, index, kind) for index, kind in enumerate(_VOKE["alert"][:alert_count])],
        "configEnabled": has_devices,
        "description": "" if fraction(id_, "description") < 0.5 else f"Brána {record['name']}",
        "esiState": "PLC_READY" if has_devices else None,
        "plantGroups": [group for group in _VOKE["group"] if group["name"] == record.get("group")],
        "plantWithLoad": record.get("plantWithLoad", False),
        "tag": None if fraction(id_, "tag") < 0.7 else "ppa",
    }


def _certificate_stats(plants: list[Json], now: datetime) -> Json:
    """Counts of the certificates of MTLS plants, and those expired or about to be."""
    expiry = {row["id"]: row["certificateExpiresAt"] for row in plants if row["authMethod"] == "MTLS"}
    at_risk = [row for row in plants if expiry.get(row["id"], "Z") <= iso(now + timedelta(days=30))]
    coming = [instant for instant in expiry.values() if instant > iso(now)]
    expired = len(expiry) - len(coming)
    kept = ("authMethod", "certificateExpiresAt", "id", "lifecycleStatus", "name", "serialNumber")
    return {
        "active": len(coming),
        "atRiskPlants": [{name: row[name] for name in kept} for row in at_risk],
        "expired": expired,
        "expiringSoon": len(at_risk) - expired,
        "nextRenewalAt": min(coming, default=None),
        "revoked": 0,
    }


def _energy_today(record: Record, plant: TruePlant | None, now: datetime) -> Json:
    """Energy of the running UTC day until the last full 5 minutes, kWh; a gateway without plant counts nothing."""
    midnight = midnight_utc(now)
    start, count = int(midnight.timestamp()), int((now - midnight).total_seconds()) // STEP_S
    power, load = np.zeros(count), np.zeros(count)
    if plant is not None:
        power = steps(plant, "meter_kw", start, count)
        if record.get("plantWithLoad"):
            load = load_kw(plant, start + STEP_S * np.arange(count, dtype=np.float64))
    flows = {"exported": power - load, "imported": load - power, "produced": power}
    energy = {name: float(np.maximum(flow, 0.0).sum()) * STEP_H for name, flow in flows.items()}
    produced = energy["produced"]
    share = 100.0 * (produced - energy["exported"]) / produced if produced > 0 else 0.0
    rounded = {name: round(kwh, 3) for name, kwh in energy.items()}
    return {"date": f"{midnight:%Y-%m-%d}", **rounded, "selfConsumptionPct": round(share, 2)}


def _devices(record: Record) -> list[Json]:
    """What hangs off the gateway: cabinet, meter, inverters, battery."""
    return [
        {
            **_identity(record),
            "id": record_id("voke-device", f"{record['id']}:{external_id}"),
            "plantId": record["id"],
            "externalId": external_id,
            "name": f"{_VOKE['device_names'][type_]} {external_id}",
            "serialNumber": None if type_ == "CABINET" else f"{word(record['id'], external_id) % 10**9:09d}",
            "type": type_,
            "status": "UNKNOWN" if _is_offline(record) else "ONLINE",
        }
        for external_id, type_ in record.get("devices", ())
    ]


def _commands(record: Record) -> list[Json]:
    """A restart of some gateways long ago, which they confirmed."""
    id_ = record["id"]
    if "devices" not in record or fraction(id_, "command") < 0.5:
        return []
    sent = _VOKE["begun_at"] + timedelta(days=700, minutes=int(10_000 * fraction(id_, "command", "sent")))
    return [
        {
            "ackedAt": iso(sent + timedelta(seconds=2)),
            "cmdId": f"{word(id_, 'command'):016x}",
            "command": "reboot",
            "createdAt": iso(sent),
            "id": record_id("voke-command", id_),
            "payload": {},
            "plantId": id_,
            "response": {"uptimeS": 0},
            "responseStatus": "OK",
            "sentAt": iso(sent),
        }
    ]


def _alert(record: Record, index: int, kind: Json) -> Json:
    """An active one or a resolved one, at fixed times."""
    created = _VOKE["begun_at"] + timedelta(days=780, hours=int(1000 * fraction(record["id"], "alert", index)))
    closed = iso(created + timedelta(hours=5)) if kind["status"] == "RESOLVED" else None
    return {
        **kind,
        **dict.fromkeys(("acknowledgedAt", "resolvedAt"), closed),
        "acknowledgedBy": closed and "dispatcher@sandbox.example",
        "createdAt": iso(created),
        "id": record_id("voke-alert", f"{record['id']}:{index}"),
        "plantId": record["id"],
        "type": "THRESHOLD_EXCEEDED",
        "updatedAt": closed or iso(created),
    }
