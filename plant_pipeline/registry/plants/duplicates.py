"""Which records of a plant repeat others of it and are not counted beside them; pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from plant_pipeline.registry.decisions.rulings import Rulings
from plant_pipeline.registry.decisions.statements import DUPLICATE
from plant_pipeline.registry.records import Alias, Record, RecordKey


def marked_duplicates(
    aliases: Mapping[RecordKey, Alias], records: Mapping[RecordKey, Record], rulings: Rulings
) -> dict[RecordKey, Alias]:
    """The aliases with what repeats others: a record that a person said so of, and what else its plant brought.

    What it brought repeats nothing where a person links it by name to what counts, as a part.
    """
    said = rulings.duplicates & aliases.keys()
    brought = {
        (aliases[key].plant_id, records[key].plant_id)
        for key in said
        if records[key].plant_id not in (None, _home_of_original(key, records, rulings))
    }
    repeated = said | {
        key for key, alias in aliases.items() if brought and (alias.plant_id, records[key].plant_id) in brought
    }
    repeated = {key for key in repeated if key in said or not _is_part(key, repeated, rulings)}
    counted = {(alias.plant_id, alias.source) for key, alias in aliases.items() if key not in repeated}
    marked = {key for key in repeated if key in said or (aliases[key].plant_id, key[0]) in counted}
    return dict(aliases) | {key: replace(aliases[key], is_duplicate=True) for key in marked}


def _is_part(key: RecordKey, repeated: Collection[RecordKey], rulings: Rulings) -> bool:
    link = rulings.linked.get(key)
    if link is None or link.value == DUPLICATE:
        return False
    return any(record is not None and record not in repeated for record in (link.record, link.other))


def _home_of_original(key: RecordKey, records: Mapping[RecordKey, Record], rulings: Rulings) -> UUID | None:
    original = rulings.parts[key].other
    return records[original].plant_id if original is not None and original in records else None
