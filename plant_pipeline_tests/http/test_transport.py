"""Real sockets: proxies, certificates, and what both kinds of connections do alike."""

import asyncio
import base64
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plant_pipeline.errors import SourceError, SourceUnavailable, UsageError
from plant_pipeline.http import Answer, HttpClient, RetryPolicy, call_each
from plant_pipeline.http.transport import Transport

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_ONCE = RetryPolicy(attempts=1)
_PASSWORD = "pr0xy-pass-77"

many_calls = pytest.mark.parametrize("many", [False, True])


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def listening(respond: Callable[[bytes], bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers each head of a request; its port, and the heads it got."""
    heads: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(respond(heads[-1]))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heads
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def ok(_: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nSet-Cookie: session=1\r\n\r\n" + b'{"ok": true}'


async def get(url: str, *, many: bool, path: str = "/data") -> Answer | SourceError:
    async with HttpClient("sun", url, retry=_ONCE, makes_many_calls=many) as client:
        ((_, answer),) = await call_each([path], client.get_json)
    return answer


def with_proxy(
    work: Callable[[str, list[bytes]], Awaitable[None]], respond: Callable[[bytes], bytes] = ok
) -> list[bytes]:
    async def run() -> list[bytes]:
        async with listening(respond) as (port, heads):
            await work(f"http://user:{_PASSWORD}@127.0.0.1:{port}", heads)
        return heads

    return asyncio.run(run())


@many_calls
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_is_used_with_its_password(monkeypatch: pytest.MonkeyPatch, variable: str, many: bool) -> None:
    async def ask(proxy: str, _: list[bytes]) -> None:
        monkeypatch.setenv(variable, proxy)
        assert isinstance(await get("http://fm.customer.test", many=many), Answer)

    (head,) = with_proxy(ask)
    assert head.startswith(b"GET http://fm.customer.test/data HTTP/1.1\r\n")
    sent = base64.b64encode(f"user:{_PASSWORD}".encode())
    assert b"proxy-authorization: basic " + sent.lower() in head.lower()


@many_calls
def test_https_goes_through_its_proxy_and_no_message_shows_its_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, many: bool
) -> None:
    async def ask(proxy: str, _: list[bytes]) -> None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with caplog.at_level(logging.DEBUG):
            error = await get("https://fm.customer.test", many=many)
        assert isinstance(error, SourceUnavailable)
        assert _PASSWORD not in str(error) + repr(error.__cause__) + caplog.text

    def refuse(_: bytes) -> bytes:
        return f"HTTP/1.1 407 No {_PASSWORD}\r\nContent-Length: 0\r\n\r\n".encode()

    (head, *_) = with_proxy(ask, refuse)
    assert head.startswith(b"CONNECT fm.customer.test:443 HTTP/1.1\r\n")


@many_calls
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str, many: bool) -> None:
    async def ask() -> None:
        async with listening(ok) as (port, heads):
            monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
            answer = await get(f"http://{host}:{port}", many=many)
        assert isinstance(answer, Answer)
        assert heads[0].startswith(b"GET /data HTTP/1.1\r\n")

    asyncio.run(ask())


@many_calls
@pytest.mark.parametrize(
    "excepted", ["customer.test", ".customer.test", "fm.customer.test", "*", "a.test,fm.customer.test"]
)
def test_hosts_of_no_proxy_are_asked_directly(monkeypatch: pytest.MonkeyPatch, excepted: str, many: bool) -> None:
    async def ask(proxy: str, heads: list[bytes]) -> None:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", excepted)
        assert isinstance(await get("http://fm.customer.test", many=many), SourceUnavailable)  # there is no such host
        monkeypatch.setenv("NO_PROXY", "other.test")
        assert isinstance(await get("http://fm.customer.test", many=many), Answer)

    assert len(with_proxy(ask)) == 1


@pytest.mark.parametrize("address", ["ftp://proxy.test", "http://a:b:c", "socks9://x"])
def test_a_proxy_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(UsageError, match="HTTPS_PROXY is no address of a proxy"):
        Transport(1, of_aiohttp=True)


def _authorities() -> int:
    tls: ssl.SSLContext = Transport(1, of_aiohttp=True)._tls
    return tls.cert_store_stats()["x509_ca"]


def test_certificates_are_those_of_ssl_cert_file_or_the_usual_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _authorities() > 50
    end = "-----END CERTIFICATE-----\n"
    own = tmp_path / "company.pem"
    own.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    assert _authorities() == 1
    own.write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE .*none\.pem cannot be read"):
        _authorities()


@many_calls
def test_a_certificate_of_an_unknown_authority_says_what_to_set(tmp_path: Path, many: bool) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_certificate_of_nobody(tmp_path))

    async def ask() -> Answer | SourceError:
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
            return await get(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", many=many)

    error = asyncio.run(ask())
    assert isinstance(error, SourceUnavailable)
    assert str(error).endswith("let SSL_CERT_FILE name its certificates")


def _certificate_of_nobody(folder: Path) -> Path:
    """A file with a key and a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "nobody.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


# -- both kinds alike --
@many_calls
def test_connections_are_kept_and_cookies_are_not(many: bool) -> None:
    async def ask() -> list[bytes]:
        async with (
            listening(ok) as (port, heads),
            HttpClient("sun", f"http://127.0.0.1:{port}", makes_many_calls=many, concurrency=1) as client,
        ):
            for path in ("/a?at=12:00%2B01:00", "/b%2Fc"):
                await client.get_json(path)
            return heads

    first, second = asyncio.run(ask())
    assert first.startswith(b"GET /a?at=12:00%2B01:00 HTTP/1.1\r\n")
    assert second.startswith(b"GET /b%2Fc HTTP/1.1\r\n")
    assert b"cookie" not in second.lower()


@many_calls
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
def test_broken_answers_are_passing_faults(many: bool, answer: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def ask() -> Answer | SourceError:
        async with await asyncio.start_server(break_off, "127.0.0.1", 0) as server:
            return await get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", many=many)

    assert isinstance(asyncio.run(ask()), SourceUnavailable)


@many_calls
def test_nobody_listening_is_a_passing_fault(many: bool) -> None:
    assert isinstance(asyncio.run(get("http://127.0.0.1:1", many=many)), SourceUnavailable)


@many_calls
@pytest.mark.parametrize("answered_before", [0, 1])
def test_a_try_at_a_connection_that_breaks_is_one_request(many: bool, answered_before: int) -> None:
    """Whoever counts calls against a limit has to see each of them."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(heads) < answered_before:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(ok(heads[-1]))
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async def run() -> SourceError:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with HttpClient("sun", url, retry=_ONCE, makes_many_calls=many) as client:
                for _ in range(answered_before):
                    await client.get_json("/data")
                with pytest.raises(SourceUnavailable, match="no usable answer") as failure:
                    await client.get_json("/data")
        return failure.value

    error = asyncio.run(run())
    assert len(heads) == answered_before + 1
    assert "Timeout" not in str(error)
