import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from plant_pipeline.kpi.daily import compute_kpis
from plant_pipeline.landing.stream import RunIssue, StreamOutcome, write_issues, write_outcome
from plant_pipeline.report.repeats import told_once
from plant_pipeline.report.summary import KpiCount, run_summary
from plant_pipeline.report.summary_text import render_summary
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.kpi.fleet import Fleet

RUN = "7d1c"
DAY = date(2026, 3, 20)
DATES = [DAY, DAY + timedelta(days=1)]
NOW = datetime(2026, 3, 22, 3, tzinfo=UTC)
WHERE = {"warehouse": "postgresql://db/plants", "archive": "s3://bucket/plants"}


def deliver(connection: Connection, day: date, sha256: str, status: str, run_id: str, uploaded_at: str | None) -> None:
    connection.exec_driver_sql(
        "insert into raptor_maps.delivery (observation_date, part, file_name, sha256, byte_count, row_count, status, "
        "uploaded_at, run_id, parts) values (%(day)s, 1, 'f.csv', %(sha)s, 10, 500, %(status)s, %(at)s, %(run)s, 1)",
        {"day": day, "sha": sha256, "status": status, "run": run_id, "at": uploaded_at},
    )


def alias(connection: Connection, plant: uuid.UUID, source: str, source_plant_id: str, method: str) -> None:
    connection.exec_driver_sql(
        "insert into registry.plant_alias "
        "(source, source_plant_id, plant_id, source_name, method, is_present, first_seen_at, last_seen_at) "
        "values (%(source)s, %(id)s, %(plant)s, 'Pole', %(method)s, true, now(), now())",
        {"source": source, "id": source_plant_id, "plant": plant, "method": method},
    )


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """Two solar plants and a wind farm; one known to two systems; a proposal, a rejected record, a failed stream."""
    with warehouse.transaction() as opened:
        fleet = Fleet(opened)
        sun, field, wind = fleet.plant("P-1"), fleet.plant("P-2"), fleet.plant("P-3", technology="wind")
        fleet.plant("P-4", status="retired")
        for plant, source, number, method in (
            (sun, "ravenwits", "1", "new"),
            (sun, "voke", "11", "name_place"),
            (field, "voke", "12", "new"),
            (wind, "ravenwits", "2", "external_id"),
        ):
            alias(opened, plant, source, number, method)
        opened.exec_driver_sql(
            "insert into registry.not_a_plant values ('voke', '99', 'Gateway', 'no capacity and no meter')"
        )
        opened.exec_driver_sql(
            "insert into registry.match_proposal (source, source_plant_id, plant_id, score, evidence) "
            "values ('voke', '12', %(plant)s, 0.805, '{}')",
            {"plant": sun},
        )
        for column in ("lat", "lon"):  # one record, two failed fields
            opened.exec_driver_sql(
                "insert into quarantine.rejected_record "
                "(source, entity, record_key, column_name, check_name, payload, payload_sha256, run_id, rejected_at, "
                "last_seen_at) "
                "values ('ravenwits', 'plant', '9', %(column)s, 'in_range', '{}', 'x', 'r', %(at)s, %(at)s)",
                {"column": column, "at": NOW},
            )
        for day in DATES:
            fleet.energy(sun, day, 1000.0)
            fleet.energy(wind, day, 500.0, method="power_integral", status="provisional", coverage=0.8)
            fleet.energy(field, day, None, method=None, null_reason="no_data", coverage=None)
            compute_kpis(opened, day, now_utc=NOW, run_id=RUN)
        opened.exec_driver_sql(
            "insert into energy.restatement (plant_id, energy_date, recorded_at, cause, run_id) "
            "values (%(plant)s, %(day)s, now(), 'late data', %(run)s)",
            {"plant": sun, "day": DAY, "run": RUN},
        )
        for outcome in (
            StreamOutcome("ravenwits", "plant", "complete", got=1234, seen_new=2, seen_changed=1, quarantined=1),
            StreamOutcome("ravenwits", "unavailability", "not_permitted", message="HTTP 403"),
            StreamOutcome("flexmeasures", "asset", "not_configured"),
            StreamOutcome("flexmeasures", "sensor", "not_configured"),
            StreamOutcome("voke", "plant", "failed", message="HTTP 503 after 3 tries; the last good rows stay"),
        ):
            write_outcome(opened, RUN, outcome, NOW)
        write_outcome(opened, "another run", StreamOutcome("voke", "alert", "failed", message="long ago"), NOW)
        issues = [RunIssue("energy", f"P-{n}", f"P-{n} draws at noon", "finding", DAY) for n in range(7)]
        write_issues(opened, RUN, [*issues, RunIssue("energy", "P-2", "P-2 was not read\nfor an hour", "failure", DAY)])
        # The first day was sent by an earlier run and again, changed, by this one; the second stays as it was.
        deliver(opened, DATES[0], "a", "uploaded", "old", "2026-03-21 03:00+00")
        opened.exec_driver_sql("update raptor_maps.delivery set is_current = false")
        deliver(opened, DATES[0], "b", "uploaded", RUN, "2026-03-22 03:00+00")
        deliver(opened, DATES[1], "c", "uploaded", "old", "2026-03-21 03:00+00")
        yield opened


