"""A picture of a page in headless Chromium, once it shows a text and buttons were pressed; for `screenshots.sh`.

    docs/screenshot.py URL FILE WIDTH HEIGHT TEXT [BUTTON...] [--from TEXT]

TEXT is waited for; each BUTTON is the whole text of one. `--from`: the page is scrolled until this heading is on top.
"""

import argparse
import base64
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_PATIENCE_S = 60
_PAUSE_S = 0.5
_PRESS = """
(() => {
  const found = [...document.querySelectorAll("button")].find((own) => own.innerText.trim() === %s);
  found?.click();
  return Boolean(found);
})()
"""
_SCROLL = """
(() => {
  const all = [...document.querySelectorAll("div, h1, h2, h3")].filter((own) => own.innerText?.trim() === %s);
  all.at(-1)?.scrollIntoView({block: "start"});
  return all.length > 0;
})()
"""


def main() -> None:
    """Take the picture; ends with an error if the page never comes to show what it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("text")
    parser.add_argument("buttons", nargs="*")
    parser.add_argument("--from", dest="heading")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0"]
        browser = subprocess.Popen(  # noqa: S603 -- Debian's own browser
            ["chromium", *options, f"--user-data-dir={profile}", "about:blank"],  # noqa: S607
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            door = Path(profile) / "DevToolsActivePort"
            _wait(lambda: door.exists() and door.read_text(encoding="utf-8").count("\n") > 0, "Chromium")
            port, path = door.read_text(encoding="utf-8").split()
            with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as connection:
                _take(_Page(connection), arguments)
        finally:
            browser.terminate()
            browser.wait()


class _Page:
    """A page of the browser, by the DevTools protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._session, self._number = connection, "", 0
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._connection.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while (answer := json.loads(self._connection.recv(_PATIENCE_S))).get("id") != self._number:
            pass
        return answer["result"]

    def value(self, expression: str) -> Any:
        return self.ask("Runtime.evaluate", expression=expression)["result"].get("value")


def _take(page: _Page, arguments: argparse.Namespace) -> None:
    size = {"width": arguments.width, "height": arguments.height, "deviceScaleFactor": 1, "mobile": False}
    page.ask("Emulation.setDeviceMetricsOverride", **size)
    page.ask("Page.navigate", url=arguments.url)
    shown = f"document.body.innerText.includes({json.dumps(arguments.text)})"
    _wait(lambda: bool(page.value(shown)), arguments.text)
    for button in arguments.buttons:
        _wait(lambda button=button: bool(page.value(_PRESS % json.dumps(button))), button)
        time.sleep(2)  # a plot is drawn
    if arguments.heading:
        _wait(lambda: bool(page.value(_SCROLL % json.dumps(arguments.heading))), arguments.heading)
    time.sleep(5)
    arguments.file.write_bytes(base64.b64decode(page.ask("Page.captureScreenshot")["data"]))


def _wait(is_so: Any, what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not shown within {_PATIENCE_S} s")
        time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main()
