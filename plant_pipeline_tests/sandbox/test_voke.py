from datetime import UTC, date, datetime

import httpx
import numpy as np
import pytest

from plant_pipeline.sandbox import production
from plant_pipeline.sandbox.server import Sandbox
from plant_pipeline.sandbox.world import World
from plant_pipeline_tests.sandbox.conftest import APIS, NOW

DETAIL_ONLY = {
    "alerts",
    "capacityKwh",
    "configEnabled",
    "description",
    "esiState",
    "externalPlantId",
    "fvePeakPowerKwp",
    "latitude",
    "longitude",
    "plantGroups",
    "plantWithLoad",
    "tag",
}


def _all_plants(client: httpx.Client) -> list[dict[str, object]]:
    return list(client.get("/api/v1/plants", params={"limit": 100}).json()["data"])


def test_pages_hold_twenty_by_default_and_state_the_total(voke_api: httpx.Client) -> None:
    first, second = (voke_api.get("/api/v1/plants", params={"page": page}).json() for page in (1, 2))
    assert first["meta"] == {"limit": 20, "page": 1, "total": 24, "totalPages": 2}  # 21 plants, 3 gateways
    ids = [plant["id"] for page in (first, second) for plant in page["data"]]
    assert len(set(ids)) == 24
    assert voke_api.get("/api/v1/plants", params={"page": 3}).json()["data"] == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"page": 0}, {"page": "x"}, {"authMethod": "NONE"}])
