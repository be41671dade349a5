from dataclasses import replace

from plant_pipeline.landing.archive import FileArchive, read_body
from plant_pipeline.landing.packs import body_place
from plant_pipeline_tests.sources.fake_api import Puller, status
from plant_pipeline_tests.sources.voke.conftest import PLANTS, VokeApi


def test_a_key_travels_as_x_api_key_and_no_organisation_is_invented(api: VokeApi, pull: Puller) -> None:
    api.has()
    pull.settings = replace(pull.settings, token=None, api_key="vk-key-55d0", account=None)
    assert pull("plant").state == "complete"
    headers = api.requests[0].headers
    assert headers["X-API-Key"] == "vk-key-55d0"
    assert "Authorization" not in headers
    assert "x-org-id" not in headers


def test_a_key_told_back_is_masked(api: VokeApi, pull: Puller) -> None:
    api.on(PLANTS, status(401, {"code": "UNAUTHORIZED", "message": "unknown token vk-token-91c2"}))
    message = pull("plant").message
    assert message is not None
    assert message.startswith("voke: /api/v1/plants: answered 401: UNAUTHORIZED; unknown token ***")
    (row,) = pull.rows("select * from landing.fetch")
    assert b"unknown token ***" in read_body(FileArchive(pull.archive), body_place(row))
