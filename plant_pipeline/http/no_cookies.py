"""An httpx client that keeps no cookies.

What belongs here: that, at no cost; a jar that refuses all of them takes a tenth of the time of a call to do so. What
does not: sending (`client`).
"""

import httpx


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Take none."""


class CookielessClient(httpx.AsyncClient):
    """A client that takes no cookies from answers, and so sends none."""

    @property
    def cookies(self) -> httpx.Cookies:
        """None, whatever was answered."""
        return _NoCookies()

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """Refused. Raises `AttributeError`."""
        raise AttributeError(f"this client keeps no cookies: a {type(cookies).__name__} of them cannot be set")
