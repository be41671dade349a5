from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pytest

from plant_pipeline.sandbox import production, ravenwits
from plant_pipeline.sandbox.plants import DATA
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline_tests.sandbox.conftest import APIS, RAVENWITS_LOGIN


def test_health_needs_no_login(web: httpx.Client, sandbox: Sandbox) -> None:
    assert web.get(f"{sandbox.base_url}/ravenwits/health/").json() == {"status": "healthy"}


def test_login_gives_a_bearer_token(web: httpx.Client, sandbox: Sandbox) -> None:
    base = sandbox.environment["RAVENWITS_BASE_URL"]
    login = {
        "email": sandbox.environment["RAVENWITS_EMAIL"],
        "password": sandbox.environment["RAVENWITS_PASSWORD"],
    }
    answer = web.post(f"{base}/api/v0/auth/login/", json=login).json()
    assert set(answer) == {"token", "expires_at", "customer_name", "customer_email"}
    headers = {"Authorization": f"Bearer {answer['token']}"}
    assert web.get(f"{base}/api/v0/plants/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ({"email": RAVENWITS_LOGIN["email"]}, 400),
        ({"email": "nobody@sandbox.example", "password": "x"}, 401),
        ({"email": RAVENWITS_LOGIN["email"], "password": "x"}, 401),
    ],
)
def test_a_bad_login_names_the_error(web: httpx.Client, sandbox: Sandbox, login: dict[str, str], status: int) -> None:
    answer = web.post(f"{sandbox.base_url}/ravenwits/api/v0/auth/login/", json=login)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_without_a_token_the_detail_says_so(web: httpx.Client, sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = web.get(f"{sandbox.base_url}/ravenwits/api/v0/plants/", headers=headers)
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


def test_plants_are_a_bare_array_with_numbers_as_strings(ravenwits_api: httpx.Client) -> None:
    plants = ravenwits_api.get("/api/v0/plants/").json()
    assert len(plants) == 26  # 12 in all systems, 5 + 2 in two, 6 alone, 1 broken
    olmedilla = next(plant for plant in plants if plant["name"] == "OLMEDILLA")
    assert olmedilla["nominal_capacity_mw"] == "50.000"
    assert len(olmedilla["lat"].partition(".")[2]) == 7
    assert all(isinstance(value, str) for plant in plants for value in plant.values())
    assert ravenwits_api.get(f"/api/v0/plants/{olmedilla['id']}/").json() == olmedilla


def test_exactly_one_plant_breaks_the_documented_range(ravenwits_api: httpx.Client, world: World) -> None:
    plants = ravenwits_api.get("/api/v0/plants/").json()
    broken = [plant["id"] for plant in plants if abs(float(plant["lat"])) > 90]
    assert broken == [record["id"] for record in DATA["stray"]["ravenwits"]]


def test_a_missing_slash_is_a_redirect_and_an_unknown_id_404(ravenwits_api: httpx.Client) -> None:
    answer = ravenwits_api.get("/api/v0/plants", params={"a": "b"})
    assert (answer.status_code, answer.headers["location"]) == (301, "/ravenwits/api/v0/plants/?a=b")
    missing = ravenwits_api.get("/api/v0/plants/550e8400-e29b-41d4-a716-446655440000/")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Not found."})


def test_the_forecast_is_labelled_with_the_end_of_the_hour(ravenwits_api: httpx.Client, world: World) -> None:
    rows = ravenwits_api.get("/api/v0/forecasts/normalized/", params={"plant": ["OLMEDILLA", "TARIFA_EOLICA"]}).json()
    mine = [row for row in rows if row["plant"] == "OLMEDILLA"]
    assert len(rows) == 2 * 72
    assert (mine[0]["datetime"], mine[-1]["datetime"]) == ("2026-11-18 01:00", "2026-11-21 00:00")
    assert isinstance(mine[0]["pred"], str)
    # Sunrise in Spain is about 7 UTC in November: the hour that ends at 07:00 is dark, the one until 13:00 is not.
    by_end = {row["datetime"]: float(row["pred"]) for row in mine}
    assert by_end["2026-11-18 06:00"] == 0
    true = production.register_kwh(
        world.by_key["olmedilla"],
        np.array([datetime(2026, 11, 18, hour, tzinfo=UTC).timestamp() for hour in (12, 13)]),
    )
    assert by_end["2026-11-18 13:00"] == pytest.approx(true[1] - true[0], rel=0.2)


def test_the_forecast_changes_once_a_utc_day_only(web: httpx.Client) -> None:
    instants = [
        datetime(2026, 6, 1, 0, 1, tzinfo=UTC),
        datetime(2026, 6, 1, 23, 59, tzinfo=UTC),
        datetime(2026, 6, 2, 0, 1, tzinfo=UTC),
    ]
    now = {"is": instants[0]}
    answers = []
    with serve(clock=lambda: now["is"]) as running:
        for instant in instants:
            now["is"] = instant
            answer = web.get(
                f"{running.base_url}/ravenwits/api/v0/forecasts/normalized/",
                params={"plant": "OLMEDILLA"},
                headers={"Authorization": f"Bearer {APIS['ravenwits']['key']}"},
            )
            answers.append({row["datetime"]: row["pred"] for row in answer.json()})
    assert answers[0] == answers[1]
    shared = set(answers[0]) & set(answers[2])
    assert len(shared) == 48
    assert any(answers[0][label] != answers[2][label] for label in shared)


def test_forecast_zone_csv_and_absence(ravenwits_api: httpx.Client) -> None:
    local = ravenwits_api.get(
        "/api/v0/forecasts/normalized/", params={"plant": "OLMEDILLA", "timezone": "Europe/Madrid"}
    ).json()
    assert local[0]["datetime"] == "2026-11-18 02:00"
    text = ravenwits_api.get("/api/v0/forecasts/normalized/", params={"plant": "OLMEDILLA", "format": "csv"})
    assert text.text.splitlines()[:2] == ["plant,datetime,pred", "OLMEDILLA,2026-11-18 01:00,0.000"]
    none = ravenwits_api.get("/api/v0/forecasts/normalized/", params={"plant": "ESPERANCE_PV"})
    assert none.status_code == 404
    assert none.json()["error"].startswith("No normalized forecast found")


def test_forecast_totals_are_close_to_what_comes_true(world: World) -> None:
    plant, midnight = world.by_key["almazan"], datetime(2026, 7, 1, tzinfo=UTC)
    predicted = float(ravenwits.forecast_kwh(plant, midnight)[:24].sum())
    ends = np.array([midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()])
    true = float(np.diff(production.register_kwh(plant, ends))[0])
    assert predicted == pytest.approx(true, rel=0.2)


def test_unavailabilities_are_listed_by_plant_name(ravenwits_api: httpx.Client) -> None:
    rows = ravenwits_api.get("/api/v0/unavailabilities/").json()
    assert {row["availability_type"] for row in rows} == {"UNAVAILABILITY", "CURTAILMENT", "OTHER"}
    one = ravenwits_api.get("/api/v0/unavailabilities/", params={"plant_id": rows[0]["plant_id"]}).json()
    assert one == rows[:1]
    assert ravenwits_api.get(f"/api/v0/unavailabilities/{rows[0]['id']}/").json() == rows[0]
