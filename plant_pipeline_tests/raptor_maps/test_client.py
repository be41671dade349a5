import asyncio
import logging
import traceback
from pathlib import Path

import pytest

from plant_pipeline.config import RaptorSettings
from plant_pipeline.raptor_maps.client import Accepted, PartNotAccepted
from plant_pipeline_tests.raptor_maps.receiver import HOST, SECRETS, STATIC, WITH_LOGIN, Receiver, client_of


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "part.csv"
    path.write_bytes(b"farm_id\n" * 200_000)  # more than one block of the upload
    return path


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def _upload(receiver: Receiver, *files: Path, settings: RaptorSettings = STATIC) -> list[Accepted]:
    async def run() -> list[Accepted]:
        async with client_of(receiver, settings) as client:
            return [await client.upload(file) for file in files]

    return asyncio.run(run())


def _assert_nothing_leaked(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


def test_each_file_goes_to_a_signed_url_of_its_own(csv: Path, log: pytest.LogCaptureFixture) -> None:
    receiver = Receiver()

    accepted = _upload(receiver, csv, csv)

    assert accepted == [Accepted(200, HOST)] * 2
    assert receiver.files == [csv.read_bytes()] * 2
    assert receiver.calls == {"signed_url": 2, "put": 2}
    assert receiver.complaints == []
    _assert_nothing_leaked(log.text)


def test_credentials_are_exchanged_once_and_renewed_once_when_the_token_ends(csv: Path) -> None:
    receiver = Receiver()
    _upload(receiver, csv, csv, settings=WITH_LOGIN)
    assert receiver.calls == {"token": 1, "signed_url": 2, "put": 2}

    receiver = Receiver(expires_tokens=True)
    _upload(receiver, csv, settings=WITH_LOGIN)
    assert receiver.calls == {"token": 2, "signed_url": 2, "put": 1}


_REFUSAL = (
    "<Error><Code>SignatureDoesNotMatch</Code><Message>key AKIAIOSFODNN7EXAMPLE</Message><Resource>/bucket/1</Resource>"
    f"<StringToSign>PUT {SECRETS[2]}</StringToSign><SignatureProvided>{SECRETS[2]}</SignatureProvided></Error>"
)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_url_that_is_refused_is_replaced_by_a_fresh_one_once(
    csv: Path, log: pytest.LogCaptureFixture, status: int
) -> None:
    receiver = Receiver(put_statuses=[status])
    assert _upload(receiver, csv) == [Accepted(200, HOST)]
    assert receiver.calls == {"signed_url": 2, "put": 2}

    receiver = Receiver(put_statuses=[status, status], put_error=_REFUSAL)
    with pytest.raises(PartNotAccepted, match=f"^{HOST} answered {status}: SignatureDoesNotMatch$") as caught:
        _upload(receiver, csv)
    assert (caught.value.http_status, caught.value.url_host) == (status, HOST)
    assert receiver.calls == {"signed_url": 2, "put": 2}
    seen = log.text + "".join(traceback.format_exception(caught.value))
    _assert_nothing_leaked(seen)
    assert [hidden for hidden in ("AKIA", "/bucket/1") if hidden in seen] == []


@pytest.mark.parametrize("code", [f"Signature{SECRETS[2]}", SECRETS[0], "AKIAIOSFODNN7EXAMPLE", "/bucket/1", "a b"])
def test_what_is_no_code_of_a_storage_is_not_repeated(csv: Path, code: str) -> None:
    receiver = Receiver(put_statuses=[403, 403], put_error=f"<Error><Code>{code}</Code></Error>")
    with pytest.raises(PartNotAccepted, match=f"^{HOST} answered 403$"):
        _upload(receiver, csv)


@pytest.mark.parametrize("status", [204, 201])
def test_any_2xx_is_a_yes(csv: Path, status: int) -> None:
    assert _upload(Receiver(put_statuses=[status]), csv) == [Accepted(status, HOST)]


@pytest.mark.parametrize(("statuses", "puts"), [([404], 1), ([301], 1), ([500, 500], 2)])
def test_any_other_status_is_a_no_without_a_secret(
    csv: Path, log: pytest.LogCaptureFixture, statuses: list[int], puts: int
) -> None:
    receiver = Receiver(put_statuses=list(statuses))
    with pytest.raises(PartNotAccepted) as caught:
        _upload(receiver, csv)
    assert caught.value.http_status == statuses[0]
    assert receiver.calls["put"] == puts
    _assert_nothing_leaked(log.text + "".join(traceback.format_exception(caught.value)))


def test_a_lost_answer_is_tried_again_and_then_no_status_is_known(csv: Path, log: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(breaks_after_storing=True)
    with pytest.raises(PartNotAccepted) as caught:
        _upload(receiver, csv)
    # The second try meets the used address (403), and the fresh one loses its answer again, twice tried.
    assert receiver.calls == {"signed_url": 2, "put": 4}
    assert caught.value.http_status == 403
    _assert_nothing_leaked(log.text + "".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("name", ["url", "signed_url"])
def test_the_url_may_come_in_an_object(csv: Path, name: str) -> None:
    receiver = Receiver(signed_url={name: f"https://{HOST}/1?X-Amz-Signature=unknown"})
    with pytest.raises(PartNotAccepted, match=r"answered 403|already used"):
        _upload(receiver, csv)
    assert receiver.calls["put"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        f"http://{HOST}/1?X-Amz-Signature={SECRETS[2]}",
        f"//{HOST}/1?{SECRETS[2]}",
        f"https:///1?{SECRETS[2]}",
        f"https://{HOST}:x/?{SECRETS[2]}",
        f"https://{HOST}/a b?{SECRETS[2]}",
        f"file:///etc/{SECRETS[2]}",
        {"address": f"https://{HOST}/1?{SECRETS[2]}"},
        [f"https://{HOST}/1?{SECRETS[2]}"],
        None,
        17,
    ],
)
def test_an_answer_that_is_no_https_address_is_refused_and_not_repeated(
    csv: Path, log: pytest.LogCaptureFixture, answer: object
) -> None:
    receiver = Receiver(signed_url=answer, signed_url_status=201)
    with pytest.raises(PartNotAccepted, match="no address to upload to") as caught:
        _upload(receiver, csv)
    assert receiver.calls["put"] == 0
    _assert_nothing_leaked(log.text + "".join(traceback.format_exception(caught.value)))


def test_one_address_never_serves_two_files(csv: Path) -> None:
    receiver = Receiver(put_statuses=[200])
    url = f"https://{HOST}/1?X-Amz-Signature=same"
    receiver._open.add(url)
    receiver.signed_url = url
    with pytest.raises(PartNotAccepted, match="already used"):
        _upload(receiver, csv, csv)
    assert receiver.calls["put"] == 1


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "RM_API_TOKEN"), (403, "RM_API_TOKEN"), (404, "RAPTOR_INTEGRATION_ID"), (503, "503")]
)
def test_a_refused_signed_url_says_what_to_check(
    csv: Path, log: pytest.LogCaptureFixture, status: int, hint: str
) -> None:
    receiver = Receiver(signed_url_status=status, signed_url={"error": "no"})
    with pytest.raises(PartNotAccepted, match=hint) as caught:
        _upload(receiver, csv)
    assert caught.value.http_status == status
    _assert_nothing_leaked(log.text + "".join(traceback.format_exception(caught.value)))


