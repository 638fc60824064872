"""Drive a real Chromium over its DevTools protocol: tabs, typing, and whatever the browser complains about.

A test that needs a browser asks for `find_chromium()` first: the package that brings one is not among ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

__all__ = ["Chromium", "Tab", "find_chromium", "start_chromium"]

SECONDS = 20.0

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LISTENS = re.compile(r"DevTools listening on (ws://\S+)")
_SWITCHES = (
    "--headless",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-proxy-server",
)
# A page that is just being left takes its scripts with it; then the next one is asked.
_LEFT = (
    "Execution context was destroyed",
    "Inspected target navigated",
    "Cannot find context",
    "Promise was collected",
)

_Message = dict[str, Any]  # Any: JSON of another program


class DevToolsError(Exception):
    """Say what Chromium would not do."""


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Chromium:
    """Hold a running browser. Each tab that it opens is a visitor of its own, with cookies of its own."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last = 0
        self._tabs: dict[str, Tab] = {}
        self._visitors: list[str] = []

    def open(self, url: str) -> Tab:
        """Open a page as a new visitor, and wait until it has loaded."""
        visitor = self.call("Target.createBrowserContext")["browserContextId"]
        self._visitors.append(visitor)
        target = self.call("Target.createTarget", url="about:blank", browserContextId=visitor)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        tab.go_to(url)
        return tab

    def close_tabs(self) -> None:
        """Close all tabs and forget their visitors."""
        while self._visitors:
            self.call("Target.disposeBrowserContext", browserContextId=self._visitors.pop())
        self._tabs.clear()

    def call(self, method: str, session: str | None = None, **parameters: object) -> _Message:
        """Call a method of the protocol and return its result; events that come meanwhile go to their tabs.

        Raises:
            DevToolsError: the browser refuses.
            TimeoutError: it does not answer.
        """
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        self._connection.send(json.dumps(message if session is None else {**message, "sessionId": session}))
        deadline = time.monotonic() + SECONDS
        while True:
            answer: _Message = json.loads(self._connection.recv(deadline - time.monotonic()))
            if answer.get("id") == self._last:
                break
            if answer.get("sessionId") in self._tabs:
                self._tabs[answer["sessionId"]].notice(answer["method"], answer["params"])
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error']['message']}")
        result: _Message = answer["result"]
        return result


class Tab:
    """Be one tab. `complaints` gathers errors in its console: failed scripts, refused resources, CSP violations."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session
        self.complaints: list[str] = []

    def call(self, method: str, **parameters: object) -> _Message:
        """Call a method of the protocol for this tab."""
        return self._browser.call(method, self._session, **parameters)

    def notice(self, event: str, parameters: Mapping[str, Any]) -> None:  # Any: JSON of another program
        """Keep an event that is a complaint."""
        if event == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}".rstrip())
        elif event == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(each.get("value", each)) for each in parameters["args"]))
        elif event == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])

    def go_to(self, url: str) -> None:
        """Load a page."""
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise DevToolsError(f"{url}: {failed}")
        self.wait_for("document.readyState === 'complete'")

    def evaluate(self, script: str) -> Any:  # Any: whatever the script gives, as JSON
        """Return the value of an expression in the page, of a promise its outcome.

        Raises:
            DevToolsError: the script fails.
        """
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise DevToolsError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true, on this page or on the one that comes next.

        Raises:
            AssertionError: it does not become true.
        """
        wait = f"""new Promise(resolve => {{
            const end = Date.now() + {SECONDS / 2 * 1000};
            const look = () => ({condition}) ? resolve(true) : Date.now() > end ? resolve(false) : setTimeout(look, 10);
            look();
        }})"""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                if not self.evaluate(wait):
                    break
            except DevToolsError as error:
                if not any(told in str(error) for told in _LEFT):
                    raise
            else:
                return
        shown = self.evaluate("document.body.innerText")
        raise AssertionError(f"{condition} has not come true. Complaints: {self.complaints}. The page says:\n{shown}")

    def type_into(self, selector: str, text: str) -> None:
        """Type into a field, as an input method does; what was in it goes."""
        self.evaluate(
            f"(field => {{ field.focus(); field.select(); }})(document.querySelector({json.dumps(selector)}))"
        )
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse."""
        found = f"document.querySelector({json.dumps(selector)})"
        place = self.evaluate(
            f"({found}.scrollIntoView({{block: 'center'}}), {found}.getBoundingClientRect().toJSON())"
        )
        point = {"x": place["x"] + place["width"] / 2, "y": place["y"] + place["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **point)

    def text(self, selector: str) -> str:
        """Return the text of an element as it is shown."""
        shown: str = self.evaluate(f"{_element(selector)}.innerText")
        return shown

    def set_theme(self, theme: str) -> None:
        """Let the visitor prefer `light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def resize(self, width: int, height: int) -> None:
        """Give the tab a size in CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)


def _element(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"


@contextmanager
def start_chromium(path: str, profile: Path) -> Iterator[Chromium]:
    """Run a browser without a window for the block, with its files in the folder `profile`."""
    switches = [*_SWITCHES, f"--user-data-dir={profile}"]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")  # as root there is no other way; the pages are our own
    process = subprocess.Popen(
        [path, *switches],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with ExitStack() as stack:
        stack.callback(_kill, process)
        connection = stack.enter_context(connect(_address_of(process), proxy=None, max_size=None, open_timeout=SECONDS))
        # Asking a living browser to close the connection would wait behind events that nobody reads any more.
        stack.callback(_kill, process)
        yield Chromium(connection)


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def _address_of(process: subprocess.Popen[str]) -> str:
    """Return where the protocol is spoken, which the browser says when it is ready."""
    heard: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        with process.stderr as lines:  # read to the end, or the browser would one day wait for its reader
            for line in lines:
                heard.append(line)
                if _LISTENS.search(line):
                    found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    found.wait(SECONDS)
    address = _LISTENS.search("".join(heard))
    if address is None:
        raise DevToolsError(f"{process.args!r} does not start:\n{''.join(heard)}")
    return address[1]
