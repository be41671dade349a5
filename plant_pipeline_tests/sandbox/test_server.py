import time

import httpx
import psutil
import pytest

from plant_pipeline.errors import UsageError
from plant_pipeline.sandbox.plants import named_plants
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline.sandbox.world import World
from plant_pipeline_tests.sandbox.conftest import APIS, FLEXMEASURES_LOGIN, NOW


def _everything(sandbox: Sandbox) -> dict[str, bytes]:
    """Bodies of one answer of every kind."""
    token = {"Authorization": f"Bearer {APIS['ravenwits']['key']}"}
    own = sandbox.environment
    organization = {"Authorization": f"Bearer {own['VOKE_TOKEN']}", "x-org-id": own["VOKE_ORG_ID"]}
    with httpx.Client(base_url=sandbox.base_url) as client:
        answer = client.post("/flexmeasures/api/requestAuthToken", json=FLEXMEASURES_LOGIN)
        bare = {"Authorization": answer.json()["auth_token"]}
        data = "data?start=2026-11-16T00:00:00Z&duration=P1D&unit=kW"
        first = sandbox.world.truth[0].source_ids["voke"]
        wanted = {
            "/ravenwits/api/v0/plants/": token,
            "/ravenwits/api/v0/forecasts/normalized/?plant=TARIFA_EOLICA": token,
            "/voke/api/v1/plants?limit=100": organization,
            f"/voke/api/v1/plants/{first}": organization,
            f"/voke/api/v1/plants/{first}/energy/today": organization,
            "/voke/api/v1/alerts": organization,
            "/flexmeasures/api/v3_0/assets": bare,
            "/flexmeasures/api/v3_0/sensors": bare,
            f"/flexmeasures/api/v3_0/sensors/9/{data}": bare,
        }
        return {path: client.get(path, headers=headers).raise_for_status().content for path, headers in wanted.items()}


def test_two_starts_give_the_same_bytes() -> None:
    # Two fleets built from nothing, so that nothing is shared but the process.
    answers = []
    for _ in range(2):
        with serve(world=World(named_plants()), clock=lambda: NOW) as sandbox:
            answers.append(_everything(sandbox))
    assert answers[0] == answers[1]


def test_it_is_quiet_counts_requests_and_ends_soon(web: httpx.Client, capfd: pytest.CaptureFixture[str]) -> None:
    with serve(clock=lambda: NOW) as sandbox:
        assert web.get(f"{sandbox.base_url}/ravenwits/health/").status_code == 200
        assert web.get(f"{sandbox.base_url}/nowhere").status_code == 404
        assert sandbox.requests == {("ravenwits", "/health/"): 1}
        with httpx.Client(base_url=sandbox.base_url) as kept_open:
            kept_open.get("/ravenwits/health/")
            begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert capfd.readouterr() == ("", "")
    with pytest.raises(httpx.ConnectError):
        web.get(f"{sandbox.base_url}/ravenwits/health/")


def test_the_environment_names_every_variable(sandbox: Sandbox) -> None:
    names = {
        "RAVENWITS_BASE_URL", "RAVENWITS_EMAIL", "RAVENWITS_PASSWORD",
        "VOKE_BASE_URL", "VOKE_TOKEN", "VOKE_ORG_ID",
        "FLEXMEASURES_BASE_URL", "FLEXMEASURES_EMAIL", "FLEXMEASURES_PASSWORD", "FLEXMEASURES_ACCOUNT_ID",
        "RAPTOR_BASE_URL", "RAPTOR_CLIENT_ID", "RAPTOR_CLIENT_SECRET", "RAPTOR_INTEGRATION_ID",
    }  # fmt: skip
    assert set(sandbox.environment) == names


def test_a_port_can_be_chosen_and_a_taken_one_is_refused(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    with pytest.raises(UsageError, match=str(port)), serve(port=port):
        pass


@pytest.mark.parametrize("port", [65_536, 99_999, -1])
def test_a_port_that_does_not_exist_is_refused_in_one_sentence(port: int) -> None:
    sentence = rf"127\.0\.0\.1:{port} \(ports go from 0 to 65535\); choose another port$"
    with pytest.raises(UsageError, match=sentence), serve(port=port):
        pass


def test_it_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    listening = {own.laddr[:2] for own in psutil.Process().net_connections(kind="inet") if own.laddr[1] == port}
    assert listening == {("127.0.0.1", port)}
