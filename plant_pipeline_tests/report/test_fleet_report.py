"""What the report reads of the days before, and that no text of others is ever more than text."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from plant_pipeline.landing.stream import StreamOutcome, write_outcome
from plant_pipeline.report.fleet_days import (
    read_causes,
    read_delivered,
    read_months,
    read_spans,
)
from plant_pipeline.report.fleet_report import read_fleet_report
from plant_pipeline.report.headline import read_parts
from plant_pipeline.report.html import render_report
from plant_pipeline.warehouse import Warehouse, ensure_month_partitions
from plant_pipeline_tests.kpi.fleet import Fleet
from plant_pipeline_tests.report.page import Page, require_accessible, require_self_contained

DAY = date(2026, 3, 20)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
VOKE_PLANT = (
    "insert into voke.plant (id, name, serial_number, certificate_expires_at, fetched_at, is_present) "
    "values (%(id)s, %(id)s, %(id)s, %(ends)s, %(at)s, %(here)s)"
)
EVIL = "\"'><script>alert(1)</script><svg onload=alert(2)>{{ 7 * 7 }}"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.transaction() as opened:
        yield opened


def insert(connection: Connection, table: str, **row: object) -> None:
    columns, values = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    connection.exec_driver_sql(f"insert into {table} ({columns}) values ({values})", row)


def kpi(connection: Connection, plant_id: object, day: date, name: str, value: float) -> None:
    ensure_month_partitions(connection, "kpi.plant_daily", day, day)
    insert(
        connection,
        "kpi.plant_daily",
        plant_id=plant_id,
        kpi_date=day,
        kpi=name,
        value=value,
        unit="1",
        formula_version=1,
        run_id="run",
        computed_at=NOON,
    )


def group(connection: Connection, code: str, day: date, name: str, *, value: float | None, **columns: object) -> None:
    row = {"unit": "1", "plants": 2, "null_reason": None if value is not None else "no_data", **columns}
    insert(connection, "kpi.portfolio_daily", group_code=code, kpi_date=day, kpi=name, value=value, **row)


def test_the_days_of_a_plant_end_with_the_report_s_and_gaps_stay_gaps(connection: Connection) -> None:
    fleet = Fleet(connection)
    own = fleet.plant("P-1")
    fleet.plant("P-2")
    fleet.energy(own, DAY, 12.5)
    fleet.energy(own, DAY - timedelta(days=2), None, null_reason="no_data", method=None, coverage=None)
    fleet.energy(own, DAY - timedelta(days=29), 7.0)
    fleet.energy(own, DAY - timedelta(days=30), 99.0)  # the day before the span
    fleet.energy(own, DAY + timedelta(days=1), 99.0)
    kpi(connection, own, DAY, "performance_ratio", 0.8)
    kpi(connection, own, DAY - timedelta(days=1), "data_completeness", 0.5)
    days = read_spans(connection, DAY)
    assert list(days) == ["P-1"]
    assert days["P-1"].produced_kwh == [7.0, *[None] * 28, 12.5]
    assert days["P-1"].is_computed == [True, *[False] * 26, True, False, True]
    assert days["P-1"].performance_ratio == [*[None] * 29, 0.8]
    assert days["P-1"].data_completeness == [*[None] * 28, 0.5, None]


def test_causes_are_counted_by_plant_and_day_the_commonest_first(connection: Connection) -> None:
    fleet = Fleet(connection)
    codes = [fleet.plant(code) for code in ("P-1", "P-2", "P-3", "P-4")]
    before = DAY - timedelta(days=1)
    unknown: Any = {"null_reason": "no_data", "method": None, "coverage": None}
    for own in codes[:2]:
        fleet.energy(own, DAY, None, **unknown)
    fleet.energy(codes[0], before, None, **unknown)
    fleet.energy(codes[2], DAY, 5.0, status="provisional", data_completeness=0.4)
    fleet.energy(codes[3], DAY, 5.0, data_completeness=0.98)
    fleet.energy(codes[3], before, 5.0, data_completeness=0.99)
    assert list(read_causes(connection, DAY).items()) == [
        ("no_data", {before: 1, DAY: 2}),
        ("partly_measured", {DAY: 1}),
        ("provisional", {DAY: 1}),
    ]


def test_months_are_sums_and_sums_over_sums_up_to_the_date(connection: Connection) -> None:
    """March: 100 + 50 kWh, (80 + 20) / (100 + 100) of reference; the day after and an unknown day do not count."""
    days = {DAY: (100.0, 80.0), DAY - timedelta(days=1): (50.0, 20.0), DAY + timedelta(days=1): (9.0, 9.0)}
    for day, (kwh, numerator) in days.items():
        group(connection, "all", day, "energy_kwh", value=kwh, capacity_share=0.5)
        group(connection, "all", day, "performance_ratio", value=1.0, numerator=numerator, denominator=100.0)
    group(connection, "all", DAY - timedelta(days=2), "energy_kwh", value=None)
    group(connection, "north", DAY, "energy_kwh", value=1.0)
    group(connection, "all", date(2025, 4, 1), "energy_kwh", value=3.0)
    group(connection, "all", date(2025, 3, 31), "energy_kwh", value=4.0)  # more than twelve months
    march, april = read_months(connection, DAY)
    assert (march.month_date, march.days, march.produced_kwh) == (date(2026, 3, 1), 2, 150.0)
    assert march.performance_ratio == pytest.approx(0.5)
    assert march.capacity_share == pytest.approx(0.5)
    assert (april.month_date, april.produced_kwh) == (date(2025, 4, 1), 3.0)


def test_the_year_of_a_december_begins_in_january(connection: Connection) -> None:
    group(connection, "all", date(2026, 1, 1), "energy_kwh", value=3.0)
    group(connection, "all", date(2025, 12, 31), "energy_kwh", value=4.0)
    assert [month.month_date for month in read_months(connection, date(2026, 12, 5))] == [date(2026, 1, 1)]


def test_deliveries_count_what_is_current(connection: Connection) -> None:
    for part, status, is_current in ((1, "uploaded", True), (2, "failed", True), (2, "uploaded", False)):
        insert(
            connection,
            "raptor_maps.delivery",
            observation_date=DAY,
            part=part,
            file_name="a.csv",
            sha256=f"{part}{status}",
            byte_count=1,
            row_count=10,
            status=status,
            run_id="run",
            parts=2,
            is_current=is_current,
        )
    (own,) = read_delivered(connection, DAY)
    assert (own.parts, own.accepted, own.failed, own.row_count) == (2, 1, 1, 20)


def test_what_was_sent_before_late_data_came_is_not_the_state_of_a_part(connection: Connection) -> None:
    """Two parts were accepted; of the day as it is now there is one, for which no address to send it to was had."""
    for part, sha256, status, is_current in (
        (1, "early", "uploaded", False),
        (2, "early", "uploaded", False),
        (1, "late", "failed", True),
    ):
        insert(
            connection,
            "raptor_maps.delivery",
            observation_date=DAY,
            part=part,
            file_name="a.csv",
            sha256=f"{sha256} {part}",
            byte_count=1,
            row_count=10,
            status=status,
            uploaded_at=NOON if status == "uploaded" else None,
            run_id="night",
            parts=2,
            is_current=is_current,
        )
    for run_id in ("night", "registry sync of the next hour"):
        assert [(own.part, own.status) for own in read_parts(connection, [DAY], run_id)] == [(1, "failed")]


def test_certificates_that_ended_or_end_within_thirty_days_are_work(connection: Connection) -> None:
    """At noon: one ended an hour ago, one ends in 29 days, one in 31; one of a record that is gone does not count."""
    fleet = Fleet(connection)
    own = fleet.plant("P-1")
    ends = {"a": -1 / 24, "b": 29.0, "c": 31.0, "gone": 1.0}
    for record, days in ends.items():
        alias = {"method": "new", "is_present": True, "first_seen_at": NOON, "last_seen_at": NOON, "plant_id": own}
        insert(connection, "registry.plant_alias", source="voke", source_plant_id=record, source_name=record, **alias)
        connection.exec_driver_sql(
            VOKE_PLANT, {"id": record, "ends": NOON + timedelta(days=days), "at": NOON, "here": record != "gone"}
        )
    write_outcome(connection, "run", StreamOutcome("voke", "plant", "complete", got=9), NOON)
    report = read_fleet_report(connection, DAY)
    assert [(own.source_plant_id, own.is_over) for own in report.certificates] == [("a", True), ("b", False)]
    told = {work.level: work.text for work in report.work if work.section == "certificates"}
    assert told == {"alarm": "1 certificate ended", "warn": "1 certificate will end within 30 days"}


def test_open_problems_are_work_and_those_that_are_over_are_none(connection: Connection) -> None:
    for kind, acknowledged_by, over_at in (("known", "anna", None), ("new", None, None), ("over", None, NOON)):
        insert(
            connection,
            "automation.problem",
            kind=kind,
            subject=EVIL,
            message=EVIL,
            first_seen_at=NOON,
            last_seen_at=NOON,
            acknowledged_by=acknowledged_by,
            acknowledged_at=NOON if acknowledged_by else None,
            over_at=over_at,
        )
    report = read_fleet_report(connection, DAY)
    assert [own.kind for own in report.problems] == ["new", "known"]
    assert [(work.level, work.text) for work in report.work] == [
        ("alarm", "1 problem that nobody has acknowledged"),
        ("note", "1 problem that somebody knows of"),
    ]
    text = render_report(report)
    require_self_contained(text)
    require_accessible(Page(text))


def test_texts_of_others_are_texts_wherever_they_stand(connection: Connection) -> None:
    """Names of plants, records, groups, fields, checks, values, evidence and messages, all of them hostile."""
    fleet = Fleet(connection)
    plant_id = fleet.plant("P-1", place=(50.0, 15.0))
    connection.exec_driver_sql("update registry.plant set name = %(name)s, capacity_ac_kw = 100", {"name": EVIL})
    fleet.energy(plant_id, DAY, 5.0, status="provisional", flags=["methods_disagree"])
    fleet.plant("P-2", place=(51.0, 14.0))
    connection.exec_driver_sql("update registry.plant set name = %(name)s where plant_code = 'P-2'", {"name": EVIL})
    group(connection, EVIL, DAY, "energy_kwh", value=1.0)
    write_outcome(connection, "run", StreamOutcome("voke", "plant", "failed", message=EVIL), NOON)
    alias = {"method": "new", "is_present": True, "first_seen_at": NOON, "last_seen_at": NOON, "plant_id": plant_id}
    insert(connection, "registry.plant_alias", source="voke", source_plant_id=EVIL, source_name=EVIL, **alias)
    insert(
        connection,
        "registry.plant_field",
        plant_id=plant_id,
        field="capacity_ac_kw",
        source="ravenwits",
        source_plant_id="1",
        value="100",
        is_selected=True,
        observed_at=NOON,
    )
    insert(
        connection,
        "registry.plant_field",
        plant_id=plant_id,
        field="capacity_ac_kw",
        source="voke",
        source_plant_id=EVIL,
        value="150",
        is_selected=False,
        observed_at=NOON,
    )
    insert(connection, "registry.field_precedence", field="capacity_ac_kw", source="voke", rank=2, tolerance=0.05)
    side = (
        "jsonb_build_object('name', %(evil)s::text, 'technology', %(evil)s::text, 'latitude', 50, 'longitude', 15, "
        "'capacity_ac_kw', 100, 'capacity_dc_kw', null)"
    )
    evidence = (
        f"jsonb_build_object('record', {side}, 'other', {side}, "
        "'other_source', 'voke', 'other_source_plant_id', %(evil)s::text, "
        "'reasons', jsonb_build_array(%(evil)s::text), "
        "'doubts', jsonb_build_array(%(evil)s::text))"
    )
    connection.exec_driver_sql(
        "insert into registry.match_proposal (source, source_plant_id, plant_id, score, evidence) "
        f"values ('voke', %(evil)s, %(plant_id)s, 0.9, {evidence})",
        {"evil": EVIL, "plant_id": plant_id},
    )
    connection.exec_driver_sql(
        "insert into quarantine.rejected_record (source, entity, record_key, column_name, check_name, value, payload, "
        "payload_sha256, run_id, rejected_at, last_seen_at) "
        "values ('voke', %(e)s, %(e)s, %(e)s, %(e)s, %(e)s, '{}', 'x', 'run', %(at)s, %(at)s)",
        {"e": EVIL, "at": NOON},
    )
    insert(
        connection,
        "quarantine.schema_drift",
        source="voke",
        entity=EVIL,
        column_name=EVIL,
        kind="type",
        documented=EVIL,
        seen=EVIL,
        records=1,
        of_records=2,
        is_kept=False,
        run_id="run",
        first_seen_at=NOON,
        last_seen_at=NOON,
    )
    text = render_report(read_fleet_report(connection, DAY))
    assert "<script" not in text
    assert "onload=" not in text.replace("onload=alert(2)&gt;", "")
    require_self_contained(text)
    page = Page(text)
    require_accessible(page)
    # Plant: attention (provisional, no sensor), ranking, heat map, map twice, proposal, conflict, unknown KPIs none.
    assert page.text.count("{{ 7 * 7 }}") >= 20
    for words in ("50.0 %", "against: ", "1 plant on which systems disagree", "1 doubtful match to decide", "150 voke"):
        assert words in page.text, words
