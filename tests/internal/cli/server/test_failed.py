"""`demijohn dev` while the app cannot start: what the browser gets, and that the terminal says the same as ever."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project, Started

FAILURES = [
    ("def broken(:\n", "app.py, line 1: SyntaxError", "SyntaxError"),
    ("import a2wsgi_nowhere\n", "Correct the name, or install what brings it.", "ModuleNotFoundError"),
    ("from demijohn import Appp\n", "Did you mean 'App'?", "ImportError"),
    ("x = {}['missing']\n", "app.py, line 1: KeyError: 'missing'", "KeyError"),
    ("app = 3\n", "app:app is no demijohn.App but a builtins.int.", "app:app is no demijohn.App but a builtins.int."),
    ("raise SystemExit(3)\n", "the program ends here while it is being imported.", "SystemExit"),
    (
        "from demijohn import App\napp = App(__name__)\n@app.get('/')\ndef index(x: object): ...\n",
        "app.py:3: `x: object` of index has a type that no rule knows.",
        "app.py:3",
    ),
]


def page(dev: Started, port: int, *lines: str, host: str = "localhost") -> str:
    head = "".join(f"{line}\r\n" for line in ("GET /x HTTP/1.1", f"host: {host}", "accept: text/html", *lines))
    with dev.connect(port) as connection:
        connection.sendall(f"{head}connection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize(("source", "told", "shown"), FAILURES)
def test_the_page_shows_what_the_terminal_says(
    source: str, told: str, shown: str, hello: Project, free_port: Callable[[], int]
) -> None:
    hello.write("app.py", source)
    port = free_port()
    dev = hello.start("dev", "--port", str(port))

    dev.expect(told)
    dev.expect("Waiting for a file to be saved.")
    answer = page(dev, port)

    assert answer.startswith("HTTP/1.1 500 ")
    assert shown in answer
    assert answer.endswith("</html>")
    dev.terminate()
    assert dev.wait() == 0
    assert dev.rest() == ""
    assert "Traceback" not in dev.output
    assert dev.output.count("Waiting") == 1


def test_the_next_save_is_tried_whatever_was_before(hello: Project, free_port: Callable[[], int]) -> None:
    app = hello.folder / "app.py"
    working = app.read_text()
    port = free_port()
    dev = hello.start("dev", "--port", str(port))
    assert dev.get(port, "/hello/ann").endswith(b"Hello, ann!")

    for number in range(2):
        app.write_text(f"{working}\nraise ValueError({number})\n")
        dev.expect("app.py changed; starting again.")
        dev.expect(f"ValueError: {number}")
        assert "<h1>ValueError</h1>" in page(dev, port)

    app.write_text(working)
    dev.expect("starting again.")
    deadline = time.monotonic() + 20
    while not dev.get(port, "/hello/ann").endswith(b"Hello, ann!"):  # the page of the mistake, until it is replaced
        assert time.monotonic() < deadline


def test_only_this_machine_is_shown_why(hello: Project, free_port: Callable[[], int]) -> None:
    hello.write("app.py", "x = {}['missing']\n")
    port = free_port()
    dev = hello.start("dev", "--port", str(port))
    dev.expect("Waiting")

    assert "KeyError" in page(dev, port)
    for answer in (page(dev, port, "x-forwarded-for: 127.0.0.1"), page(dev, port, host="evil.example")):
        assert answer.startswith("HTTP/1.1 500 ")
        assert "KeyError" not in answer
        assert "The terminal of `demijohn dev` says why" in answer


def test_bound_to_all_addresses_it_is_shown_to_nobody(hello: Project, free_port: Callable[[], int]) -> None:
    hello.write("app.py", "x = {}['missing']\n")
    port = free_port()
    dev = hello.start("dev", "--host", "0.0.0.0", "--port", str(port))
    dev.expect("so browsers see no debug page")
    dev.expect("KeyError: 'missing'")

    assert "KeyError" not in page(dev, port)


def test_ctrl_c_ends_both_processes(hello: Project, free_port: Callable[[], int]) -> None:
    import signal

    hello.write("app.py", "x = {}['missing']\n")
    port = free_port()
    dev = hello.start("dev", "--port", str(port))
    dev.expect("Waiting")
    page(dev, port)  # so it serves

    os.killpg(dev.process.pid, signal.SIGINT)

    assert dev.wait() == 0
    assert "Traceback" not in dev.rest()


def test_in_production_nothing_is_served(hello: Project) -> None:
    hello.write("app.py", "x = {}['missing']\n")

    done = hello.call("run", "--port", "0")

    assert done.status == 1
    assert "KeyError: 'missing'" in done.errors
