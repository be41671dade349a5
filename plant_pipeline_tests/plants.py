"""Plants put straight into the registry, for tests of the rooms behind it."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection

_NAMESPACE = UUID("5f0c9f39-3b5f-4f7e-9f57-5f6a8f1d3c11")
SEEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


def add_plant(
    connection: Connection,
    name: str,
    zone: str | None,
    *,
    technology: str = "solar",
    status: str = "active",
    first_seen_at: datetime = SEEN_AT,
) -> UUID:
    """Insert one plant; its id and code follow from its name."""
    plant_id = uuid5(_NAMESPACE, name)
    connection.exec_driver_sql(
        "insert into registry.plant "
        "(plant_id, plant_code, name, technology, timezone, status, first_seen_at, updated_at) "
        "values (%(id)s, %(code)s, %(name)s, %(technology)s, %(zone)s, %(status)s, %(seen)s, %(seen)s)",
        {
            "id": plant_id,
            "code": f"P-{name.upper()}",
            "name": name,
            "technology": technology,
            "zone": zone,
            "status": status,
            "seen": first_seen_at,
        },
    )
    return plant_id
