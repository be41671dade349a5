"""How requests leave: connections, proxies, certificates.

What belongs here: what the standard variables say (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE,
SSL_CERT_DIR), and which library holds the connections. What does not: what is sent (`client`).

httpx's own pool looks at every connection for every request, so its time grows with their square; many calls go over
aiohttp's. That one spells addresses anew, which a signed one does not bear, so uploads stay with httpx.
"""

import base64
import functools
import ipaddress
import os
import ssl
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
import certifi
import httpx
from httpx_aiohttp import AiohttpTransport

from plant_pipeline.errors import UsageError

_KEEP_ALIVE_S = 30.0


class Transport(httpx.AsyncBaseTransport):
    """Connections of one client, at most `connections` to each proxy or without one; `of_aiohttp`: held by aiohttp.

    Raises `UsageError` if a variable names what is no proxy or no file of certificates.
    """

    def __init__(self, connections: int, *, of_aiohttp: bool) -> None:
        self._connections, self._of_aiohttp = connections, of_aiohttp
        self._proxies = getproxies_environment()
        for scheme in ("http", "https", "all"):
            if scheme in self._proxies:
                _checked_proxy(scheme, self._proxies[scheme])
        self._tls = _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self._opened: dict[str | None, httpx.AsyncBaseTransport] = {}

    def secrets(self) -> tuple[str, ...]:
        """Passwords of the proxies, and user and password as they are sent."""
        proxies = [httpx.URL(url if "://" in url else f"http://{url}") for url in self._proxies.values() if "@" in url]
        return tuple(
            secret
            for proxy in proxies
            for secret in (proxy.password, proxy.userinfo.decode(), *_authorisation(str(proxy)).values())
            if secret
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send by the way that the variables name for the request's host."""
        proxy = self._proxy_for(request.url)
        if proxy not in self._opened:
            self._opened[proxy] = self._open(proxy)
        if (
            self._of_aiohttp and proxy and request.url.scheme == "http"
        ):  # aiohttp gives a proxy's headers to CONNECT alone
            request.headers.update(_authorisation(proxy))
        try:
            return await self._opened[proxy].handle_async_request(request)
        except httpx.ConnectTimeout as error:  # what any broken connection of aiohttp's is called
            if isinstance(error.__cause__, TimeoutError):
                raise
            raise httpx.ConnectError(str(error), request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except ValueError as error:  # how aiohttp says that a header cannot be sent
            raise httpx.LocalProtocolError(type(error).__name__, request=request) from None

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._opened.values():
            await transport.aclose()

    def _proxy_for(self, url: httpx.URL) -> str | None:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if not proxy or _is_loopback(url.host) or proxy_bypass(_with_port(url), self._proxies):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    def _open(self, proxy_url: str | None) -> httpx.AsyncBaseTransport:
        proxy = httpx.Proxy(proxy_url) if proxy_url else None
        limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        if not self._of_aiohttp:
            return httpx.AsyncHTTPTransport(verify=self._tls, limits=limits, proxy=proxy, trust_env=False)
        if proxy_url:  # its password as a header, as aiohttp gives up its own way of sending one
            proxy = httpx.Proxy(httpx.URL(proxy_url).copy_with(userinfo=b""), headers=_authorisation(proxy_url))
        return AiohttpTransport(verify=self._tls, limits=limits, proxy=proxy, trust_env=False, client=self._session)

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=self._connections, ssl=self._tls, keepalive_timeout=_KEEP_ALIVE_S)
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, middlewares=(_send_once,)
        )


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Tries are the client's to make and count: aiohttp would send a GET anew where the connection broke."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


def _authorisation(proxy_url: str) -> dict[str, str]:
    url = httpx.URL(proxy_url)
    if not url.userinfo:
        return {}
    pair = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
    return {"Proxy-Authorization": f"Basic {pair}"}


def _checked_proxy(scheme: str, url: str) -> None:
    try:
        httpx.Proxy(url if "://" in url else f"http://{url}")
    except (ValueError, httpx.InvalidURL):
        name = f"{scheme.upper()}_PROXY"
        raise UsageError(f"{name} is no address of a proxy; write it like http://proxy.example.com:3128") from None


def _with_port(url: httpx.URL) -> str:
    return url.host if url.port is None else f"{url.host}:{url.port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@functools.cache
def _tls_context(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    """One for the process, as each takes 20 ms: of the certificates that are named, else the system's and certifi's."""
    if not cert_file and not cert_dir:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context
    try:
        return ssl.create_default_context(cafile=cert_file or None, capath=cert_dir or None)
    except (OSError, ssl.SSLError) as error:
        reason = f"{type(error).__name__}: it has to be a file of certificates in PEM"
        raise UsageError(f"SSL_CERT_FILE {cert_file} cannot be read ({reason})") from None
