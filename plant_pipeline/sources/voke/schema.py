"""What Voke documents of its entities, field by field, as Pandera schemas.

Origin: the reference pages of plants with their commands, of sub-devices and alerts. What the document limits in
requests (lengths, lists of values) is no limit of answers: another value is kept and told; states are printed as
examples, not even as lists. No example shows a null, yet a gateway that was never activated, placed or linked can
hardly have all of it: whatever does not identify a record may be null.
"""

import re
from collections.abc import Sequence
from typing import Any

import pandera.pandas as pa

from plant_pipeline.sources.cells import parse_instant
from plant_pipeline.sources.columns import (
    array,
    document,
    flag,
    identifier,
    instant,
    integer,
    is_short,
    is_uuid,
    number,
    text,
    utc_day,
)

# Documented as any string. It becomes part of a path, where a slash would lead to another endpoint.
_ID = r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}\Z"
_USABLE_ID = pa.Check.str_matches(_ID, error="usable_in_a_path")
_COUNT = pa.Check.in_range(0, 2**31 - 1)
# More than any site has: 100 GW of modules, 1 TWh of storage.
_CAPACITY_KWP = pa.Check.in_range(0, 1e8)
_CAPACITY_KWH = pa.Check.in_range(0, 1e9)
_DAY_KWH = pa.Check.in_range(0, 3e9)  # of a day: 100 GW
_NO_SLASH = pa.Check.str_matches(r"[^/]+\Z", error="without_slash")


def has_usable_id(record: Any) -> bool:
    """Whether a record can be asked for by its id."""
    return isinstance(record, dict) and isinstance(record.get("id"), str) and re.match(_ID, record["id"]) is not None


def of_certificates(elements: Sequence[Any]) -> bool:
    """Whether each element says, as documented, whose certificate it is and when that ends."""
    return all(has_usable_id(own) and parse_instant(own.get("certificateExpiresAt")) is not None for own in elements)


def of_named_groups(elements: Sequence[Any]) -> bool:
    """Whether each element is, as documented, a group with an id and a name."""
    return all(has_usable_id(own) and isinstance(own.get("name"), str) and own["name"] != "" for own in elements)


PLANT = pa.DataFrameSchema(
    {
        "id": identifier("id", _USABLE_ID, description="id of the plant, a gateway at a site"),
        "name": text("name", is_short(), description="display name"),
        "serial_number": text("serialNumber", is_short(), description="of the gateway, unique in its organisation"),
        "type": text(
            "type", vital=False, choices=("SENSOR", "ACTUATOR", "GATEWAY", "CONTROLLER"), description="what it is"
        ),
        "status": text("status", nullable=True, description="connection, such as ONLINE"),
        "lifecycle_status": text("lifecycleStatus", nullable=True, description="such as PENDING"),
        "auth_method": text(
            "authMethod",
            nullable=True,
            choices=("MTLS", "TOKEN", "PASSWORD"),
            description="how the device logs in to MQTT",
        ),
        "organization_id": identifier(
            "organizationId", is_uuid(), nullable=True, description="organisation it belongs to"
        ),
        "template_id": identifier(
            "templateId", is_uuid(), nullable=True, description="device template that decodes signals"
        ),
        "template": document("template", nullable=True, description="the template itself"),
        "metadata": document("metadata", nullable=True, description="free"),
        "activated_at": instant("activatedAt", nullable=True, description="first use"),
        "last_seen_at": instant("lastSeenAt", nullable=True, description="last contact"),
        "last_auth_failure_at": instant("lastAuthFailureAt", nullable=True, description="last refused login"),
        "secret_rotated_at": instant("secretRotatedAt", nullable=True, description="last change of the secret"),
        "certificate_expires_at": instant("certificateExpiresAt", nullable=True, description="end of the certificate"),
        "created_at": instant("createdAt", nullable=True, description="set by the server"),
        "updated_at": instant("updatedAt", nullable=True, description="set by the server"),
        "auth_failure_count": integer("authFailureCount", _COUNT, nullable=True, description="refused logins"),
        "certificate_fingerprint": text("certificateFingerprint", nullable=True, description="of the certificate"),
        "certificate_serial_number": text("certificateSerialNumber", nullable=True, description="of the certificate"),
        "latitude": number(
            "latitude", pa.Check.in_range(-90, 90), nullable=True, vital=True, description="degrees north"
        ),
        "longitude": number(
            "longitude", pa.Check.in_range(-180, 180), nullable=True, vital=True, description="degrees east"
        ),
        "capacity_kwh": number(
            "capacityKwh", _CAPACITY_KWH, nullable=True, vital=True, description="storage, kWh; 0: unknown"
        ),
        "fve_peak_power_kwp": number(
            "fvePeakPowerKwp",
            _CAPACITY_KWP,
            nullable=True,
            vital=True,
            description="solar DC peak power, kWp; 0: unknown",
        ),
        "plant_with_load": flag("plantWithLoad", nullable=True, description="whether consumption sits behind it"),
        "config_enabled": flag("configEnabled", nullable=True, description="whether it may be configured remotely"),
        "esi_state": text("esiState", nullable=True, description="such as PLC_READY"),
        "external_plant_id": text("externalPlantId", nullable=True, description="id in another system"),
        "description": text("description", nullable=True, description="free text"),
        "tag": text("tag", nullable=True, description="free text"),
        "plant_groups": array("plantGroups", nullable=True, expected=of_named_groups, description="groups it is in"),
        "alerts": array("alerts", nullable=True, description="its alerts"),
    },
    strict=True,
)

