import threading
from collections.abc import Iterator

import httpx
import pytest

from plant_pipeline.sandbox.faults import Fault
from plant_pipeline.sandbox.server import Sandbox, serve
from plant_pipeline_tests.sandbox.conftest import APIS, FLEXMEASURES_LOGIN, NOW, RAVENWITS_LOGIN

PLANTS = "/api/v1/plants"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with serve(clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def broken(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults.clear()


@pytest.fixture
def client(broken: Sandbox) -> Iterator[httpx.Client]:
    headers = {
        "Authorization": f"Bearer {broken.environment['VOKE_TOKEN']}",
        "x-org-id": broken.environment["VOKE_ORG_ID"],
    }
    with httpx.Client(base_url=broken.environment["VOKE_BASE_URL"], headers=headers) as voke_client:
        yield voke_client


def test_a_status_so_many_times(broken: Sandbox, client: httpx.Client) -> None:
    broken.faults.add(Fault("voke", PLANTS, status=429, times=2, retry_after=7))
    answers = [client.get(PLANTS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["code"] == "TOO_MANY_REQUESTS"


def test_a_fault_meets_one_path_one_template_or_one_method(broken: Sandbox, client: httpx.Client) -> None:
    one, other = (plant["id"] for plant in client.get(PLANTS, params={"limit": 2}).json()["data"])
    fault = broken.faults.add(Fault("voke", f"{PLANTS}/{one}", status=503))
    assert [client.get(f"{PLANTS}/{plant}").status_code for plant in (one, other)] == [503, 200]
    broken.faults.remove(fault)
    broken.faults.add(Fault("voke", f"{PLANTS}/{{id}}", status=500))
    paths = (PLANTS, f"{PLANTS}/{one}", f"{PLANTS}/{other}", f"{PLANTS}/{one}/energy/today")
    assert [client.get(path).status_code for path in paths] == [200, 500, 500, 200]
    broken.faults.clear()
    broken.faults.add(Fault("*", "*", status=403, method="POST"))
    assert client.get(PLANTS).status_code == 200


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_every_api_refuses_in_its_own_words(web: httpx.Client, broken: Sandbox, status: int) -> None:
    broken.faults.add(Fault("*", "*", status=status))
    addresses = {
        "ravenwits/api/v0/plants/": {"detail"},
        "voke/api/v1/plants": {"code", "details", "error", "message", "statusCode"},
        "flexmeasures/api/v3_0/assets": {"message", "status"},
        "raptor_maps/insights/api/v1/integrations/org_integrations": {"message"},
    }
    for address, keys in addresses.items():
        answer = web.get(f"{broken.base_url}/{address}")
        assert answer.status_code == status
        assert keys <= set(answer.json())


def test_html_instead_of_json(broken: Sandbox, client: httpx.Client) -> None:
    broken.faults.add(Fault("voke", "*", times=1, is_html=True))
    answer = client.get(PLANTS)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert client.get(PLANTS).json()["meta"]["total"] == 24


def test_half_a_body(broken: Sandbox, client: httpx.Client) -> None:
    whole = client.get(PLANTS).content
    broken.faults.add(Fault("voke", PLANTS, times=1, cuts=True))
    cut = client.get(PLANTS)
    assert cut.status_code == 200
    assert cut.content == whole[: len(whole) // 2]
    broken.faults.add(Fault("voke", PLANTS, times=1, keeps_length=True, cuts=True))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(PLANTS)
    assert client.get(PLANTS).content == whole


def test_a_dropped_connection(broken: Sandbox, client: httpx.Client) -> None:
    broken.faults.add(Fault("voke", PLANTS, times=1, drops=True))
    with pytest.raises(httpx.TransportError):
        client.get(PLANTS)
    assert client.get(PLANTS).status_code == 200


def test_a_slow_answer_outlasts_a_timeout_and_ends_with_the_sandbox(web: httpx.Client) -> None:
    with serve(clock=lambda: NOW) as sandbox:
        sandbox.faults.add(Fault("ravenwits", "/health/", seconds=600))
        address = f"{sandbox.base_url}/ravenwits/health/"
        with pytest.raises(httpx.ReadTimeout):
            web.get(address, timeout=0.05)
        statuses = []
        waiting = threading.Thread(target=lambda: statuses.append(web.get(address, timeout=60).status_code))
        waiting.start()
        while sandbox.requests[("ravenwits", "/health/")] < 2:
            waiting.join(timeout=0.01)
    waiting.join(timeout=10)
    assert statuses == [200]


def test_a_total_that_changes_between_pages(broken: Sandbox, client: httpx.Client) -> None:
    broken.faults.add(Fault("voke", PLANTS, amount=3, from_page=2))
    totals = [client.get(PLANTS, params={"page": page}).json()["meta"]["total"] for page in (1, 2)]
    assert totals == [24, 27]


def test_a_page_that_comes_twice(broken: Sandbox, client: httpx.Client) -> None:
    broken.faults.add(Fault("voke", PLANTS, from_page=2, repeats_page=True))
    pages = [client.get(PLANTS, params={"page": page, "limit": 10}).json() for page in (1, 2)]
    assert [plant["id"] for plant in pages[0]["data"]] == [plant["id"] for plant in pages[1]["data"]]
    assert pages[1]["meta"]["page"] == 2


def test_the_totals_of_flexmeasures_pages_change_too(web: httpx.Client, broken: Sandbox) -> None:
    broken.faults.add(Fault("flexmeasures", "/api/v3_0/assets", amount=-1, from_page=2))
    base = broken.environment["FLEXMEASURES_BASE_URL"]
    token = web.post(f"{base}/api/requestAuthToken", json=FLEXMEASURES_LOGIN).json()["auth_token"]
    first, second = (
        web.get(f"{base}/api/v3_0/assets", params={"page": page}, headers={"Authorization": token}).json()
        for page in (1, 2)
    )
    assert second["filtered-records"] == first["filtered-records"] - 1


def test_tokens_can_be_ended(web: httpx.Client, broken: Sandbox) -> None:
    base = broken.environment["RAVENWITS_BASE_URL"]

    def status(token: str) -> int:
        return web.get(f"{base}/api/v0/plants/", headers={"Authorization": f"Bearer {token}"}).status_code

    first = web.post(f"{base}/api/v0/auth/login/", json=RAVENWITS_LOGIN).json()["token"]
    assert status(first) == 200
    broken.faults.expire_tokens("ravenwits")
    assert status(first) == 401
    assert status(APIS["ravenwits"]["key"]) == 200
    second = web.post(f"{base}/api/v0/auth/login/", json=RAVENWITS_LOGIN).json()["token"]
    assert status(second) == 200
