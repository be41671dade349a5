"""Voke as its documents describe it: paged plants, details, certificates, energy today, sub-devices, alerts; `/voke`.

What belongs here: its answers, at fixed times except where the clock decides (lastSeenAt, energy today, certificate
counts). The body of an error always says statusCode 400; the HTTP status is the real one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar, Final

import numpy as np

from plant_pipeline.sandbox.answers import Api, Call, Handler, Json, Refusal, Row, found, iso, page_of
from plant_pipeline.sandbox.noise import fraction, smooth, word
from plant_pipeline.sandbox.plants import DATA, Record, TruePlant, record_id
from plant_pipeline.sandbox.production import STEP_H, STEP_S, steps

TOKEN: Final = "vk-sandbox-token"  # noqa: S105 - opens nothing but this sandbox
API_KEY: Final = "vk-sandbox-api-key"
ORGANIZATION_ID: Final = record_id("voke", "organization")
MAX_LIMIT: Final = 100
EXPIRES_SOON: Final = timedelta(days=30)
LOAD_SHARE: Final = 0.15

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KNOWN_STATUS: Final = frozenset({401, 403, 404, 405, 429, 503})
_AUTH_METHODS: Final = ("MTLS", "TOKEN", "PASSWORD")
_DEVICE_NAMES: Final = {"CABINET": "Rozvaděč", "METER": "Elektroměr", "INVERTER": "Střídač", "BATTERY": "Baterie"}
_EPOCH: Final = datetime(2024, 3, 1, 6, 0, tzinfo=UTC)
_OFFLINE_SINCE: Final = "2026-05-17T03:12:00Z"


class VokeApi(Api):
    """The REST API under `/api/v1/`, for one organisation."""

    name, prefix, key = "voke", "VOKE", TOKEN
    variables: ClassVar = {"VOKE_TOKEN": TOKEN, "VOKE_ORG_ID": ORGANIZATION_ID}

    def routes(self) -> Mapping[str, Handler]:
        """Everything that is answered; `certificate-stats` before `{id}`."""
        one = "GET /api/v1/plants/{id}"
        return {
            "GET /api/v1/plants": self._plants,
            "GET /api/v1/plants/certificate-stats": lambda call: _certificate_stats(self._records(), call.now),
            one: lambda call: _detail(self._known(call)[0], call.now),
            f"{one}/energy/today": lambda call: _energy_today(*self._known(call), call.now),
            f"{one}/sub-devices": lambda call: _chosen_devices(call, self._known(call)[0]),
            "GET /api/v1/alerts": lambda call: _paged(call, [a for row in self._records() for a in _alerts(row)], dict),
        }

    def authorize(self, call: Call) -> None:
        """The token or the API key, and the organisation."""
        if call.request.headers.get("x-api-key") != API_KEY:
            super().authorize(call)
        organization = call.request.headers.get("x-org-id")
        if not organization:
            raise _refusal(403, "ORG_CONTEXT_REQUIRED", "Organization context is required")
        if organization != ORGANIZATION_ID:
            raise _refusal(403, "ORG_MEMBERSHIP_REQUIRED", "Not a member of this organization")

    def refuse(self, status: int, _call: Call, /) -> object:
        """The error envelope in the status's own words."""
        words = HTTPStatus(status) if status in _KNOWN_STATUS else HTTPStatus.INTERNAL_SERVER_ERROR
        return _refusal(status, words.name, words.phrase.capitalize()).content

    def _records(self) -> list[Record]:
        return [record for record, _ in self.world.voke.values()]

    def _known(self, call: Call) -> tuple[Record, TruePlant | None]:
        if not _UUID.fullmatch(call.id):
            raise _refusal(400, "INVALID_UUID", "Invalid plant UUID")
        return found(self.world.voke, call, _refusal(404, "PLANT_NOT_FOUND", "Plant not found"))

    def _plants(self, call: Call) -> Json:
        method = call.one("authMethod")
        if method not in (None, *_AUTH_METHODS):
            raise _invalid(f"authMethod must be one of: {', '.join(_AUTH_METHODS)}")
        chosen = [record for record in self._records() if method in (None, _auth_method(record))]
        return _paged(call, chosen, lambda record: _listed(record, call.now))


