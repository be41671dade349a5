"""A whole sync against a real FlexMeasures server, and what it does beside it; run by `make test-real`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pytest

from plant_pipeline.config import SourceSettings
from plant_pipeline.http import HttpClient, Received, call_each
from plant_pipeline.landing.archive import FileArchive
from plant_pipeline.sources.contract import validate
from plant_pipeline.sources.flexmeasures.client import API
from plant_pipeline.sources.flexmeasures.readings import fetch_series
from plant_pipeline.sources.flexmeasures.source import FLEXMEASURES
from plant_pipeline.sources.run import Run
from plant_pipeline.sources.shapes import Readings, SensorSeries
from plant_pipeline.sources.source import FetchContext, Listing
from plant_pipeline.sources.stream import pull_entity
from plant_pipeline.warehouse import Warehouse, read_frame, read_table
from plant_pipeline_tests.real_flexmeasures.account import EMAIL, PASSWORD, URL, sync
from plant_pipeline_tests.real_flexmeasures.plant import (
    DAY,
    IMPORTED_KWH,
    INVERTER_KW,
    POA_W_PER_M2,
    PRODUCED_KWH,
    SUN_FROM,
    RealPlant,
)
from plant_pipeline_tests.real_flexmeasures.server import FORECASTER, NEIGHBOUR, TOKEN_LASTS_S

pytestmark = pytest.mark.real

_SETTINGS = SourceSettings("flexmeasures", URL, email=EMAIL, password=PASSWORD)
Result = TypeVar("Result")


def _ask(work: Callable[[HttpClient], Awaitable[Result]], client: HttpClient | None = None) -> Result:
    async def with_client() -> Result:
        async with client or FLEXMEASURES.client(_SETTINGS) as opened:
            return await work(opened)

    return asyncio.run(with_client())


@pytest.fixture(scope="module")
def plant() -> Iterator[RealPlant]:
    if not URL:
        pytest.fail("these tests need a server: run `make test-real`")
    real = RealPlant(URL, EMAIL, PASSWORD)
    real.fill()
    yield real
    real.close()


def test_a_sync_of_a_real_server_gives_the_energy_of_a_day_of_25_hours(
    plant: RealPlant, warehouse: Warehouse, warehouse_url: str, tmp_path: Path
) -> None:
    for _ in range(2):  # the second run changes nothing
        done = sync(warehouse_url, tmp_path, "--date", DAY.isoformat())
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ravenwits: not configured" in done.stdout
        assert "voke: not configured" in done.stdout
        _assert_energy(warehouse)


def _assert_energy(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        rows = read_frame(
            connection,
            "select p.name, p.timezone, p.technology, p.capacity_ac_kw, e.produced_kwh, e.imported_kwh, e.method, "
            "e.status, e.hours_in_day from energy.plant_daily as e inner join registry.plant as p using (plant_id) "
            "where e.energy_date = %(day)s",
            day=DAY,
        ).to_dict("records")
        assert len(rows) == 1
        day = rows[0]
        assert (day["name"], day["timezone"], day["technology"]) == ("Zonnepark Bunnik", "Europe/Amsterdam", "solar")
        assert (day["capacity_ac_kw"], day["hours_in_day"]) == (750.0, 25.0)
        assert (day["method"], day["status"]) == ("register_difference", "final")
        assert day["produced_kwh"] == pytest.approx(PRODUCED_KWH, abs=0.001)
        assert day["imported_kwh"] == pytest.approx(IMPORTED_KWH, abs=0.001)
        candidates = read_frame(
            connection,
            "select method, produced_kwh from energy.plant_daily_candidate where energy_date = %(day)s",
            day=DAY,
        )
        by_method = dict(zip(candidates["method"], candidates["produced_kwh"], strict=True))
        assert by_method["power_integral"] == pytest.approx(6930.0, abs=0.001)  # 693 kW for 10 h
        assert by_method["inverter_sum"] == pytest.approx(7000.0, abs=0.001)  # (400 + 300) kW for 10 h
        kpis = read_frame(connection, "select kpi, value from kpi.plant_daily where kpi_date = %(day)s", day=DAY)
        value = dict(zip(kpis["kpi"], kpis["value"], strict=True))
        # Irradiance counts while the sun is up: by the almanac its middle sets there at 16:16 UTC.
        assert value["reference_yield"] == pytest.approx((9 + 16 / 60) * POA_W_PER_M2 / 1000, abs=0.01)
        assert value["capacity_factor"] == pytest.approx(PRODUCED_KWH / (750 * 25))
        assert value["full_load_hours"] == pytest.approx(PRODUCED_KWH / 750)


def test_a_revised_value_counts_and_a_forecast_beside_it_does_not(plant: RealPlant) -> None:
    sensor, noon = plant.power_of("INV-1"), SUN_FROM + timedelta(hours=5)
    forecaster = RealPlant(URL, FORECASTER, PASSWORD)
    forecaster.post_power(
        sensor, SUN_FROM, [999.0] * 240, horizon="PT24H"
    )  # twenty hours, also where nothing is measured
    forecaster.close()
    plant.post_power(
        sensor, noon, [350.0], prior=(noon + timedelta(hours=2)).isoformat()
    )  # as is known two hours later
    series = SensorSeries(1, str(sensor), "kW", timedelta(minutes=5), SUN_FROM, noon + timedelta(minutes=30))
    found: Readings = _ask(lambda client: fetch_series(client, series))
    read = dict(zip(found.epochs_s, found.values, strict=True))
    assert len(read) == 66
    assert read.pop(noon.timestamp()) == pytest.approx(350.0)
    assert set(read.values()) == {INVERTER_KW[0]}


def test_a_token_that_has_ended_is_renewed() -> None:
    client = FLEXMEASURES.client(_SETTINGS)
    credentials = client._credentials
    began_s = time.monotonic()
    _ask(lambda own: own.get_json(f"{API}/assets/types"), client)
    again = FLEXMEASURES.client(_SETTINGS)
    again._credentials = credentials
    before = list(credentials.secrets()) if credentials else []
    time.sleep(max(TOKEN_LASTS_S + 2 - (time.monotonic() - began_s), 0))
    answer = _ask(lambda own: own.get_json(f"{API}/assets/types"), again)
    assert answer.http_status == 200
    assert credentials is not None
    assert len(credentials.secrets()) == len(before) + 1


def test_the_limit_of_the_server_is_kept_and_a_refusal_is_waited_out(plant: RealPlant) -> None:
    """500 calls in a minute of a user; another user spends them, so that this one's own calls are not in question."""
    settings = replace(_SETTINGS, email=FORECASTER)
    other = RealPlant(URL, FORECASTER, PASSWORD)

    def refusals_of(calls: int) -> int:
        """How many answers to so many calls, eight at once, were refusals before all were answered."""
        received: list[Received] = []

        async def ask(client: HttpClient) -> None:
            answers = await call_each(range(calls), lambda _: client.get_json(f"{API}/assets/types", entity="any"))
            assert [answer.http_status for _, answer in answers] == [200] * calls

        _ask(ask, FLEXMEASURES.client(settings, recorder=received.append))
        return [answer.http_status for answer in received].count(429)

    try:
        other.spend_calls(left=20)
        assert refusals_of(40) == 0  # what the server says is left is not overdrawn
        other.spend_calls(left=0)
        assert refusals_of(1) in (1, 2)  # Retry-After is in whole seconds, rounded down
    finally:
        other.close()


