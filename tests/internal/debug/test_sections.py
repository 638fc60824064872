"""What the page shows of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demijohn.contracts import SessionRecord
from demijohn.debug.sections import sections_of
from demijohn.http.request import Request
from demijohn.sessions.session import Session

if TYPE_CHECKING:
    from tests.internal.debug.conftest import MakeRequest

FORM = [("content-type", "application/x-www-form-urlencoded")]


class NoStore:
    max_age = 1

    def load(self, cookie: str | None) -> SessionRecord | None:
        return None


def tables(request: Request) -> dict[str, dict[str, str]]:
    return {section.title: dict(section.rows) for section in sections_of(request, {})}


def test_the_request_is_shown_and_its_secrets_are_not(make_request: MakeRequest) -> None:
    headers = [("cookie", "a=1; token=hunter2"), ("authorization", "hunter2"), ("x-a", "1"), *FORM]
    request = make_request(
        "POST", "/notes/\x1b", query="q=1&api_key=hunter2", headers=headers, body=b"title=x&password=hunter2"
    )
    request.route_name = "save"
    request.path_params = {"id": 3, "card": "hunter2"}
    del request.fields_by_name["authorization"]  # with a bearer no cookie counts

    found = tables(request)

    assert found["Request"]["Method"] == "POST"
    assert found["Request"]["Path"] == "/notes/\\x1b"
    assert found["Request"]["Route"] == "save"
    assert found["Path parameters"] == {"id": "3", "card": "'********'"}
    assert found["Query"] == {"q": "1", "api_key": "********"}
    assert found["Form"] == {"title": "x", "password": "********"}
    assert found["Cookies"] == {"a": "1", "token": "********"}
    assert found["Header fields"]["x-a"] == "1"
    assert "hunter2" not in str(found)


def test_what_is_not_there_has_no_section(make_request: MakeRequest) -> None:
    assert list(tables(make_request())) == ["Request", "Header fields"]


def test_only_a_session_that_was_used_is_shown(make_request: MakeRequest) -> None:
    request = make_request()
    session = request.loaded_session = Session(NoStore(), None)  # type: ignore[arg-type]  # nothing is stored here

    assert "Session" not in tables(request)
    assert not session.accessed

    session["cart"], session["token"] = [1], "hunter2"
    assert tables(request)["Session"] == {"cart": "[1]", "token": "'********'"}


def test_a_form_that_cannot_be_read_says_so(make_request: MakeRequest) -> None:
    request = make_request("POST", headers=FORM, body=b"%ff=1")

    assert list(tables(request)["Form"]) == ["HTTPError"]


def test_panels_come_last_and_one_that_fails_shows_its_error(make_request: MakeRequest) -> None:
    def broken(request: Request) -> dict[str, object]:
        raise RuntimeError("no panel, postgres://ann:hunter2@db")

    panels = {
        "SQL": lambda request: {"1": "select 1", "password": "x", "rows": 3, request.method: {"token": "x"}},
        "Broken": broken,
        "Empty": lambda request: {},
    }
    found = sections_of(make_request(), panels)

    assert [section.title for section in found[-2:]] == ["SQL", "Broken"]
    assert found[-2].rows == (
        ("1", "select 1"),
        ("password", "********"),
        ("rows", "3"),
        ("GET", "{'token': '********'}"),
    )
    assert found[-1].rows == (("RuntimeError", "no panel, postgres://ann:********@db"),)


def test_a_panel_without_end_is_cut(make_request: MakeRequest) -> None:
    found = sections_of(make_request(), {"Long": lambda request: {str(number): number for number in range(1000)}})

    assert len(found[-1].rows) == 201
    assert found[-1].rows[-1] == ("…", "800 more")