SUB_DEVICE = pa.DataFrameSchema(
    {
        "id": identifier("id", is_short(), description="id of the device"),
        "plant_id": identifier("plantId", is_short(), description="plant it hangs off"),
        "organization_id": identifier(
            "organizationId", is_uuid(), nullable=True, description="organisation it belongs to"
        ),
        "external_id": text(
            # Part of the ids of what it measures, where a slash stands between parts.
            "externalId",
            _NO_SLASH,
            nullable=True,
            description="short name, unique in its plant",
        ),
        "name": text("name", nullable=True, description="display name"),
        "serial_number": text("serialNumber", nullable=True, description="of the device"),
        "type": text(
            "type", vital=False, choices=("CABINET", "METER", "INVERTER", "BATTERY"), description="what it is"
        ),
        "status": text(
            "status",
            nullable=True,
            choices=("ONLINE", "OFFLINE", "DEGRADED", "UNKNOWN"),
            description="connection",
        ),
        "template_id": identifier("templateId", is_uuid(), nullable=True, description="device template"),
        "metadata": document("metadata", nullable=True, description="free"),
        "last_seen_at": instant("lastSeenAt", nullable=True, description="last contact"),
        "created_at": instant("createdAt", nullable=True, description="set by the server"),
        "updated_at": instant("updatedAt", nullable=True, description="set by the server"),
    },
    strict=True,
)

ALERT = pa.DataFrameSchema(
    {
        "id": identifier("id", is_short(), description="id of the alert"),
        "plant_id": identifier("plantId", is_short(), description="plant it is about"),
        "type": text("type", nullable=True, description="such as THRESHOLD_EXCEEDED"),
        "severity": text("severity", nullable=True, description="such as INFO"),
        "status": text("status", nullable=True, description="such as ACTIVE"),
        "message": text("message", nullable=True, description="in words"),
        "created_at": instant("createdAt", nullable=True, description="when it began"),
        "updated_at": instant("updatedAt", nullable=True, description="last change"),
        "acknowledged_at": instant("acknowledgedAt", nullable=True, description="when a person took notice"),
        "acknowledged_by": text("acknowledgedBy", nullable=True, description="who did"),
        "resolved_at": instant("resolvedAt", nullable=True, description="when it ended"),
    },
    strict=True,
)

COMMAND = pa.DataFrameSchema(
    {
        "id": identifier("id", is_short(), description="id of the record"),
        "cmd_id": text("cmdId", nullable=True, description="id under which the device knows it"),
        "plant_id": identifier("plantId", is_short(), description="plant it was sent to"),
        "command": text("command", nullable=True, description="what was to be done"),
        "payload": document("payload", nullable=True, description="with what"),
        "response": document("response", nullable=True, description="what the device said"),
        "response_status": text("responseStatus", nullable=True, description="how it ended"),
        "sent_at": instant("sentAt", nullable=True, description="when it was sent"),
        "acked_at": instant("ackedAt", nullable=True, description="when the device took it"),
        "created_at": instant("createdAt", nullable=True, description="when it was given"),
    },
    strict=True,
)

METRIC = pa.DataFrameSchema(
    {
        "id": text("id", is_short(), description="plant, device and metric, with slashes between"),
        "plant_id": text("plantId", description="plant that sent it"),
        "device": text("device", description="externalId of the sub-device; -: the plant itself"),
        "metric": text("metric", description="name that the device template gives it"),
        "unit": text("unit", nullable=True, description="unit of the value"),
        "last_seen_at": instant("time", description="time of the latest value"),
    },
    strict=True,
)

CERTIFICATE_STATS = pa.DataFrameSchema(
    {
        # The first column is the record's key, and these figures have none: a list gives none.
        "at_risk_plants": array(
            "atRiskPlants",
            vital=False,
            expected=of_certificates,
            description="plants whose certificate has expired or soon will",
        ),
        "active": integer("active", _COUNT, description="valid certificates"),
        "expired": integer("expired", _COUNT, description="certificates past their end"),
        "expiring_soon": integer("expiringSoon", _COUNT, description="certificates near their end"),
        "revoked": integer("revoked", _COUNT, description="certificates taken back"),
        "next_renewal_at": instant("nextRenewalAt", nullable=True, description="the next end of a certificate"),
    },
    strict=True,
)

ENERGY_TODAY = pa.DataFrameSchema(
    {
        "plant_id": identifier("plantId", _USABLE_ID, description="id of the plant that was asked for"),
        "sampled_at": instant("sampledAt", description="when it was answered"),
        "energy_date": utc_day("date", description="UTC day that is counted"),
        "produced_kwh": number("produced", _DAY_KWH, nullable=True, description="produced since it began, kWh"),
        "imported_kwh": number("imported", _DAY_KWH, nullable=True, description="imported since it began, kWh"),
        "exported_kwh": number("exported", _DAY_KWH, nullable=True, description="exported since it began, kWh"),
        "self_consumption_pct": number(
            "selfConsumptionPct", pa.Check.in_range(0, 100), nullable=True, description="of it used on site, percent"
        ),
    },
    strict=True,
)

PLANT_STATUS = pa.DataFrameSchema(
    {
        "plant_id": identifier("id", _USABLE_ID, description="id of the plant"),
        "status": text("status", nullable=True, vital=False, description="connection, such as ONLINE"),
        "last_seen_at": instant("lastSeenAt", nullable=True, vital=False, description="when it was last heard of"),
    },
    strict=True,
)