def test_an_account_that_may_not_be_read_fails_and_says_so(warehouse: Warehouse, tmp_path: Path) -> None:
    neighbour = RealPlant(URL, NEIGHBOUR, PASSWORD)
    neighbour.close()
    settings = replace(_SETTINGS, account=str(neighbour.account_id))
    run = Run(warehouse, FileArchive(tmp_path), "run-1", lambda: datetime.now(UTC))
    outcome = pull_entity(run, FLEXMEASURES, FLEXMEASURES.entity("asset"), settings)
    assert (outcome.state, "answered 403" in str(outcome.message)) == ("failed", True), outcome


def test_all_that_may_be_read_makes_no_further_plant(plant: RealPlant, warehouse: Warehouse, tmp_path: Path) -> None:
    """The server comes with public templates."""
    settings = replace(_SETTINGS, account=str(plant.account_id), others={"FLEXMEASURES_ASSETS": "accessible"})
    run = Run(warehouse, FileArchive(tmp_path), "run-1", lambda: datetime.now(UTC))
    for name in ("asset_type", "asset", "sensor"):
        assert pull_entity(run, FLEXMEASURES, FLEXMEASURES.entity(name), settings).state == "complete"
    with warehouse.transaction() as connection:
        facts = FLEXMEASURES.facts(partial(read_table, connection), {}, settings)
    assert [own.name for own in facts.plants if own.is_plant] == ["Zonnepark Bunnik"]
    assert {own.reason for own in facts.plants if not own.is_plant} == {"it belongs to no account: a public asset"}


@pytest.mark.parametrize("name", ["audit_event", "job", "sensor_status"])
def test_what_the_server_tells_of_its_own_work_is_as_our_schema_says(plant: RealPlant, name: str) -> None:
    entity = FLEXMEASURES.entity(name)
    asked = plant.power_of("INV-1") if name == "sensor_status" else plant.ids["Zonnepark Bunnik"]
    known = pd.DataFrame({"id": [str(asked)], "name": ["Zonnepark Bunnik"]})

    def fetch(client: HttpClient) -> Awaitable[Listing]:
        return entity.fetch(FetchContext(client, _SETTINGS, lambda *_, **__: known, datetime.now(UTC)))

    listing = _ask(fetch)
    assert listing.problem is None
    assert len(listing.records) >= {"audit_event": 1, "job": 0, "sensor_status": 1}[name], listing
    validated = validate(listing.records, entity.schema, entity.key_field)
    assert (validated.rejected_count, [str(drift) for drift in validated.drift if drift.breaks_the_document]) == (0, [])
