"""The roles `etl_rw` and `bi_ro`: what each may do in a warehouse, also with what later migrations bring."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url

from plant_pipeline.errors import WarehouseError
from plant_pipeline.warehouse import (
    READABLE_SCHEMAS,
    Warehouse,
    access,
    bundled,
    connect,
    create_roles,
    migrate,
    opening,
)
from plant_pipeline_tests.source_contract.recording import sql_of
from plant_pipeline_tests.suncloud.source import SOURCE as SUNCLOUD

_TABLES_WITH = """select n.nspname || '.' || quote_ident(c.relname) from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
and has_table_privilege(c.oid, %s)"""


@pytest.fixture
def shared(warehouse: Warehouse) -> Warehouse:
    """A warehouse that was given to the roles, with one login of each."""
    create_roles(warehouse)
    with warehouse.transaction() as connection:
        for login, role in (("a_pipeline", "etl_rw"), ("a_reader", "bi_ro")):
            if not connection.exec_driver_sql(f"select 1 from pg_roles where rolname = '{login}'").scalar():
                connection.exec_driver_sql(f"create role {login} login in role {role}")
    return warehouse


@contextmanager
def _as(login: str, warehouse: Warehouse) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(warehouse.url).set(username=login).render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _tables_with(connection: psycopg.Connection[Any], privilege: str) -> set[str]:
    return {name for (name,) in connection.execute(_TABLES_WITH, (privilege,)).fetchall()}


def test_readers_read_results_and_how_runs_ended_and_nothing_that_was_received(shared: Warehouse) -> None:
    with _as("a_reader", shared) as connection:
        readable = _tables_with(connection, "select")
        beside = {"landing.heartbeat", "landing.run_issue", "landing.stream_run"}
        assert beside <= readable
        assert {name.partition(".")[0] for name in readable - beside} <= set(READABLE_SCHEMAS)
        assert {
            "registry.plant", "registry.plant_conflict", "energy.plant_daily", "energy.reading", "kpi.plant_daily_wide",
            "raptor_maps.delivery",
        } <= readable  # fmt: skip
        for name in readable:
            connection.execute(f"select * from {name} limit 1")
        connection.execute("select source, column_name, check_name, state from quarantine.rejected_record")
        for table in (
            "quarantine.rejected_record", 'landing."fetch"', "landing.source_account", "voke.plant", "ravenwits.plant",
        ):  # fmt: skip
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"select * from {table}")
        for column in ("payload", "value", "payload_sha256"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"select {column} from quarantine.rejected_record")


def test_readers_write_nothing_anywhere(shared: Warehouse) -> None:
    with _as("a_reader", shared) as connection:
        for privilege in ("insert", "update", "delete", "truncate", "references", "trigger"):
            assert _tables_with(connection, privilege) == set(), privilege
        for statement in (
            "create schema mine",
            "create table public.mine (n int)",
            "create table energy.mine (n int)",
            "create temp table mine (n int)",
            "drop table energy.plant_daily",
            "select nextval('landing.fetch_fetch_id_seq')",
            "set role etl_rw",
        ):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)


def test_what_later_migrations_bring_is_covered_whoever_applies_them(
    shared: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(bundled("sql") / "migrations", tmp_path / "sql" / "migrations")
    shutil.copytree(bundled("sql") / "queries", tmp_path / "sql" / "queries")
    (tmp_path / "sql" / "migrations" / "9999_later.sql").write_text(
        "create schema report;\ncreate table report.later (n int);\ncreate table energy.later (n int);\n"
        "create table quarantine.later (n int);\ncreate view kpi.later as select n from energy.later;\n"
    )
    for module in (access, opening):
        monkeypatch.setattr(module, "bundled", lambda name: tmp_path / name)
    with sql_of(SUNCLOUD):  # the owner of the server applies them here, not etl_rw
        assert migrate(shared)[0] == "9999_later"
    with _as("a_reader", shared) as connection:
        for name in ("report.later", "energy.later", "kpi.later"):
            connection.execute(f"select * from {name}")
        for name in ("quarantine.later", "suncloud.site"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"select * from {name}")
    with _as("a_pipeline", shared) as connection:
        for name in ("report.later", "energy.later", "quarantine.later"):
            connection.execute(f"insert into {name} values (1)")
        connection.execute("drop view kpi.later")
        connection.execute("delete from suncloud.site")


def test_the_pipeline_owns_all_and_may_migrate(shared: Warehouse) -> None:
    create_roles(shared)  # twice is once
    with shared.transaction() as connection:
        owners = connection.exec_driver_sql(
            "select distinct pg_get_userbyid(c.relowner) from pg_class as c "
            "inner join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
        ).scalars()
        assert list(owners) == ["etl_rw"]
    with (
        sql_of(SUNCLOUD),
        connect(make_url(shared.url).set(username="a_pipeline").render_as_string(hide_password=False)) as own,
    ):
        assert migrate(own) == ["suncloud/0001_suncloud", "suncloud/0002_shapes"]


def test_a_warehouse_that_was_given_to_no_role_is_left_as_it_is(warehouse: Warehouse, shared: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.exec_driver_sql("alter schema landing owner to current_user")
        connection.exec_driver_sql("create table energy.own (n int)")
        access.grant_access(connection)
        assert (
            connection.exec_driver_sql(
                "select relowner::regrole::text from pg_class where oid = 'energy.own'::regclass"
            ).scalar_one()
            != "etl_rw"
        )


def test_who_may_not_hand_the_warehouse_over_is_told_so(shared: Warehouse) -> None:
    with (
        connect(make_url(shared.url).set(username="a_reader").render_as_string(hide_password=False)) as own,
        pytest.raises(WarehouseError, match="may not hand the warehouse over"),
    ):
        create_roles(own)
