import json

import httpx
import pytest

from plant_pipeline.sandbox.server import Sandbox
from plant_pipeline.sandbox.world import World
from plant_pipeline_tests.sandbox.conftest import FLEXMEASURES_LOGIN

V3 = "/api/v3_0"
SITE_FIELDS = {"attributes", "flex_context", "flex_model", "sensors_to_show", "sensors_to_show_as_kpis"}


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ({"email": FLEXMEASURES_LOGIN["email"], "password": "x"}, 401),
        ({"email": "nobody@sandbox.example", "password": "x"}, 404),
        ({"email": FLEXMEASURES_LOGIN["email"]}, 422),
    ],
)
def test_a_bad_login(web: httpx.Client, sandbox: Sandbox, login: dict[str, str], status: int) -> None:
    answer = web.post(f"{sandbox.base_url}/flexmeasures/api/requestAuthToken", json=login)
    assert answer.status_code == status


def test_the_token_goes_in_bare(web: httpx.Client, sandbox: Sandbox, flexmeasures_api: httpx.Client) -> None:
    url, token = f"{sandbox.base_url}/flexmeasures{V3}/assets/types", flexmeasures_api.headers["Authorization"]
    assert web.get(url, headers={"Authorization": token}).status_code == 200
    refused = web.get(url, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["status"]) == (401, "UNAUTHORIZED")


def test_version_and_retry_after_come_with_every_answer(flexmeasures_api: httpx.Client) -> None:
    for path in ("/api/", f"{V3}/assets", f"{V3}/assets/types", f"{V3}/assets/999999"):
        answer = flexmeasures_api.get(path)
        assert answer.headers["FlexMeasures-Version"] == "1.0.1"
        assert "Retry-After" in answer.headers
    assert flexmeasures_api.get("/api/").json()["versions"] == ["v3_0"]


@pytest.mark.parametrize("path", [f"{V3}/plants", f"{V3}/assets/"])
def test_an_unknown_path_is_html(flexmeasures_api: httpx.Client, path: str) -> None:
    answer = flexmeasures_api.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert flexmeasures_api.delete(f"{V3}/assets").status_code == 405


def test_without_a_page_the_assets_are_a_bare_list(flexmeasures_api: httpx.Client, world: World) -> None:
    assets = flexmeasures_api.get(f"{V3}/assets").json()
    assert {asset["account_id"] for asset in assets} == {1}
    assert len(assets) == len(world.assets) - 4  # three public templates, one asset of another account
    for asset in assets:
        for field in SITE_FIELDS:
            json.loads(asset[field])
    one = flexmeasures_api.get(f"{V3}/assets/{assets[-1]['id']}").json()
    assert one == {**assets[-1], "status": 200}


def test_pages_are_an_envelope_under_both_spellings(flexmeasures_api: httpx.Client) -> None:
    total = len(flexmeasures_api.get(f"{V3}/assets").json())
    seen = []
    page = 1
    while True:
        answer = flexmeasures_api.get(f"{V3}/assets", params={"page": page, "per_page": 25, "sort_by": "id"})
        if answer.status_code == 404:
            break
        body = answer.json()
        assert (body["num-records"], body["filtered-records"], body["status"]) == (total, total, 200)
        seen += [asset["id"] for asset in body["data"]]
        page += 1
    assert len(set(seen)) == len(seen) == total
    assert len(flexmeasures_api.get(f"{V3}/assets", params={"page": 1, "per-page": 7}).json()["data"]) == 7
    assert len(flexmeasures_api.get(f"{V3}/assets", params={"page": 1}).json()["data"]) == 10


def test_sorting_needs_a_direction(flexmeasures_api: httpx.Client) -> None:
    def names(**query: str) -> list[str]:
        return [asset["name"] for asset in flexmeasures_api.get(f"{V3}/assets", params=query).json()]

    assert names(sort_by="name") == names()
    assert names(sort_by="name", sort_dir="desc") == sorted(names(), reverse=True)
    assert flexmeasures_api.get(f"{V3}/assets", params={"sort_by": "latitude"}).status_code == 422


def test_fields_cut_the_assets_and_unknown_ones_are_refused(flexmeasures_api: httpx.Client) -> None:
    cut = flexmeasures_api.get(f"{V3}/assets", params={"fields": "id|name"}).json()
    assert set(cut[0]) == {"id", "name"}
    refused = flexmeasures_api.get(f"{V3}/assets", params={"fields": "id|nonsense"})
    assert refused.status_code == 422
    assert "fields" in refused.json()["message"]["query"]


def test_public_templates_come_only_when_asked_for(flexmeasures_api: httpx.Client) -> None:
    public = flexmeasures_api.get(f"{V3}/assets/public").json()
    assert len(public) == 3
    assert {asset["account_id"] for asset in public} == {None}
    own = flexmeasures_api.get(f"{V3}/assets").json()
    for parameter in ("all_accessible", "include_public"):
        widened = flexmeasures_api.get(f"{V3}/assets", params={parameter: "true"}).json()
        assert len(widened) == len(own) + 3


