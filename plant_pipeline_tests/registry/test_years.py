"""Three years of nightly listings: the tables hold what changed, and what a sync reads does not grow."""

from dataclasses import replace
from itertools import pairwise

from plant_pipeline.registry.reconcile import reconcile
from plant_pipeline.sources.shapes import PlantCandidate
from plant_pipeline_tests.registry.given import ALL_SOURCES, Given, at, record

WEEKS = range(0, 156, 2)
PLANTS = 6
_TABLES = (
    "plant", "plant_alias", "plant_field", "plant_history", "plant_history_superseded", "record", "record_version",
    "match_proposal", "not_a_plant", "field_precedence", "touched",
)  # fmt: skip


def _fleet(week: int) -> list[PlantCandidate]:
    """Six plants in two systems; every quarter the capacity of one is another by one."""
    names = ("Alpha", "Brusel", "Cerna", "Dubova", "Elbtal", "Fontana")
    found = []
    for number, name in enumerate(names):
        changes = sum(quarter % PLANTS == number for quarter in range(week // 13 + 1)) - (number == 0)
        one = record(f"ravenwits:{name}", name, 45.0 + number, 9.0, capacity_ac_kw=1000.0 + 10 * changes)
        other = replace(one, source="voke", source_plant_id=f"v{number}", capacity_ac_kw=1000.0)
        found += [one, other]
    return found


def _rows(given: Given) -> dict[str, int]:
    return {table: given.rows(f"select count(*) from registry.{table}")[0][0] for table in _TABLES}


def _rows_read(given: Given, week: int) -> int:
    """By a sync in which nothing changed."""

    def so_far() -> int:
        statement = (
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables "
            "where schemaname = 'registry'"
        )
        return int(connection.exec_driver_sql(statement).scalar_one())

    with given.warehouse.transaction() as connection:
        before = so_far()
        reconcile(connection, _fleet(week), complete_sources=ALL_SOURCES, now_utc=at(7 * week + 1))
        return so_far() - before


def test_after_three_years_the_tables_hold_what_changed_and_a_sync_reads_what_it_read_at_first(given: Given) -> None:
    given.sync(_fleet(0))
    first, read_at_first = _rows(given), _rows_read(given, 0)
    for week in WEEKS:
        given.sync(_fleet(week), day=7 * week)
    changes = sum(_fleet(week) != _fleet(before) for before, week in pairwise(WEEKS))
    grown = {table: rows - first[table] for table, rows in _rows(given).items()}
    assert changes == 11
    assert {table: rows for table, rows in grown.items() if rows} == {
        "plant_history": changes, "record_version": changes,
    }  # fmt: skip
    assert _rows_read(given, WEEKS[-1]) <= read_at_first + 3 * changes
