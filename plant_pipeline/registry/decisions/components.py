"""Sets of records that belong together, grown pair by pair.

What belongs here: union-find. What does not: why two records belong together.
"""

from collections.abc import Iterator

from plant_pipeline.registry.records import RecordKey


class Components:
    """Disjoint sets of records; a record never joined is a set of its own."""

    def __init__(self) -> None:
        self._set_of: dict[RecordKey, set[RecordKey]] = {}

    def of(self, record: RecordKey) -> set[RecordKey]:
        """The set a record is in; not to be changed."""
        return self._set_of.get(record) or {record}

    def join(self, one: RecordKey, other: RecordKey) -> None:
        """Make the sets of two records one."""
        if self.are_joined(one, other):
            return
        smaller, larger = sorted((self.of(one), self.of(other)), key=len)
        larger |= smaller
        for record in smaller | larger if len(larger) == 2 else smaller:
            self._set_of[record] = larger

    def are_joined(self, one: RecordKey, other: RecordKey) -> bool:
        """Whether two records are in one set."""
        return other in self.of(one)

    def __iter__(self) -> Iterator[set[RecordKey]]:
        """The sets of two records and more, in the order of their first records."""
        return iter(sorted({id(each): each for each in self._set_of.values()}.values(), key=min))
