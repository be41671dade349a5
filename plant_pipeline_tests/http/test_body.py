import httpx
import pytest

from plant_pipeline.http.body import error_code, error_text, parse_json
from plant_pipeline_tests.http.server import DATA, Server


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[NaN, Infinity, -Infinity, 1e999]", ["NaN", "Infinity", "-Infinity", "1e999"]),
        (b'["a\\ud83d", "\\ud83d\\ude00"]', ["a\ufffd", "\U0001f600"]),
        (b"[NaN, 9223372036854775807, 123456789012345678901234567890]", ["NaN", 2**63 - 1, 1.2345678901234568e29]),
        (b'"https://signed.example"', "https://signed.example"),
        (b"null", None),
    ],
)
def test_one_odd_value_does_not_cost_the_whole_answer(server: Server, body: bytes, value: object) -> None:
    assert server.on(DATA, lambda _: httpx.Response(200, content=body)).get().json == value


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1,]", b"{'a': 1}", b"NaN2", b"[1] [2]"])
def test_what_is_no_json_is_none(server: Server, body: bytes) -> None:
    error = server.on(DATA, lambda _: httpx.Response(200, content=body)).refusal()
    assert "not JSON" in str(error)


# -- the code of an object storage --
@pytest.mark.parametrize(
    ("body", "code"),
    [
        # S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        (
            b'<?xml version="1.0"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message></Error>',
            "SignatureDoesNotMatch",
        ),
        # GCS, XML and JSON
        (b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code><Details>x</Details></Error>", "ExpiredToken"),
        (b'{"error": {"code": 403, "message": "No.", "status": "PERMISSION_DENIED"}}', "PERMISSION_DENIED"),
        # Azure, with the mark of byte order it sends
        (b"\xef\xbb\xbf<Error><Code>InvalidMd5</Code><Message>x</Message></Error>", "InvalidMd5"),
        (b'{"error": {"code": "AuthenticationFailed", "message": "x"}}', "AuthenticationFailed"),
        (b'{"error": "invalid_grant"}', "invalid_grant"),
        (b"<Error/>", None),
        (b"<html><code>AccessDenied</code></html>", None),
        (b"<Error><Code>AKIAIOSFODNN7EXAMPLE</Code></Error>", None),
        (b"<Error><Code>https://store.example/bucket/part?sig=x</Code></Error>", None),
        (b"<Error><Code>The key AKIA is not known</Code></Error>", None),
        (b'{"error": {"code": "/bucket/part001.csv"}}', None),
        (b'{"code": 403}', None),
        (b'["AccessDenied"]', None),
        (b"", None),
    ],
)
def test_the_code_of_a_storage_is_a_plain_word_or_none(body: bytes, code: str | None) -> None:
    assert error_code(body, parse_json(body)[0]) == code


def test_what_an_error_says_can_be_stored_whatever_signs_it_has() -> None:
    """Else noting the failure would fail, and the step with it."""
    assert error_text({"message": "no such\x00plant \ud800"}) == "no such\ufffdplant \ufffd"