def test_the_summary_as_data(connection: Connection) -> None:
    summary = run_summary(connection, RUN, DATES)
    assert [stream.entity for stream in summary.failed_streams] == ["plant"]
    assert summary.registry.by_status == {"active": 3, "retired": 1}
    assert summary.registry.by_technology == {"solar": 2, "wind": 1}
    assert summary.registry.by_systems == {2: 1, 1: 2}
    assert summary.registry.records_by_method == {"external_id": 1, "name_place": 1, "new": 2, "not_a_plant": 1}
    assert [(p.source, p.source_plant_id, p.plant_code, p.score) for p in summary.proposals] == [
        ("voke", "12", "P-1", 0.805)
    ]
    assert summary.quarantined_records == 1
    assert [(line.outcome, line.status, line.plant_days, line.produced_kwh) for line in summary.energy] == [
        ("power_integral", "provisional", 2, 1000.0),
        ("register_difference", "final", 2, 2000.0),
        ("no_data", "final", 2, None),
    ]
    assert summary.restated == 1
    assert summary.kpis[0] == KpiCount("energy_kwh", 4, {"no_data": 2})
    assert summary.kpis[1] == KpiCount("specific_yield", 2, {"no_data": 2, "not_applicable": 2})
    assert [(part.observation_date, part.is_of_run) for part in summary.parts] == [(DATES[0], True), (DATES[1], False)]
    assert [issue.subject for issue in summary.failures] == ["P-2"]


def test_the_summary_as_text(connection: Connection) -> None:
    text = render_summary(run_summary(connection, RUN, DATES), where=WHERE)
    squeezed = " ".join(text.split())
    for words in (
        "INCOMPLETE, 2 failures; plant-local days 2026-03-20 to 2026-03-21; run 7d1c",
        "ravenwits plant 1,234 2 1 - 1 complete",
        "ravenwits unavailability - - - - 0 not permitted: HTTP 403",
        "flexmeasures: not configured",
        "voke plant - - - - 0 failed",
        "3 active plants: solar 2, wind 1; retired 1",
        "1 in 2 systems, 2 in 1 system",
        "1 by a shared id, 1 by name and place, 2 a plant of their own, 1 no plant",
        "voke:12 'Pole' = P-1 'Plant P-1'? score 0.81",  # 0.805 is a little more than that
        "4 plant days known, 3.0 MWh; 1 restated",
        "register difference final 2",
        "power integral provisional 2",
        "unknown 2 no data 2",
        "energy_kwh 4 values 2 NULL (no data 2)",
        "specific_yield 2 values 2 NULL (no data 2); n/a 2",
        "parts sent 1, unchanged 1, built 0, failed 0; 500 rows sent",
        "voke plant: HTTP 503 after 3 tries; the last good rows stay",
        "2026-03-20 P-2 was not read for an hour",
        "and 2 more: `plant-pipeline findings --run 7d1c`",
        "Data warehouse: postgresql://db/plants archive: s3://bucket/plants",
        "plant-pipeline doctor",
        "decide 1 proposal plant-pipeline registry review",
        "look at 1 rejected record plant-pipeline quarantine list",
        "plant-pipeline report --date 2026-03-21 --out report.html",
    ):
        assert words in squeezed, words
    assert "long ago" not in text
    assert max(map(len, text.splitlines())) <= 118
    assert len(text.splitlines()) <= 60
    assert "\x1b" not in text