def test_another_account_is_forbidden(flexmeasures_api: httpx.Client, world: World) -> None:
    rival = next(asset.id for asset in world.assets.values() if asset.name == "Rival Array")
    sensor = world.assets[rival].signals[0].id
    for path in (f"/assets/{rival}", f"/assets/{rival}/sensors", f"/sensors/{sensor}", f"/sensors?asset={rival}"):
        answer = flexmeasures_api.get(f"{V3}{path}")
        assert (answer.status_code, answer.json()["status"]) == (403, "INVALID_SENDER")
    assert flexmeasures_api.get(f"{V3}/assets", params={"account_id": 2}).status_code == 403


def test_missing_ids_are_404_or_422_by_route(flexmeasures_api: httpx.Client) -> None:
    statuses = {
        path: flexmeasures_api.get(f"{V3}{path}").status_code
        for path in ("/assets/999999", "/assets/999999/sensors", "/sensors/999999", "/assets/abc")
    }
    assert list(statuses.values()) == [404, 422, 422, 422]


def test_the_sensors_of_an_asset_are_always_an_envelope_of_ten(flexmeasures_api: httpx.Client, world: World) -> None:
    site = world.by_key["velvary"].source_ids["flexmeasures"]
    own = flexmeasures_api.get(f"{V3}/assets/{site}/sensors").json()
    assert [sensor["name"] for sensor in own["data"]] == ["daily energy", "performance ratio", "peak power"]
    assert own["num-records"] == 3
    assert len(flexmeasures_api.get(f"{V3}/assets/{site}/sensors", params={"per_page": 2}).json()["data"]) == 2
    assert flexmeasures_api.get(f"{V3}/assets/{site}/sensors", params={"page": 9}).status_code == 404


def test_sensors_by_subtree_and_unit(flexmeasures_api: httpx.Client, world: World) -> None:
    site = world.by_key["port_augusta"].source_ids["flexmeasures"]
    below = flexmeasures_api.get(f"{V3}/sensors", params={"asset": site}).json()
    assert len(below) == 11  # 3 inverters x 2, meter 2, irradiance 1, two daily values
    assert {sensor["timezone"] for sensor in below} == {"Australia/Adelaide"}
    megawatts = flexmeasures_api.get(f"{V3}/sensors", params={"asset": site, "unit": "MW"}).json()
    assert len(megawatts) == 7
    both = flexmeasures_api.get(f"{V3}/sensors", params={"asset": site, "account": 1})
    assert both.status_code == 422
    paged = flexmeasures_api.get(f"{V3}/sensors", params={"page": 2, "per_page": 50}).json()
    assert len(paged["data"]) == 50
    one = flexmeasures_api.get(f"{V3}/sensors/{below[0]['id']}").json()
    assert one == {**below[0], "status": 200}


def test_resolutions_units_and_the_one_consumption_positive_sensor(flexmeasures_api: httpx.Client) -> None:
    sensors = flexmeasures_api.get(f"{V3}/sensors").json()
    assert 150 <= len(sensors) <= 250
    resolutions = {sensor["event_resolution"] for sensor in sensors}
    assert resolutions >= {"PT5M", "PT10M", "PT15M", "PT1H", "P0D", "P1D"}
    assert {sensor["unit"] for sensor in sensors} >= {"kW", "MW", "kWh", "MWh", "W/m²", "°C", "V", "A"}
    flipped = [sensor for sensor in sensors if json.loads(sensor["attributes"]).get("consumption_is_positive")]
    assert len(flipped) == 1


def test_types_and_sources(flexmeasures_api: httpx.Client) -> None:
    types = flexmeasures_api.get(f"{V3}/assets/types").json()
    assert {"solar", "wind", "battery", "inverter", "meter"} <= {kind["name"] for kind in types}
    sources = flexmeasures_api.get(f"{V3}/sources").json()["sources"]
    assert {source["type"] for source in sources} >= {"user", "forecaster"}


def test_the_server_tells_of_its_own_work(flexmeasures_api: httpx.Client) -> None:
    site = next(row for row in flexmeasures_api.get(f"{V3}/assets").json() if row["parent_asset_id"] is None)
    history = flexmeasures_api.get(f"{V3}/assets/{site['id']}/auditlog").json()
    assert history["data"][0]["event"] == f"Created asset '{site['name']}': {site['id']}"
    assert history["num-records"] == len(history["data"]) == 1 + len(site["sensors"])
    sensors = flexmeasures_api.get(f"{V3}/sensors").json()
    jobs = flexmeasures_api.get(f"{V3}/assets/{sensors[0]['generic_asset_id']}/jobs").json()
    assert (type(jobs["jobs"]), jobs["redis_connection_err"]) == (list, None)
    (status,) = flexmeasures_api.get(f"{V3}/sensors/{sensors[0]['id']}/status").json()["sensors_data"]
    assert (status["id"], status["name"], type(status["stale"])) == (sensors[0]["id"], sensors[0]["name"], bool)
    for path in ("assets/999999/auditlog", "assets/999999/jobs"):
        assert flexmeasures_api.get(f"{V3}/{path}").status_code == 404
    assert flexmeasures_api.get(f"{V3}/sensors/999999/status").status_code == 422
