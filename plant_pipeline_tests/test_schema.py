"""The schema the migrations make: described, as `sql/schema.sql` shows it, and made by migrations nobody edited."""

from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.schema import SCHEMA_FILE, dump_schema, merged_hashes, migration_hashes


def test_every_table_view_and_column_has_a_comment(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        bare = connection.exec_driver_sql(
            "select c.oid::regclass::text || coalesce('.' || a.attname, '') from pg_class as c "
            "inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
            "where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition "
            "and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'public') "
            "and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null) order by 1"
        )
        assert list(bare.scalars()) == []


def test_no_instant_comes_from_the_clock_of_the_database(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        by_database = connection.exec_driver_sql(
            "select adrelid::regclass || '.' || attname from pg_attrdef "
            "inner join pg_attribute on attrelid = adrelid and attnum = adnum "
            "where pg_get_expr(adbin, adrelid) ~* 'now\\(|current_|timestamp\\(' order by 1"
        )
        assert list(by_database.scalars()) == ["landing.run_issue.recorded_at"]


def test_the_schema_is_the_one_in_the_repository(warehouse_url: str) -> None:
    stored = SCHEMA_FILE.read_text(encoding="utf-8")
    assert dump_schema(warehouse_url) == stored, "after a new migration run `make schema` and commit sql/schema.sql"


def test_a_merged_migration_is_never_edited() -> None:
    present, merged = migration_hashes(), merged_hashes()
    edited = sorted(name for name, sha256 in merged.items() if present.get(name) != sha256)
    assert edited == [], "merged migrations stay as they are; put the change into a new one"
    assert sorted(present.keys() - merged.keys()) == [], "run `make schema` and commit sql/migrations.sha256"
