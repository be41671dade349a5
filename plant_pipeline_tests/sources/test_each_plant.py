"""What is said of plants that did not answer."""

import asyncio

import pytest

from plant_pipeline.errors import SourceError, SourceRejected
from plant_pipeline.sources.each_plant import PlantAnswers, ask_each_plant


def _asked(**answers: int) -> PlantAnswers[str]:
    """Plants by name, each with the status it is answered with."""

    async def ask(plant_id: str) -> str:
        status = answers[plant_id]
        if status != 200:
            raise SourceRejected("voke", f"/plants/{plant_id}", f"answered {status}", status, said="so it is")
        return plant_id

    return asyncio.run(ask_each_plant({name: name for name in answers}, ask))


def test_one_plant_that_left_is_no_matter() -> None:
    found = _asked(a=200, b=404)
    assert (found.problem("energy"), found.note("energy"), dict(found.answers)) == (None, None, {"a": "a"})
    assert _asked(a=404).note("energy") is None


def test_a_server_that_knows_none_of_them_is_told_of() -> None:
    assert _asked(a=404, b=404).note("energy") == (
        "energy of none of 2 plants is there (404): this server may not offer it"
    )


def test_those_that_may_not_be_seen_are_counted_and_all_of_them_are_an_error() -> None:
    assert _asked(a=200, b=403).note("energy") == "energy of 1 of 2 plants are not permitted"
    with pytest.raises(SourceError, match="403"):
        _asked(a=403, b=403)