def _rendered(warehouse: Warehouse, *issues: RunIssue) -> str:
    with warehouse.transaction() as connection:
        write_outcome(connection, RUN, StreamOutcome("voke", "plant", "complete", got=0), NOW)
        write_issues(connection, RUN, issues)
        return render_summary(run_summary(connection, RUN, []), where=WHERE)


def _finding(text: str, subject: str = "2026-03-20") -> RunIssue:
    return RunIssue("energy", subject, text, "finding")


def test_a_command_to_copy_is_never_cut(warehouse: Warehouse) -> None:
    command = "`plant-pipeline registry meter-change flexmeasures:1234567 --at INSTANT --last V --first V`"
    for words in range(20, 60):
        text = _rendered(warehouse, _finding(f"P-1 2026-03-20: {'the register fell ' * words}state it: {command}"))
        assert command in text


def test_the_same_finding_of_several_days_is_one(warehouse: Warehouse) -> None:
    """A pyranometer dead for four days, another one for one, a meter on three of five days, each with other figures."""
    days = ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]
    dead = "irradiance of Mast (sensor {}) contradicts the other sensors and is left out: check or clean it"
    issues = [_finding(f"P-1 {day}: {dead.format(12)}", day) for day in days]
    issues.append(_finding(f"P-1 {days[1]}: {dead.format(13)}", days[1]))
    issues += [
        _finding(f"P-2 {day}: meter says {kwh} kWh, seen at {day} 12:0{kwh % 10}:00Z by voke:7", day)
        for day, kwh in (("2026-03-27", 101), ("2026-03-29", 95), ("2026-03-31", 102))
    ]
    issues.append(_finding("P-3 2026-03-31: is new", "2026-03-31"))
    squeezed = " ".join(_rendered(warehouse, *issues).split())
    assert f"4 days, 2026-03-28 to 2026-03-31: P-1: {dead.format(12)}" in squeezed
    assert f"2026-03-29 P-1: {dead.format(13)}" in squeezed
    assert "3 days, 2026-03-27 ... 2026-03-31: P-2: meter says 102 kWh" in squeezed
    assert "2026-03-31 P-3: is new" in squeezed
    assert "more: `plant-pipeline findings" not in squeezed


def test_a_run_in_which_all_is_well_asks_for_nothing(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        write_outcome(connection, RUN, StreamOutcome("voke", "plant", "complete", got=0), NOW)
        text = render_summary(run_summary(connection, RUN, []), where=WHERE)
    assert "plant_pipeline: done; no plant-local day; run 7d1c" in text
    assert "none is waiting" in text
    for absent in ("Failures", "Findings", "doctor", "review", "quarantine list"):
        assert absent not in text


def test_a_plant_that_could_not_be_read_is_told_with_its_days_whole() -> None:
    one_day = "P-A, 2026-03-09: 3 of 3 sensors could not be read"
    span = "P-B, 2026-03-06 to 2026-03-09: 2 of 2 sensors could not be read"
    issues = [RunIssue("readings", text[:3], text, "failure", date(2026, 3, 9)) for text in (one_day, span)]
    assert told_once(issues) == ["2026-03-09 P-A: 3 of 3 sensors could not be read", span]
