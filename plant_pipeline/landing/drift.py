"""Drift: documented fields that come otherwise than documented, and fields that no document has.

What belongs here: writing and reading `quarantine.schema_drift`, a row per field and kind of difference, and saying in
words what one of them is. What does not: finding them (`sources.drift`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from plant_pipeline.warehouse import execute, read_objects

DriftKind = Literal["type", "null", "unknown_value", "extra_field", "missing_field"]


@dataclass(frozen=True)
class Drift:
    """One way in which one field differs from its document, in `records` of the `of_records` of a listing.

    `documented`: what it should be; None if no document has it. `seen`: what it is instead, without secrets. `is_kept`:
    the value stays as it came; else it was taken as not known. `is_new`: no listing before had it.
    """

    column_name: str
    kind: DriftKind
    documented: str | None
    seen: str | None
    records: int
    of_records: int
    is_kept: bool = False
    is_new: bool = True

    @property
    def breaks_the_document(self) -> bool:
        """Whether a documented field is not as documented; that more comes than is documented breaks nothing."""
        return self.kind != "extra_field"

    def __str__(self) -> str:
        count = f"in {self.records} of {self.of_records} records"
        if self.kind == "extra_field":
            return f"{self.column_name} ({self.seen}) came {count} and is not documented"
        if self.kind in ("missing_field", "null"):
            what = "is not there" if self.kind == "missing_field" else "is null"
            return f"{self.column_name} {what} {count}; documented as {self.documented}"
        told = "kept as it is" if self.is_kept else "taken as not known"
        return f"{self.column_name} is {self.seen} {count}; documented as {self.documented}; {told}"


def write_drift(
    connection: Connection, source: str, entity: str, drifts: Sequence[Drift], run_id: str, seen_at: datetime
) -> None:
    """Add the drift of a listing; what is known already is seen again."""
    for drift in drifts:
        values = asdict(drift)
        del values["is_new"]
        execute(
            connection,
            "quarantine/write_drift",
            source=source,
            entity=entity,
            run_id=run_id,
            seen_at=seen_at,
            **values,
        )


def read_drift(connection: Connection, source: str, entity: str, run_id: str) -> list[Drift]:
    """What one stream of a run differed in."""
    return read_objects(connection, Drift, "quarantine/drift_of_run", source=source, entity=entity, run_id=run_id)