def _refusal(status: int, code: str, message: str, details: object = None) -> Refusal:
    """The envelope of every error; its statusCode is 400 whatever the status."""
    phrase = HTTPStatus(status).phrase
    content = {"code": code, "details": details or {}, "error": phrase, "message": message, "statusCode": 400}
    return Refusal(status, content)


def _invalid(detail: str) -> Refusal:
    return _refusal(400, "VALIDATION_ERROR", "Validation error", [detail])


def _bad_number(name: str) -> Refusal:
    bounds = f"from 1 to {MAX_LIMIT}" if name == "limit" else "of at least 1"
    return _invalid(f"{name} must be a whole number {bounds}")


def _paged(call: Call, rows: Sequence[Row], written: Callable[[Row], Json]) -> Json:
    """One page of `rows`: page from 1, limit 1 to 100; a page past the end is empty."""
    chosen, page, limit = page_of(call, rows, "limit", 20, MAX_LIMIT, _bad_number)
    meta = {"limit": limit, "page": page, "total": len(rows), "totalPages": -(-len(rows) // limit)}
    return {"data": [written(row) for row in chosen], "meta": meta}


def _fixed(record: Record, what: str, days: int) -> str:
    """An instant in the past that never changes: up to 100 days after `days` from the first start of the system."""
    return iso(_EPOCH + timedelta(days=days, minutes=int(144_000 * fraction(record["id"], what))))


def _identity(record: Record, now: datetime) -> Json:
    """What the gateway and all that hangs off it have in common."""
    seen = (now - timedelta(seconds=int(240 * fraction(record["id"], "seen")))).replace(second=0, microsecond=0)
    last_seen = _OFFLINE_SINCE if _is_offline(record) else iso(seen)
    return {
        "createdAt": _fixed(record, "created", 0),
        "lastSeenAt": last_seen if "devices" in record else None,
        "metadata": None,
        "organizationId": ORGANIZATION_ID,
        "templateId": None,
        "updatedAt": _fixed(record, "updated", 400),
    }


def _listed(record: Record, now: datetime) -> Json:
    """A plant as the list gives it: no place, no capacity. A gateway without devices was never activated."""
    id_, method, has_devices = record["id"], _auth_method(record), "devices" in record
    failures = int(3 * fraction(id_, "failures"))
    template = DATA["voke"]["template"] if has_devices else None
    return {
        **_identity(record, now),
        **(_certificate(record) if method == "MTLS" else dict.fromkeys(_certificate(record))),
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


def _detail(record: Record, now: datetime) -> Json:
    """A plant as the detail gives it: the list's fields, and place, capacity, groups and alerts."""
    id_, has_devices = record["id"], "devices" in record
    as_they_are = ("capacityKwh", "externalPlantId", "fvePeakPowerKwp", "latitude", "longitude")
    return {
        **_listed(record, now),
        **{name: record.get(name) for name in as_they_are},
        "alerts": _alerts(record),
        "configEnabled": has_devices,
        "description": "" if fraction(id_, "description") < 0.5 else f"Brána {record['name']}",
        "esiState": "PLC_READY" if has_devices else None,
        "plantGroups": [_group(record["group"])] if "group" in record else [],
        "plantWithLoad": record.get("plantWithLoad", False),
        "tag": None if fraction(id_, "tag") < 0.7 else "ppa",
    }


def _certificate_stats(records: Sequence[Record], now: datetime) -> Json:
    """Counts of the certificates of MTLS plants, and those expired or about to be."""
    expiry = {
        record["id"]: _certificate(record)["certificateExpiresAt"]
        for record in records
        if _auth_method(record) == "MTLS"
    }
    at_risk = [record for record in records if expiry.get(record["id"], "Z") <= iso(now + EXPIRES_SOON)]
    coming = [instant for instant in expiry.values() if instant > iso(now)]
    expired = len(expiry) - len(coming)
    kept = ("authMethod", "certificateExpiresAt", "id", "lifecycleStatus", "name", "serialNumber")
    return {
        "active": len(coming),
        "atRiskPlants": [{name: _listed(record, now)[name] for name in kept} for record in at_risk],
        "expired": expired,
        "expiringSoon": len(at_risk) - expired,
        "nextRenewalAt": min(coming, default=None),
        "revoked": 0,
    }


def _energy_today(record: Record, plant: TruePlant | None, now: datetime) -> Json:
    """Energy of the running UTC day until the last full 5 minutes, kWh; a gateway without plant counts nothing."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, count = int(midnight.timestamp()), int((now - midnight).total_seconds()) // STEP_S
    power, load = np.zeros(count), np.zeros(count)
    if plant is not None:
        power = steps(plant, "meter_kw", start, count)
        if record.get("plantWithLoad"):
            times = start + STEP_S * np.arange(count, dtype=np.float64)
            load = LOAD_SHARE * plant.capacity_ac_kw * (0.5 + smooth(word(plant.key, "load"), times, 3600.0))
    produced, exported, imported = (
        float(np.maximum(flow, 0.0).sum()) * STEP_H for flow in (power, power - load, load - power)
    )
    share = 100.0 * (produced - exported) / produced if produced > 0 else 0.0
    figures = {"exported": exported, "imported": imported, "produced": produced}
    rounded = {name: round(energy, 3) for name, energy in figures.items()}
    return {"date": f"{midnight:%Y-%m-%d}", **rounded, "selfConsumptionPct": round(share, 2)}


def _chosen_devices(call: Call, record: Record) -> Json:
    """What hangs off the gateway: cabinet, meter, inverters, battery."""
    kind = call.one("type")
    if kind not in (None, *_DEVICE_NAMES):
        raise _invalid(f"type must be one of: {', '.join(_DEVICE_NAMES)}")
    rows = [
        {
            **_identity(record, call.now),
            "id": record_id("voke-device", f"{record['id']}:{external_id}"),
            "plantId": record["id"],
            "externalId": external_id,
            "name": f"{_DEVICE_NAMES[type_]} {external_id}",
            "serialNumber": None if type_ == "CABINET" else f"{word(record['id'], external_id) % 10**9:09d}",
            "type": type_,
            "status": "UNKNOWN" if _is_offline(record) else "ONLINE",
        }
        for external_id, type_ in record.get("devices", ())
        if kind in (None, type_)
    ]
    return _paged(call, rows, dict)


def _alerts(record: Record) -> list[Json]:
    """None, an active one, or that and a resolved one, at fixed times."""
    count = int(2.6 * fraction(record["id"], "alerts")) if "devices" in record else 0
    result: list[Json] = []
    for index, kind in enumerate(DATA["voke"]["alert"][:count]):
        created = _EPOCH + timedelta(days=780, hours=int(1000 * fraction(record["id"], "alert", index)))
        closed = iso(created + timedelta(hours=5)) if kind["status"] == "RESOLVED" else None
        result.append(
            {
                **kind,
                **dict.fromkeys(("acknowledgedAt", "resolvedAt"), closed),
                "acknowledgedBy": closed and "dispatcher@sandbox.example",
                "createdAt": iso(created),
                "id": record_id("voke-alert", f"{record['id']}:{index}"),
                "plantId": record["id"],
                "type": "THRESHOLD_EXCEEDED",
                "updatedAt": closed or iso(created),
            }
        )
    return result


def _auth_method(record: Record) -> str:
    drawn = ("MTLS", "MTLS", "TOKEN", "PASSWORD")[int(4 * fraction(record["id"], "auth"))]
    return "MTLS" if "certificateExpiresAt" in record else drawn


def _is_offline(record: Record) -> bool:
    return fraction(record["id"], "status") < 0.1


def _certificate(record: Record) -> Mapping[str, str]:
    expiry = datetime(2034, 1, 1, tzinfo=UTC) + timedelta(days=int(700 * fraction(record["id"], "expiry")))
    return {
        "certificateExpiresAt": record.get("certificateExpiresAt", iso(expiry)),
        "certificateFingerprint": f"{word(record['id'], 'fingerprint'):016x}",
        "certificateSerialNumber": f"{word(record['id'], 'serial') % 10**12:012d}",
    }


def _group(name: str) -> Json:
    dates = dict.fromkeys(("createdAt", "updatedAt"), iso(_EPOCH))
    group_id = record_id("voke-group", name)
    return {"id": group_id, "name": name, "description": "", "organizationId": ORGANIZATION_ID, **dates}
