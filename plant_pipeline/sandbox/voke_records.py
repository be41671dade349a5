"""The content of Voke's records: what a gateway says of itself, its certificate, devices, alerts, commands and energy.

What belongs here: records as JSON objects, at fixed times except where the clock decides (lastSeenAt, energy today,
certificate counts). What does not: paging and errors (voke.py).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from plant_pipeline.sandbox.noise import fraction, smooth, word
from plant_pipeline.sandbox.plants import TruePlant, VokeRecord
from plant_pipeline.sandbox.production import STEP_H, STEP_S, steps
from plant_pipeline.sandbox.roster import record_id

ORGANIZATION_ID: Final = record_id("voke", "organization")
EXPIRES_SOON: Final = timedelta(days=30)
LOAD_SHARE: Final = 0.15

_EPOCH: Final = datetime(2024, 3, 1, 6, 0, tzinfo=UTC)
_OFFLINE_SINCE: Final = datetime(2026, 5, 17, 3, 12, tzinfo=UTC)
_DEVICE_NAMES: Final = {"CABINET": "Rozvaděč", "METER": "Elektroměr", "INVERTER": "Střídač", "BATTERY": "Baterie"}

Json = dict[str, object]


def plant_in_list(record: VokeRecord, now: datetime) -> Json:
    """A plant as the list gives it: no place, no capacity."""
    is_new = not record.sub_devices
    method = _auth_method(record)
    has_certificate = method == "MTLS"
    template = None if is_new else _template()
    return {
        "activatedAt": None if is_new else _fixed(record, "activated", 100),
        "authFailureCount": int(3 * fraction(record.id, "failures")),
        "authMethod": method,
        "certificateExpiresAt": _certificate_expiry(record) if has_certificate else None,
        "certificateFingerprint": f"{word(record.id, 'fingerprint'):016x}" if has_certificate else None,
        "certificateSerialNumber": f"{word(record.id, 'serial') % 10**12:012d}" if has_certificate else None,
        "createdAt": _fixed(record, "created", 0),
        "id": record.id,
        "lastAuthFailureAt": _fixed(record, "failure", 300) if fraction(record.id, "failures") >= 1 / 3 else None,
        "lastSeenAt": _last_seen(record, now),
        "lifecycleStatus": "PENDING" if is_new else "ACTIVE",
        "metadata": {"site": record.name} if fraction(record.id, "metadata") < 0.4 else None,
        "name": record.name,
        "organizationId": ORGANIZATION_ID,
        "secretRotatedAt": _fixed(record, "rotated", 200) if fraction(record.id, "rotated") < 0.5 else None,
        "serialNumber": f"VK-{word(record.id, 'gateway') % 10**8:08d}",
        "status": _status(record),
        "template": template,
        "templateId": None if template is None else template["id"],
        "type": record.type,
        "updatedAt": _fixed(record, "updated", 400),
    }


def plant_detail(record: VokeRecord, now: datetime) -> Json:
    """A plant as the detail gives it: the list's fields, and place, capacity, groups and alerts."""
    group = record.group
    groups = [] if group is None else [_group(group)]
    return {
        **plant_in_list(record, now),
        "alerts": alerts(record),
        "capacityKwh": record.capacity_kwh,
        "configEnabled": bool(record.sub_devices),
        "description": "" if fraction(record.id, "description") < 0.5 else f"Brána {record.name}",
        "esiState": "PLC_READY" if record.sub_devices else None,
        "externalPlantId": record.external_plant_id,
        "fvePeakPowerKwp": record.peak_kwp,
        "latitude": record.latitude,
        "longitude": record.longitude,
        "plantGroups": groups,
        "plantWithLoad": record.has_load,
        "tag": None if fraction(record.id, "tag") < 0.7 else "ppa",
    }


def certificate_stats(records: Sequence[VokeRecord], now: datetime) -> Json:
    """Counts of the certificates of MTLS plants, and those expired or about to be."""
    expiries = {
        record.id: datetime.fromisoformat(_certificate_expiry(record))
        for record in records
        if _auth_method(record) == "MTLS"
    }
    at_risk = [record for record in records if record.id in expiries and expiries[record.id] <= now + EXPIRES_SOON]
    expired = sum(expiry <= now for expiry in expiries.values())
    coming = [expiry for expiry in expiries.values() if expiry > now]
    kept = ("authMethod", "certificateExpiresAt", "id", "lifecycleStatus", "name", "serialNumber")
    return {
        "active": len(expiries) - expired,
        "atRiskPlants": [{name: plant_in_list(record, now)[name] for name in kept} for record in at_risk],
        "expired": expired,
        "expiringSoon": len(at_risk) - expired,
        "nextRenewalAt": _iso(min(coming)) if coming else None,
        "revoked": 0,
    }


