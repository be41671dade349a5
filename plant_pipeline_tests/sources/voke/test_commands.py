"""Commands that were sent to plants."""

from datetime import UTC, datetime, timedelta

import httpx

from plant_pipeline_tests.sources.fake_api import AT, Puller, status
from plant_pipeline_tests.sources.voke.conftest import (
    PLANTS,
    VokeApi,
    by_page,
    command,
    detail,
    envelope,
    page,
    plant_id,
)


def _path(number: int) -> str:
    return f"{PLANTS}/{plant_id(number)}/commands"


def test_what_became_of_a_command_is_learned_and_what_is_no_longer_listed_stays(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2))
    pull("plant")
    api.on(_path(1), by_page({"1": page([command(1)], 2), "2": page([command(2)], 2, 2)})).on(_path(2), page([]))
    outcome = pull("command")
    assert (outcome.state, outcome.got, outcome.seen_new) == ("complete", 2, 2)
    taken = command(2, ackedAt="2026-03-10T05:00:02Z", response={"applied": True}, responseStatus="OK")
    api.on(_path(1), page([taken]))
    later = AT + timedelta(days=1)
    outcome = pull("command", "run-2", later)
    assert (outcome.state, outcome.seen_new, outcome.seen_changed) == ("complete", 0, 1)
    rows = pull.rows("select * from voke.command order by id")
    assert rows[1] == {
        "id": "command-2",
        "cmd_id": "c2",
        "plant_id": plant_id(1),
        "command": "setpoint",
        "payload": {"activePowerKw": 250},
        "response": {"applied": True},
        "response_status": "OK",
        "sent_at": datetime(2026, 3, 9, 11, tzinfo=UTC),
        "acked_at": datetime(2026, 3, 10, 5, 0, 2, tzinfo=UTC),
        "created_at": datetime(2026, 3, 9, 10, 59, 59, tzinfo=UTC),
        "fetched_at": later,
    }
    assert (rows[0]["id"], rows[0]["fetched_at"]) == ("command-1", AT)


def test_plants_whose_commands_cannot_be_had_are_named(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1), detail(2), detail(3))
    pull("plant")
    api.on(_path(1), status(500)).on(_path(2), page([command(1, 2)])).on(_path(3), envelope(403, "FORBIDDEN"))
    outcome = pull("command")
    assert (outcome.state, outcome.got) == ("incomplete", 1)
    assert outcome.message is not None
    assert outcome.message.startswith("commands of 1 of 3 plants could not be had: FVE Gate 1; first: voke:")


def test_a_key_that_may_not_see_commands_is_no_failure(api: VokeApi, pull: Puller) -> None:
    api.has(detail(1))
    pull("plant")
    api.on(_path(1), envelope(403, "FORBIDDEN"))
    assert pull("command").state == "not_permitted"


def test_an_endpoint_that_will_go_is_one_finding(api: VokeApi, pull: Puller) -> None:
    """Of two plants, with a credential in it that the server repeats."""

    def answer(_request: httpx.Request) -> httpx.Response:
        headers = {"Deprecation": "true", "Sunset": "2027-01-01 for vk-token-91c2"}
        return httpx.Response(200, json=page([]), headers=headers)

    api.has(detail(1), detail(2))
    pull("plant")
    api.on(_path(1), answer).on(_path(2), answer)
    assert pull("command").state == "complete"
    assert pull.rows("select stage, subject, message, severity from landing.run_issue") == [
        {
            "stage": "sources",
            "subject": "voke /api/v1/plants/{id}/commands",
            "message": "voke: /api/v1/plants/{id}/commands will go, the server says (Deprecation true, "
            "Sunset 2027-01-01 for ***): look for a newer plant_pipeline in time",
            "severity": "finding",
        }
    ]