def test_a_bad_query_is_a_validation_error(voke_api: httpx.Client, query: dict[str, str]) -> None:
    answer = voke_api.get("/api/v1/plants", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


def test_the_body_of_an_error_always_says_400(web: httpx.Client, voke_api: httpx.Client, sandbox: Sandbox) -> None:
    base, organization = f"{sandbox.base_url}/voke/api/v1/plants", sandbox.environment["VOKE_ORG_ID"]
    token = {"Authorization": f"Bearer {sandbox.environment['VOKE_TOKEN']}"}
    answers = {
        "UNAUTHORIZED": web.get(base, headers={"x-org-id": organization}),
        "ORG_CONTEXT_REQUIRED": web.get(base, headers=token),
        "ORG_MEMBERSHIP_REQUIRED": web.get(base, headers={**token, "x-org-id": "another"}),
        "INVALID_UUID": voke_api.get("/api/v1/plants/abc"),
        "PLANT_NOT_FOUND": voke_api.get("/api/v1/plants/550e8400-e29b-41d4-a716-446655440000"),
        "NOT_FOUND": voke_api.get("/api/v1/nothing"),
    }
    statuses = {code: answer.status_code for code, answer in answers.items()}
    assert list(statuses.values()) == [401, 403, 403, 400, 404, 404]
    for code, answer in answers.items():
        assert answer.json()["code"] == code
        assert answer.json()["statusCode"] == 400
        assert set(answer.json()) == {"code", "details", "error", "message", "statusCode"}


def test_an_api_key_serves_as_well(web: httpx.Client, sandbox: Sandbox) -> None:
    headers = {"X-API-Key": APIS["voke"]["api_key"], "x-org-id": sandbox.environment["VOKE_ORG_ID"]}
    assert web.get(f"{sandbox.base_url}/voke/api/v1/plants", headers=headers).status_code == 200


def test_place_and_capacity_stand_in_the_detail_only(voke_api: httpx.Client) -> None:
    listed = _all_plants(voke_api)[0]
    detail = voke_api.get(f"/api/v1/plants/{listed['id']}").json()
    assert not DETAIL_ONLY & set(listed)
    assert set(detail) == set(listed) | DETAIL_ONLY
    assert {name: detail[name] for name in listed} == listed


def test_unknown_places_come_as_zero_or_null(voke_api: httpx.Client, world: World) -> None:
    def place(key: str) -> tuple[object, object]:
        detail = voke_api.get(f"/api/v1/plants/{world.by_key[key].source_ids['voke']}").json()
        return detail["latitude"], detail["longitude"]

    assert place("horni_pocernice") == (0.0, 0.0)
    assert place("trebic") == (None, None)


def test_gateways_that_are_no_plants_carry_no_sign_of_one(voke_api: httpx.Client, world: World) -> None:
    gateways = [record_id for record_id, (_, plant) in world.voke.items() if plant is None]
    assert len(gateways) == 3
    for gateway in gateways:
        detail = voke_api.get(f"/api/v1/plants/{gateway}").json()
        kinds = {device["type"] for device in voke_api.get(f"/api/v1/plants/{gateway}/sub-devices").json()["data"]}
        assert not detail["fvePeakPowerKwp"]
        assert not detail["capacityKwh"]
        assert detail["externalPlantId"] is None
        assert not kinds & {"INVERTER", "METER", "BATTERY"}
        assert voke_api.get(f"/api/v1/plants/{gateway}/energy/today").json()["produced"] == 0


def test_energy_today_counts_from_midnight_utc(voke_api: httpx.Client, world: World) -> None:
    plant = world.by_key["karoo_kop"]
    answer = voke_api.get(f"/api/v1/plants/{plant.source_ids['voke']}/energy/today").json()
    instants = [datetime(2026, 11, 18, tzinfo=UTC).timestamp(), NOW.timestamp()]
    counted = production.register_kwh(plant, np.array(instants))
    assert answer["date"] == "2026-11-18"
    assert answer["produced"] == pytest.approx(counted[1] - counted[0], abs=0.001)
    assert answer["exported"] == answer["produced"]


def test_a_plant_with_load_balances(voke_api: httpx.Client, world: World) -> None:
    plant_id = world.by_key["velvary"].source_ids["voke"]
    answer = voke_api.get(f"/api/v1/plants/{plant_id}/energy/today").json()
    assert 0 < answer["exported"] < answer["produced"]
    assert answer["imported"] > 0
    share = 100 * (answer["produced"] - answer["exported"]) / answer["produced"]
    assert answer["selfConsumptionPct"] == pytest.approx(share, abs=0.01)


def test_certificates_one_expired_one_about_to(voke_api: httpx.Client) -> None:
    stats = voke_api.get("/api/v1/plants/certificate-stats").json()
    assert (stats["expired"], stats["expiringSoon"]) == (1, 1)
    assert {plant["name"] for plant in stats["atRiskPlants"]} == {"FVE Grünhain", "Karoo Kop FVE"}
    assert stats["nextRenewalAt"] == "2026-12-05T06:00:00Z"
    methods = [plant["authMethod"] for plant in _all_plants(voke_api)]
    assert stats["active"] + stats["expired"] == methods.count("MTLS")


def test_sub_devices_filter_by_type(voke_api: httpx.Client, world: World) -> None:
    path = f"/api/v1/plants/{world.by_key['pecos_flats'].source_ids['voke']}/sub-devices"
    everything = voke_api.get(path).json()
    assert [device["type"] for device in everything["data"]] == ["CABINET", "METER", "INVERTER", "INVERTER", "BATTERY"]
    inverters = voke_api.get(path, params={"type": "INVERTER", "limit": 1}).json()
    assert inverters["meta"] == {"limit": 1, "page": 1, "total": 2, "totalPages": 2}


def test_alerts_are_paged_and_belong_to_their_plant(voke_api: httpx.Client) -> None:
    alerts = voke_api.get("/api/v1/alerts", params={"limit": 100}).json()["data"]
    plant_id = alerts[0]["plantId"]
    embedded = voke_api.get(f"/api/v1/plants/{plant_id}").json()["alerts"]
    assert embedded == [alert for alert in alerts if alert["plantId"] == plant_id]


# -- telemetry --
def _usti(client: httpx.Client) -> str:
    return next(str(plant["id"]) for plant in _all_plants(client) if plant["name"] == "FVE Ústí nad Labem")


def _telemetry(client: httpx.Client, **params: str) -> httpx.Response:
    day = {"from": "2026-03-09T23:00:00Z", "to": "2026-03-10T01:00:00Z"}
    return client.get("/api/v1/telemetry", params={"plantId": _usti(client), **day, **params})


def test_telemetry_is_a_bare_list_with_both_ends(voke_api: httpx.Client) -> None:
    rows = _telemetry(voke_api, metric="fvePowerKw").json()
    assert [rows[0]["time"], rows[-1]["time"], len(rows)] == ["2026-03-09T23:00:00Z", "2026-03-10T01:00:00Z", 25]
    assert set(rows[0]) == {"time", "plant_id", "metric", "value", "unit", "metadata"}
    assert {row["metric"] for row in _telemetry(voke_api).json()} == {"fvePowerKw", "productionRegisterKwh"}


def test_a_bucket_is_the_mean_at_its_begin(voke_api: httpx.Client) -> None:
    noon = {"from": "2026-03-10T11:00:00Z", "to": "2026-03-10T11:55:00Z", "metric": "fvePowerKw"}
    fine = [row["value"] for row in _telemetry(voke_api, **noon).json()]
    quarters = _telemetry(voke_api, **noon, bucket="15 minutes").json()
    assert [row["time"][11:16] for row in quarters] == ["11:00", "11:15", "11:30", "11:45"]
    assert [row["value"] for row in quarters] == pytest.approx(np.reshape(fine, (4, 3)).mean(axis=1), abs=1e-4)


@pytest.mark.parametrize("query", [{"bucket": "2 hours"}, {"from": "yesterday"}, {"to": ""}])
def test_a_bad_question_for_telemetry_is_a_validation_error(voke_api: httpx.Client, query: dict[str, str]) -> None:
    answer = _telemetry(voke_api, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


def test_the_register_agrees_with_the_true_energy(voke_api: httpx.Client, world: World) -> None:
    ends = {"from": "2026-03-08T23:00:00Z", "to": "2026-03-09T23:00:00Z", "metric": "productionRegisterKwh"}
    rows = _telemetry(voke_api, **ends).json()
    plant = next(plant for plant in world.truth if plant.key == "usti")
    truth = production.daily_energy_kwh(plant, date(2026, 3, 9))
    assert rows[-1]["value"] - rows[0]["value"] == pytest.approx(truth, abs=1e-3)
    assert rows[0]["metadata"]["externalId"] == "E1"


def test_the_latest_points_are_one_of_every_metric(voke_api: httpx.Client) -> None:
    rows = voke_api.get(f"/api/v1/telemetry/{_usti(voke_api)}/latest").json()
    assert [row["metric"] for row in rows] == ["fvePowerKw", "productionRegisterKwh"]
    assert {row["time"] for row in rows} == {NOW.replace(minute=NOW.minute // 5 * 5, second=0).isoformat()[:19] + "Z"}