def energy_today(record: VokeRecord, plant: TruePlant | None, now: datetime) -> Json:
    """Energy of the running UTC day until the last full 5 minutes, kWh; a gateway without plant counts nothing."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    produced = exported = imported = 0.0
    count = int((now - midnight).total_seconds()) // STEP_S
    if plant is not None and count:
        start = int(midnight.timestamp())
        power = steps(plant, "meter_kw", start, count)
        load = np.zeros(count)
        if record.has_load:
            times = start + STEP_S * np.arange(count, dtype=np.float64)
            load = LOAD_SHARE * plant.capacity_ac_kw * (0.5 + smooth(word(plant.key, "load"), times, 3600.0))
        produced = float(np.maximum(power, 0.0).sum()) * STEP_H
        exported = float(np.maximum(power - load, 0.0).sum()) * STEP_H
        imported = float(np.maximum(load - power, 0.0).sum()) * STEP_H
    share = 100.0 * (produced - exported) / produced if produced > 0 else 0.0
    return {
        "date": f"{midnight:%Y-%m-%d}",
        "exported": round(exported, 3),
        "imported": round(imported, 3),
        "produced": round(produced, 3),
        "selfConsumptionPct": round(share, 2),
    }


def sub_devices(record: VokeRecord, now: datetime) -> list[Json]:
    """What hangs off the gateway: cabinet, meter, inverters, battery."""
    return [
        {
            "id": record_id("voke-device", f"{record.id}:{external_id}"),
            "plantId": record.id,
            "organizationId": ORGANIZATION_ID,
            "externalId": external_id,
            "name": f"{_DEVICE_NAMES[kind]} {external_id}",
            "serialNumber": None if kind == "CABINET" else f"{word(record.id, external_id) % 10**9:09d}",
            "type": kind,
            "status": "ONLINE" if _status(record) == "ONLINE" else "UNKNOWN",
            "templateId": None,
            "metadata": None,
            "lastSeenAt": _last_seen(record, now),
            "createdAt": _fixed(record, "created", 0),
            "updatedAt": _fixed(record, "updated", 400),
        }
        for external_id, kind in record.sub_devices
    ]


def alerts(record: VokeRecord) -> list[Json]:
    """None, one or two alerts, at fixed times."""
    count = int(2.6 * fraction(record.id, "alerts")) if record.sub_devices else 0
    result: list[Json] = []
    for index in range(count):
        is_active = index == 0
        created = _EPOCH + timedelta(days=780, hours=int(1000 * fraction(record.id, "alert", index)))
        closed = None if is_active else _iso(created + timedelta(hours=5))
        result.append(
            {
                "acknowledgedAt": closed,
                "acknowledgedBy": None if is_active else "dispatcher@sandbox.example",
                "createdAt": _iso(created),
                "id": record_id("voke-alert", f"{record.id}:{index}"),
                "message": "activePowerKw below threshold" if is_active else "device temperature above threshold",
                "plantId": record.id,
                "resolvedAt": closed,
                "severity": "WARNING" if is_active else "INFO",
                "status": "ACTIVE" if is_active else "RESOLVED",
                "type": "THRESHOLD_EXCEEDED",
                "updatedAt": closed or _iso(created),
            }
        )
    return result


def commands(record: VokeRecord) -> list[Json]:
    """The command history, newest first; some gateways have more than a page, some none."""
    count = int(45 * max(fraction(record.id, "commands") - 0.4, 0.0)) if record.sub_devices else 0
    result: list[Json] = []
    for index in range(count):
        sent = _EPOCH + timedelta(days=820 - index, minutes=int(1000 * fraction(record.id, "command", index)))
        is_answered = fraction(record.id, "answered", index) < 0.9
        result.append(
            {
                "ackedAt": _iso(sent + timedelta(seconds=2)) if is_answered else None,
                "cmdId": f"{word(record.id, 'cmd', index):016x}",
                "command": "setpoint" if index % 3 else "reboot",
                "createdAt": _iso(sent),
                "id": record_id("voke-command", f"{record.id}:{index}"),
                "payload": {"activePowerKw": 100 * (index % 5)} if index % 3 else None,
                "plantId": record.id,
                "response": {"ok": True} if is_answered else None,
                "responseStatus": "OK" if is_answered else None,
                "sentAt": _iso(sent),
            }
        )
    return result


def _auth_method(record: VokeRecord) -> str:
    if record.certificate_expires_at is not None:
        return "MTLS"
    return ("MTLS", "MTLS", "TOKEN", "PASSWORD")[int(4 * fraction(record.id, "auth"))]


def _certificate_expiry(record: VokeRecord) -> str:
    if record.certificate_expires_at is not None:
        return record.certificate_expires_at
    return _iso(datetime(2034, 1, 1, tzinfo=UTC) + timedelta(days=int(700 * fraction(record.id, "expiry"))))


def _status(record: VokeRecord) -> str:
    return "OFFLINE" if fraction(record.id, "status") < 0.1 else "ONLINE"


def _last_seen(record: VokeRecord, now: datetime) -> str | None:
    if not record.sub_devices:
        return None
    if _status(record) == "OFFLINE":
        return _iso(_OFFLINE_SINCE)
    return _iso((now - timedelta(seconds=int(240 * fraction(record.id, "seen")))).replace(second=0, microsecond=0))


def _template() -> Json:
    return {
        "actions": [{"key": "setpoint", "field": "activePowerKw"}],
        "createdAt": _iso(_EPOCH),
        "id": record_id("voke", "template"),
        "isSystem": True,
        "level": "PLANT",
        "name": "Cabinet v3",
        "signals": [
            {"key": "fvePowerKw", "unit": "kW", "aggregate": "AVG"},
            {"key": "gridPowerKw", "unit": "kW", "aggregate": "AVG"},
        ],
        "type": "CABINET",
        "updatedAt": _iso(_EPOCH),
        "version": 3,
    }


def _group(name: str) -> Json:
    return {
        "createdAt": _iso(_EPOCH),
        "description": "",
        "id": record_id("voke-group", name),
        "name": name,
        "organizationId": ORGANIZATION_ID,
        "updatedAt": _iso(_EPOCH),
    }


def _fixed(record: VokeRecord, what: str, days: int) -> str:
    """An instant in the past that never changes: up to 100 days after `days` from the first start of the system."""
    return _iso(_EPOCH + timedelta(days=days, minutes=int(144_000 * fraction(record.id, what))))


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