def test_access_can_be_checked_without_sending_anything() -> None:
    receiver = Receiver()

    async def run() -> None:
        async with client_of(receiver) as client:
            await client.check_access()

    asyncio.run(run())
    assert receiver.calls == {"signed_url": 1}


_PASSWORD = "raptor-password-5d1e"
_LISTED = [
    {"id": 21, "api_type": "AlsoEnergy", "auth_info": {"username": "u", "password": _PASSWORD}, "enabled": True},
    {"id": 22, "api_type": "CSV", "auth_info": {"username": "u", "password": _PASSWORD}, "enabled": False},
    {"id": "23"},
]


@pytest.mark.parametrize(
    ("integrations", "choices"),
    [
        (
            _LISTED,
            "the account has 21 (AlsoEnergy), 22 (CSV, not enabled), 23: set RAPTOR_INTEGRATION_ID to one of them",
        ),
        ({"data": _LISTED[:1]}, "the account has 21 (AlsoEnergy): set RAPTOR_INTEGRATION_ID to one of them"),
        (_LISTED[0], "the account has 21 (AlsoEnergy): set RAPTOR_INTEGRATION_ID to one of them"),
        ([], "the account lists no integration: add one in the app of Raptor Maps (Add Integration)"),
        ("noise", "the account lists no integration: add one in the app of Raptor Maps (Add Integration)"),
        (None, "which integrations there are could not be had (answered 404)"),
    ],
)
def test_an_integration_that_is_not_there_is_told_with_those_to_choose_from(
    csv: Path, log: pytest.LogCaptureFixture, integrations: object, choices: str
) -> None:
    receiver = Receiver(signed_url_status=404, integrations=integrations)
    with pytest.raises(PartNotAccepted) as caught:
        _upload(receiver, csv)
    assert str(caught.value).startswith("no address to upload to: check RAPTOR_INTEGRATION_ID and RAPTOR_BASE_URL; ")
    assert str(caught.value).endswith(f"; {choices}")
    assert receiver.calls == {"signed_url": 1, "list": 1}
    assert _PASSWORD not in log.text + "".join(traceback.format_exception(caught.value))
