"""The tests of one source: a subclass of `SourceContract` in a module of tests is all it takes.

They ask for the fixture `warehouse`; outside this project `pytest_plugins = ["plant_pipeline_tests.conftest"]` brings
it.
"""

import asyncio
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from plant_pipeline.config import SourceSettings
from plant_pipeline.errors import SourceError
from plant_pipeline.http import RetryPolicy
from plant_pipeline.http.body import parse_json
from plant_pipeline.landing.archive import open_archive
from plant_pipeline.sources.columns import meaning_of
from plant_pipeline.sources.contract import validate
from plant_pipeline.sources.installed import problems_of
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.source import Entity, FetchContext, Listing, Source
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse, migrate, query, read_frame, read_table
from plant_pipeline_tests.source_contract.bad_input import (
    ANSWERS,
    assert_rows_can_be_stored,
    bad_answers,
    responder,
)
from plant_pipeline_tests.source_contract.bad_values import BAD_VALUES, with_value
from plant_pipeline_tests.source_contract.faults import LASTING, PASSING, always, once
from plant_pipeline_tests.source_contract.recording import AT, TOKEN, Recording, sql_of

GoodRecord = tuple[Entity, Mapping[str, Any]]
_HUGE = 10_000_000  # characters


class SourceContract:
    """What holds of a source.

    `recordings`: one of every entity, and of readings if it has any. `of_one_record`: entities whose answer is a single
    record each time.
    """

    source: ClassVar[Source]
    recordings: ClassVar[Sequence[Recording]]
    of_one_record: ClassVar[Collection[str]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test runs on what its parameters name."""
        of_records = [own for own in self.recordings if own.series is None]
        for name, recordings in {
            "recording": self.recordings,
            "of_records": of_records,
            "of_optional": [own for own in of_records if own.entity.is_optional],
            "of_readings": [own for own in self.recordings if own.series is not None],
        }.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, recordings, ids=str)
        if "passing" in metafunc.fixturenames:
            metafunc.parametrize("passing", PASSING)
        if "lasting" in metafunc.fixturenames:
            metafunc.parametrize("lasting", LASTING)
        for name, is_listed in {"listed": True, "written": False}.items():
            if name in metafunc.fixturenames:
                own = [record for record in self._good_records() if (record[0].write is None) is is_listed]
                metafunc.parametrize(name, own, ids=[entity.name for entity, _ in own])

    @classmethod
    def _good_records(cls) -> list[GoodRecord]:
        """A record of each entity that is as documented, as the source gives it to the schema."""
        return [(own.entity, own.good_record()) for own in cls.recordings if own.series is None]

    @pytest.fixture(autouse=True)
    def _sql(self, request: pytest.FixtureRequest) -> Iterator[None]:
        with sql_of(self.source):
            if self.source.folder is not None and "warehouse" in request.fixturenames:
                migrate(request.getfixturevalue("warehouse"))
            yield

    # -- what it declares --
    def test_it_declares_what_it_needs(self) -> None:
        assert problems_of(self.source) == []
        names = {entity.name for entity in self.source.entities}
        assert {self.source.plant_entity, *self.source.fact_entities} <= names
        assert {need for entity in self.source.entities for need in entity.needs} <= names
        assert {name for job in self.source.jobs for name in job.entities} <= names
        assert names == {own.entity_name for own in self.recordings if own.series is None}
        assert any(own.series for own in self.recordings) == (self.source.fetch_readings is not None)
        assert self.source.entity(self.source.plant_entity).guarded_ids is not None
        assert all(query(entity.guarded_ids) for entity in self.source.entities if entity.guarded_ids is not None)

    def test_a_client_is_opened_without_a_request(self) -> None:
        settings = SourceSettings(self.source.name, "https://api.test", email="e@x.test", password="long-secret")
        assert self.source.client(settings).source == self.source.name

    def test_it_fits_its_tables(self, warehouse: Warehouse) -> None:
        for entity in self.source.entities:
            with warehouse.transaction() as connection:
                columns = set(read_frame(connection, f"select * from {entity.table} limit 0").columns)
            assert set(entity.schema.columns) <= columns
            assert entity.write is not None or {"fetched_at", "is_present"} <= columns
            assert all(column.description for column in entity.schema.columns.values())

    # -- what leaves it --
    def test_an_empty_warehouse_gives_no_facts(self, warehouse: Warehouse) -> None:
        with warehouse.transaction() as connection:
            facts = self.source.facts(partial(read_table, connection), {}, None)
        assert (facts.plants, facts.equipment, facts.sensors) == ([], [], [])

    def test_what_was_recorded_gives_plants_whose_equipment_and_sensors_are_known(
        self, warehouse: Warehouse, tmp_path: Path
    ) -> None:
        for entity, record in self._good_records():
            if entity.name in self.source.fact_entities:
                assert _pull(warehouse, tmp_path, self.source, entity, [dict(record)]).state == "complete"
        with warehouse.transaction() as connection:
            facts = self.source.facts(partial(read_table, connection), {}, None)
        plants = {plant.source_plant_id for plant in facts.plants}
        assert plants
        named = [own.source for own in facts.plants] + [own.source for own in facts.equipment]
        assert {*named, *(own.source for own in facts.sensors)} == {self.source.name}
        assert len(plants) == len(facts.plants)
        assert {device.source_plant_id for device in facts.equipment} <= plants
        assert {own.source_asset_id for own in facts.sensors} <= {own.source_asset_id for own in facts.equipment}

    # -- all is well --
    def test_when_all_is_well_nothing_is_told(self, recording: Recording) -> None:
        found = recording.play()
        if isinstance(found, Listing):
            validated = validate(found.records, recording.entity.schema, recording.entity.key_field)
            assert (found.problem, validated.rejections, list(validated.drift)) == (None, [], [])
            assert len(validated.rows) == len(found.records) > 0
        else:
            assert [len(readings.values) > 0 for readings in found] == [True]

    # -- faults --
    def test_a_fault_that_passes_is_ridden_out(self, recording: Recording, passing: str) -> None:
        assert recording.play(once(recording, PASSING[passing]), RetryPolicy()) == recording.play()

    def test_a_fault_that_lasts_is_told_and_never_taken_for_nothing(self, recording: Recording, lasting: str) -> None:
        said = f"{self.source.name}: "
        try:
            found = recording.play(always(recording, LASTING[lasting]))
        except SourceError as error:
            said = str(error)
        else:
            assert isinstance(found, Listing), "readings that could not be had are no empty readings"
            # What is forbidden may be lacking, if that is said.
            is_told = found.problem or found.failed or (lasting == "403" and found.note)
            assert is_told, "a listing that could not be had is no empty listing"
        assert said.startswith(f"{self.source.name}: ")
        assert TOKEN not in said
        assert len(said) < 600

    def test_what_is_optional_and_forbidden_is_known_to_be_forbidden(self, of_optional: Recording) -> None:
        with pytest.raises(SourceError) as refused:
            of_optional.play(always(of_optional, LASTING["403"]))
        assert refused.value.http_status == 403

    # -- bad input --
    @ANSWERS
    @given(data=st.data())
    def test_any_answer_ends_in_rows_rejected_records_drift_or_a_clear_error(
        self, of_records: Recording, data: st.DataObject
    ) -> None:
        bodies = data.draw(bad_answers(of_records.documents))
        try:
            listing = of_records.play(responder(bodies))
        except SourceError:  # clear: it names source, path and what is wrong with the answer
            return
        assert isinstance(listing, Listing)
        validated = validate(listing.records, of_records.entity.schema, of_records.entity.key_field)
        assert_rows_can_be_stored(validated, of_records)
        assert len(validated.rows) + validated.rejected_count == len(listing.records)
        assert (validated.mostly_rejected is not None) is (2 * validated.rejected_count > len(listing.records))
        assert all(str(drift).encode() and len(str(drift)) < 400 for drift in validated.drift)

    @ANSWERS
    @given(data=st.data())
    def test_any_answer_ends_in_readings_inside_the_window_or_a_clear_error(
        self, of_readings: Recording, data: st.DataObject
    ) -> None:
        bodies = data.draw(bad_answers(of_readings.documents))
        series = of_readings.series
        assert series is not None
        try:
            (readings,) = of_readings.play(responder(bodies))  # type: ignore[misc]
        except SourceError:  # clear: it names source, path and what is wrong with the answer
            return
        assert all(math.isfinite(value) for value in readings.values)
        assert all(series.start_utc.timestamp() <= at < series.end_utc.timestamp() for at in readings.epochs_s)
        assert list(readings.epochs_s) == sorted(set(readings.epochs_s))

    def test_no_bad_value_in_any_field_stops_a_listing_or_changes_another_field(
        self, warehouse: Warehouse, tmp_path: Path, listed: GoodRecord
    ) -> None:
        entity, good = listed
        bad: list[tuple[str, Any]] = []
        for name in good:
            for value in BAD_VALUES:
                record, is_json = parse_json(with_value(_with_id(good, len(bad)), (name,), value))
                assert is_json
                bad.append((name, record))
        fillers = [_with_id(good, len(bad) + i) for i in range(len(bad))]
        outcome = _pull(warehouse, tmp_path, self.source, entity, [*fillers, *(record for _, record in bad)])
        assert outcome.state == "complete", outcome.message
        with warehouse.transaction() as connection:
            rows = {str(row["id"]): row for row in read_table(connection, entity.table)}
        model = rows[str(fillers[0]["id"])]
        columns = {meaning_of(column).field: name for name, column in entity.schema.columns.items()}
        for changed, record in bad:
            if changed != "id" and (row := rows.get(str(record["id"]))) is not None:
                assert {**row, columns[changed]: None, "id": None} == {**model, columns[changed]: None, "id": None}
        assert 0 < outcome.quarantined < len(bad)

    def test_no_bad_value_in_any_field_stops_what_is_written_in_its_own_way(
        self, warehouse: Warehouse, tmp_path: Path, written: GoodRecord
    ) -> None:
        entity, good = written
        answered = [name for name in good if name not in ("asset_id", entity.date_column)]
        bad = [parse_json(with_value(good, (name,), value))[0] for name in answered for value in BAD_VALUES]
        if entity.name in self.of_one_record:
            bad = bad[:: len(BAD_VALUES) + 5]
            outcomes = [_pull(warehouse, tmp_path, self.source, entity, [own], n) for n, own in enumerate([good, *bad])]
            assert {outcome.state for outcome in outcomes} == {"complete", "failed"}
        else:
            outcome = _pull(warehouse, tmp_path, self.source, entity, [*[dict(good)] * len(bad), *bad])
            assert outcome.state == "complete", outcome.message
            assert 0 < outcome.quarantined < len(bad)
        statement = sql.SQL("select count(*) from {}").format(sql.Identifier(*entity.table.split(".")))
        with warehouse.transaction() as connection:
            assert connection.exec_driver_sql(statement.as_string()).scalar_one() > 0

    def test_an_id_that_comes_twice_is_one_row(self, warehouse: Warehouse, tmp_path: Path) -> None:
        for entity, good in self._good_records():
            if entity.write is None:
                outcome = _pull(warehouse, tmp_path, self.source, entity, [_with_id(good, n) for n in (1, 2, 1)])
                assert outcome.quarantined == 0
                with warehouse.transaction() as connection:
                    assert len(read_table(connection, entity.table)) == 2

    def test_a_text_of_ten_megabytes_is_stored_nowhere(self, warehouse: Warehouse, tmp_path: Path) -> None:
        entity, good = next(own for own in self._good_records() if own[0].name == self.source.plant_entity)
        meanings = [meaning_of(column) for column in entity.schema.columns.values()]
        name = next(own.field for own in meanings if own.kind == "text" and own.is_vital)
        bad = [{**_with_id(good, 1), name: "n" * _HUGE}]
        fillers = [_with_id(good, 10 + n) for n in range(3)]
        outcome = _pull(warehouse, tmp_path, self.source, entity, [*bad, *fillers])
        assert (outcome.state, outcome.quarantined) == ("complete", 1)
        with warehouse.transaction() as connection:
            assert all(len(orjson.dumps(row, default=str)) < _HUGE for row in read_table(connection, entity.table))


def _with_id(record: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The record under another id of the same kind, if it has one."""
    if "id" not in record:
        return dict(record)
    if isinstance(record["id"], int):
        return {**record, "id": number + 1}
    return {**record, "id": f"{number:08x}{str(record['id'])[8:]}"}


def _pull(
    warehouse: Warehouse, archive: Path, source: Source, entity: Entity, records: list[Any], seconds: int = 0
) -> Any:
    async def fetch(_context: FetchContext) -> Listing:
        await asyncio.sleep(0)
        return Listing(records)

    run = Run(warehouse, open_archive(archive.as_uri()), f"run-{seconds}", lambda: AT + timedelta(seconds=seconds))
    settings = SourceSettings(source.name, "https://api.test", token=TOKEN)
    return pull_entity(run, source, replace(entity, fetch=fetch), settings)
