"""Hold the requests that all programs of apps/ are asked, and what their answers must say. peers.py sends them."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TITLE
from benchmarks.load import CHROMIUM, Request
from benchmarks.servers import Answer

_BOUNDARY: Final = "----a-boundary-that-the-file-does-not-hold"
_FILE: Final = bytes(range(256)) * 256
_NOTE: Final = {"title": "A note", "body": ("Lorem ipsum " * 76).strip(), "tags": ["one", "two", "three"], "stars": 4}


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind, and a key
class Scenario:
    """Name a kind of request. `read` takes from an answer what `expected` is compared with."""

    key: str
    title: str
    request: Request
    expected: object
    read: Callable[[Answer], object]


def _read_json(answer: Answer) -> object:
    if not dict(answer.headers)["content-type"].startswith("application/json"):
        return answer
    decoded: object = json.loads(answer.body)
    return decoded


def _read_text(answer: Answer) -> object:
    return answer.body.decode()


def _read_page(answer: Answer) -> object:
    """Return the title and the cells. What was not escaped is told by its bare `<` and reads as something else."""
    if not dict(answer.headers)["content-type"].startswith("text/html"):
        return answer
    page = answer.body.decode()
    cells = re.findall(r"<td>([^<>]*)</td>", page)
    return [html.unescape(each) for each in re.findall(r"<h1>([^<>]*)</h1>", page) + cells]


def _multipart() -> bytes:
    disposition = 'Content-Disposition: form-data; name="file"; filename="file.bin"'
    head = f"--{_BOUNDARY}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n"
    return head.encode() + _FILE + f"\r\n--{_BOUNDARY}--\r\n".encode()


JSON: Final = Scenario("json", "JSON, one request header", Request(), greeting(), _read_json)
JSON_BROWSER: Final = Scenario(
    "json-browser", "JSON, a browser's thirteen request headers", Request(headers=CHROMIUM), greeting(), _read_json
)
QUERY: Final = Scenario(
    "query",
    "A path parameter and a query string",
    Request(path="/users/42?q=hello&page=2"),
    {"id": 42, "q": "hello", "page": 2},
    _read_json,
)
PAGE: Final = Scenario(
    "page",
    "A page of twelve rows, a browser's thirteen request headers",
    Request(path="/page", headers=CHROMIUM),
    [TITLE, *(str(cell) for row in ROWS for cell in (row.number, row.name, row.note))],
    _read_page,
)
NOTE: Final = Scenario(
    "note",
    "A JSON body of 1 kB, checked and sent back",
    Request("POST", "/note", {"Content-Type": "application/json"}, json.dumps(_NOTE).encode()),
    _NOTE,
    _read_json,
)
FORM: Final = Scenario(
    "form",
    "A form post of five fields, a browser's thirteen request headers",
    Request(
        "POST",
        "/form",
        {**CHROMIUM, "Content-Type": "application/x-www-form-urlencoded"},
        b"name=Ada+Lovelace&email=ada%40example.com&city=London&stars=5&message=It+can+do+whatever+we+know+how+to+order",
    ),
    "Ada Lovelace <ada@example.com>, London: 5, 39",
    _read_text,
)
UPLOAD: Final = Scenario(
    "upload",
    "An upload of 64 kB",
    Request("POST", "/upload", {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}, _multipart()),
    str(len(_FILE)),
    _read_text,
)
SCENARIOS: Final = (JSON, JSON_BROWSER, QUERY, PAGE, NOTE, FORM, UPLOAD)
