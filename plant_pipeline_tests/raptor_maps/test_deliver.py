import asyncio
import hashlib
import logging
import resource
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plant_pipeline.raptor_maps import deliver
from plant_pipeline.raptor_maps.contract import HEADER_LINE
from plant_pipeline.raptor_maps.deliver import DayDelivery, deliver_day, delivery_status, undelivered_dates
from plant_pipeline.warehouse import Warehouse
from plant_pipeline_tests.raptor_maps.fleet import LATER, Fleet
from plant_pipeline_tests.raptor_maps.receiver import HOST, SECRETS, Receiver, client_of

DAY = date(2025, 10, 26)
ROWS_A_SENSOR = 8


class Delivery:
    """Delivers the day of this test's warehouse to a receiver, one second of clock a step."""

    def __init__(self, warehouse: Warehouse, archive: Path) -> None:
        self.warehouse, self.archive = warehouse, archive
        self.runs = 0
        self._now = LATER

    def clock(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def run(self, receiver: Receiver | None, **options: Any) -> DayDelivery:
        self.runs += 1
        common = {"run_id": f"run {self.runs}", "clock": self.clock, **options}

        async def work() -> DayDelivery:
            if receiver is None:
                return await deliver_day(self.warehouse, DAY, self.archive, client=None, **common)
            async with client_of(receiver) as client:
                return await deliver_day(self.warehouse, DAY, self.archive, client=client, **common)

        return asyncio.run(work())

    def rows(self) -> list[dict[str, Any]]:
        with self.warehouse.transaction() as connection:
            return delivery_status(connection)

    def undelivered(self) -> list[date]:
        with self.warehouse.transaction() as connection:
            return undelivered_dates(connection)

    def stored(self) -> set[str]:
        return {str(path.relative_to(self.archive)) for path in self.archive.rglob("*") if path.is_file()}


@pytest.fixture
def delivery(warehouse: Warehouse, tmp_path: Path) -> Delivery:
    return Delivery(warehouse, tmp_path / "archive")


@pytest.fixture
def plant(fleet: Fleet) -> Fleet:
    """One plant with two sensors of eight rows."""
    fleet.plant(1, "P-AAAAAAAA", name="Park")
    fleet.equipment(1, 1, "inverter")
    for sensor, sensor_type in ((1, "ac_power"), (2, "dc_power")):
        fleet.sensor(sensor, 1, 1, sensor_type, resolution=timedelta(minutes=15))
        fleet.quarter_hours(sensor, "2025-10-26 08:00", [100.0 * sensor + number for number in range(ROWS_A_SENSOR)])
    return fleet


ONE_SENSOR_A_PART = {"max_part_bytes": len(HEADER_LINE) + 1200}  # a sensor has about 1,000 bytes


def test_a_part_is_stored_with_its_hash_then_sent_and_its_receipt_kept(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()

    result = delivery.run(receiver)

    (part,) = result.parts
    assert (part.outcome, part.http_status, part.row_count) == ("uploaded", 200, 2 * ROWS_A_SENSOR)
    assert (result.failures, result.findings, result.notes) == ((), (), ())
    (content,) = receiver.files
    sha256 = hashlib.sha256(content).hexdigest()
    (row,) = delivery.rows()
    assert row["object_key"] == f"raptor_maps/csv/2025/10/26/{sha256}/raptor_maps_2025-10-26_part001.csv"
    assert delivery.stored() == {row["object_key"]}
    assert (delivery.archive / row["object_key"]).read_bytes() == content
    assert {name: row[name] for name in ("sha256", "byte_count", "row_count", "status", "http_status", "url_host")} == {
        "sha256": sha256, "byte_count": len(content), "row_count": 16,
        "status": "uploaded", "http_status": 200, "url_host": HOST,
    }  # fmt: skip
    assert row["uploaded_at"] is not None


def test_a_second_run_sends_and_changes_nothing(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    rows, stored = delivery.rows(), delivery.stored()

    result = delivery.run(receiver, **ONE_SENSOR_A_PART)

    assert [part.outcome for part in result.parts] == ["unchanged", "unchanged"]
    assert (delivery.rows(), delivery.stored()) == (rows, stored)
    assert receiver.calls == {"signed_url": 2, "put": 2}


def test_a_restated_day_sends_only_the_part_that_changed(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    plant.readings(2, {"2025-10-26 09:00": 12345.678})

    result = delivery.run(receiver, **ONE_SENSOR_A_PART)

    assert [part.outcome for part in result.parts] == ["unchanged", "uploaded"]
    assert len(receiver.files) == 3
    assert b"dc_power,2025-10-26 09:00:00,12345.678\n" in receiver.files[2]
    assert [(row["part"], row["status"]) for row in delivery.rows()] == [
        (1, "uploaded"),
        (2, "uploaded"),
        (2, "uploaded"),
    ]
    assert len(delivery.stored()) == 3  # what was sent before stays readable
    # Back to the first value: the bytes were accepted once, but they are not what the receiver holds.
    plant.readings(2, {"2025-10-26 09:00": 204})
    assert [part.outcome for part in delivery.run(receiver, **ONE_SENSOR_A_PART).parts] == ["unchanged", "uploaded"]
    assert receiver.files[3] == receiver.files[1]
    assert delivery.run(receiver, **ONE_SENSOR_A_PART).count("unchanged") == 2


def test_only_the_parts_of_the_last_build_are_current(plant: Fleet, delivery: Delivery) -> None:
    def current() -> list[tuple[int, str]]:
        return [(row["part"], row["status"]) for row in delivery.rows() if row["is_current"]]

    receiver = Receiver(put_statuses=[200, 200, 400, 400])
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    plant.readings(2, {"2025-10-26 09:00": 7})
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    assert current() == [(1, "uploaded"), (2, "failed")]
    plant.readings(2, {"2025-10-26 09:00": 204})  # as it was, and as the receiver has it
    plant.execute("update registry.plant set name = 'Renamed'")
    assert delivery.run(receiver, **ONE_SENSOR_A_PART).count("unchanged") == 2
    assert current() == [(1, "uploaded"), (2, "uploaded")]
    plant.execute("delete from energy.reading where sensor_id = 2")
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    assert current() == [(1, "uploaded")]
    plant.execute("delete from energy.reading")
    delivery.run(receiver)
    assert current() == []


def test_new_names_and_places_alone_send_no_delivered_day_again(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    plant.readings(2, {"2025-10-26 09:00": 12345.678})
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    rows = delivery.rows()
    # So long a name that the parts would be cut elsewhere.
    plant.execute("update registry.plant set name = repeat('Renamed ', 10), latitude = 1, longitude = 2")

    result = delivery.run(receiver, **ONE_SENSOR_A_PART)

    assert {part.outcome for part in result.parts} == {"unchanged"}
    assert result.notes[0].startswith("raptor_maps: 2025-10-26 is not sent again")
    assert (delivery.rows(), receiver.calls["put"]) == (rows, 3)
    plant.readings(1, {"2025-10-26 08:00": 1})
    assert delivery.run(receiver).count("uploaded") == 1
    assert b"Renamed" in receiver.files[-1]


def test_a_day_accepted_in_part_only_is_completed_under_its_new_name(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[200, 400, 400])
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    plant.execute("update registry.plant set name = 'Renamed'")

    assert [part.outcome for part in delivery.run(receiver, **ONE_SENSOR_A_PART).parts] == ["uploaded", "uploaded"]


def test_one_refused_part_does_not_keep_the_others_back(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[400, 400], put_error="<Error><Code>ExpiredToken</Code></Error>")

    result = delivery.run(receiver, **ONE_SENSOR_A_PART)

    assert [(part.outcome, part.http_status) for part in result.parts] == [("failed", 400), ("uploaded", 200)]
    assert result.failures == (
        f"raptor_maps: raptor_maps_2025-10-26_part001.csv was not delivered: {HOST} answered 400: ExpiredToken",
    )
    assert [(row["status"], row["http_status"], row["url_host"]) for row in delivery.rows()] == [
        ("failed", 400, HOST),
        ("uploaded", 200, HOST),
    ]
    again = delivery.run(receiver, **ONE_SENSOR_A_PART)
    assert [part.outcome for part in again.parts] == ["uploaded", "unchanged"]
    assert [row["status"] for row in delivery.rows()] == ["uploaded", "uploaded"]


def test_an_expired_url_costs_no_failure(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[403])
    assert delivery.run(receiver).failures == ()
    assert receiver.calls == {"signed_url": 2, "put": 2}


def test_no_signed_url_is_a_failed_part_that_says_what_to_check(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(signed_url_status=401, signed_url={"error": "no"})
    (failure,) = delivery.run(receiver).failures
    assert "check RM_API_TOKEN" in failure
    assert [(row["status"], row["http_status"]) for row in delivery.rows()] == [("failed", 401)]


def test_without_upload_or_receiver_the_day_is_built_and_stored_only(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    built = delivery.run(receiver, upload=False)
    assert ([part.outcome for part in built.parts], built.notes) == (["built"], ())
    rows = delivery.rows()
    not_configured = delivery.run(None)
    assert not_configured.notes == ("raptor_maps: not configured",)
    assert not_configured.failures == ()
    assert (delivery.rows(), receiver.calls) == (rows, {})
    assert [(row["status"], row["uploaded_at"]) for row in rows] == [("built", None)]
    assert delivery.run(receiver).count("uploaded") == 1
    assert delivery.run(receiver, upload=False).count("unchanged") == 1
    assert delivery.rows()[0]["status"] == "uploaded"


def test_a_kill_between_upload_and_receipt_sends_the_part_again(
    plant: Fleet, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 7})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deliver, "_write_outcome", killed)
        with pytest.raises(KeyboardInterrupt):
            delivery.run(receiver)
    assert [row["status"] for row in delivery.rows()] == ["uploaded", "built"]

    again = delivery.run(receiver)
    assert again.count("uploaded") == 1
    assert receiver.files[1] == receiver.files[2] != receiver.files[0]
    (said,) = again.findings
    assert "was being sent at" in said
    assert "the same bytes are sent once more" in said
    assert delivery.run(receiver).findings == ()


def test_after_an_upload_of_unknown_outcome_the_older_bytes_are_sent_again(
    plant: Fleet, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 7})
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "_write_outcome", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 100})  # as it was: but the receiver may hold the 7

    assert delivery.run(receiver).count("uploaded") == 1
    assert receiver.files[2] == receiver.files[0]
    assert delivery.run(receiver).count("unchanged") == 1


def test_what_a_killed_build_left_is_cleared_away(plant: Fleet, delivery: Delivery) -> None:
    left = delivery.archive / "raptor_maps/csv/2025/10/26/.building/.raptor_maps_2025-10-26_part001.csv.1.unfinished"
    left.parent.mkdir(parents=True)
    left.write_text("half a part")
    delivery.run(None)
    assert not left.parent.exists()


def test_a_part_that_breaks_the_contract_is_not_sent(
    plant: Fleet, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plant_pipeline.raptor_maps.csv_file.NOT_IN_NAMES", "never")
    plant.execute("update registry.plant set name = E'Two\\nlines'")
    receiver = Receiver()

    (failure,) = delivery.run(receiver).failures

    assert "not sent: the file breaks the contract" in failure
    assert receiver.calls == {}
    assert [row["status"] for row in delivery.rows()] == ["failed"]


def test_fewer_parts_than_before_skipped_rows_and_missing_plants_are_findings(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    plant.execute("delete from energy.reading where sensor_id = 2")
    plant.readings(1, {"2025-10-26 08:00": float("nan")})
    plant.plant(2, "P-BBBBBBBB", name="Nowhere", timezone=None)
    plant.equipment(2, 2, "inverter")
    plant.sensor(3, 2, 2, "ac_power")

    surplus = (
        "raptor_maps: 2025-10-26 now has 1 part(s), but part 2 was accepted earlier: "
        "the receiver may still hold rows that are no longer in the day"
    )
    assert delivery.run(receiver, **ONE_SENSOR_A_PART).findings == (
        surplus,
        "raptor_maps: 2025-10-26 is without P-BBBBBBBB Nowhere: its time zone is unknown",
        "raptor_maps: 1 row(s) of 2025-10-26 were not written, as they have no measured_value",
    )
    plant.execute("delete from energy.reading")
    nothing = delivery.run(receiver)
    assert nothing.parts == ()
    assert "now has 0 part(s), but part 1, 2 was accepted" in nothing.findings[0]


def test_a_disk_that_is_full_fails_the_day_in_words_and_the_next_run_sends_it(plant: Fleet, delivery: Delivery) -> None:
    """No file of this process may be larger than a page: the system refuses the write as it does on a full disk."""
    receiver = Receiver()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        full = delivery.run(receiver)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (failure,) = full.failures
    assert failure.startswith(f"raptor_maps: {DAY} was not delivered: its file cannot be written below ")
    assert "File too large" in failure
    assert "make room" in failure
    assert (full.parts, delivery.rows(), delivery.stored()) == ((), [], set())
    assert delivery.undelivered() == [DAY]
    again = delivery.run(receiver)
    assert (again.failures, again.count("uploaded"), delivery.undelivered()) == ((), 1, [])


def test_a_day_without_rows_sends_nothing(fleet: Fleet, delivery: Delivery) -> None:
    receiver = Receiver()
    result = delivery.run(receiver)
    assert (result.parts, result.failures, result.findings, receiver.calls) == ((), (), (), {})
    assert (delivery.rows(), delivery.stored()) == ([], set())


def test_no_secret_reaches_log_result_or_table(
    plant: Fleet, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    results = [
        delivery.run(Receiver(put_statuses=[403, 403])),
        delivery.run(Receiver(put_statuses=[500, 500])),
        delivery.run(Receiver(breaks_after_storing=True)),
        delivery.run(Receiver(signed_url_status=401, signed_url={"error": f"wrong token {SECRETS[0]}"})),
        delivery.run(Receiver()),
    ]
    tables = plant.rows("select d::text from raptor_maps.delivery as d")
    text = f"{caplog.text}{results}{tables}"
    assert [secret for secret in SECRETS if secret in text] == []
    assert len(tables) == 1


def test_a_refused_day_is_undelivered_until_it_is_accepted(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[400, 400])
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    assert delivery.undelivered() == [DAY]
    delivery.run(receiver, upload=False, **ONE_SENSOR_A_PART)
    assert delivery.undelivered() == [DAY]
    delivery.run(receiver, **ONE_SENSOR_A_PART)
    assert delivery.undelivered() == []


def test_a_day_built_anew_and_not_sent_stays_undelivered(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[400, 400])
    delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 7})
    assert delivery.run(receiver, upload=False).count("built") == 1
    assert [(row["status"], row["is_current"]) for row in delivery.rows()] == [("failed", False), ("built", True)]
    assert delivery.undelivered() == [DAY]
    delivery.run(receiver)
    assert delivery.undelivered() == []


def test_a_day_that_came_back_to_what_was_accepted_is_not_undelivered(plant: Fleet, delivery: Delivery) -> None:
    receiver = Receiver(put_statuses=[200, 400, 400])
    delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 7})
    delivery.run(receiver)
    assert delivery.undelivered() == [DAY]
    plant.readings(1, {"2025-10-26 08:00": 100})
    assert delivery.run(receiver).count("unchanged") == 1
    assert delivery.undelivered() == []


def test_a_day_that_nobody_was_to_send_is_not_undelivered(plant: Fleet, delivery: Delivery) -> None:
    delivery.run(Receiver(), upload=False)
    delivery.run(None)
    assert [row["status"] for row in delivery.rows()] == ["built"]
    assert delivery.undelivered() == []


@pytest.mark.parametrize("step", ["_mark_current", "_send", "_write_outcome"])
def test_a_day_whose_run_was_killed_is_undelivered(
    step: str, plant: Fleet, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    receiver = Receiver(put_statuses=[400, 400])
    delivery.run(receiver)
    plant.readings(1, {"2025-10-26 08:00": 7})
    with monkeypatch.context() as patch:
        patch.setattr(deliver, step, killed)
        with pytest.raises(KeyboardInterrupt):
            delivery.run(receiver)
    assert delivery.undelivered() == [DAY]
