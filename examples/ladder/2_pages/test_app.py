"""Run with `pytest` in this folder; the fixture `client` comes with Demijohn."""

from collections.abc import Iterator

import pytest
from app import NOTICES
from app import app as notice_board

from demijohn import App
from demijohn.testing import Client


@pytest.fixture
def app() -> App:
    return notice_board


def test_hello_greets_by_name(client: Client) -> None:
    assert client.get("/hello/Ann").text == "Hello, Ann!\n"


def test_meetings_are_listed_in_the_order_of_the_week(client: Client) -> None:
    assert [meeting["day"] for meeting in client.get("/meetings").json()] == ["monday", "wednesday", "friday"]


def test_meetings_of_one_day(client: Client) -> None:
    expected = [{"day": "friday", "time": "16:00", "what": "What we have learnt"}]
    assert client.get("/meetings?day=friday").json() == expected


def test_a_day_without_meetings_is_a_mistake(client: Client) -> None:
    assert client.get("/meetings?day=sunday").status == 422


@pytest.fixture(autouse=True)
def empty_board() -> Iterator[None]:
    NOTICES.clear()
    yield
    NOTICES.clear()


def test_an_empty_board_says_so_and_lists_the_meetings(client: Client) -> None:
    page = client.get("/").text
    assert "Nothing is on the board yet." in page
    assert "Friday, 16:00: What we have learnt" in page


def test_a_notice_is_posted_and_told_once(client: Client) -> None:
    answer = client.post("/notices", form={"text": "Cake at <noon>"})
    assert (answer.status, answer.location) == (303, "/")
    page = client.get("/").text
    assert "Cake at &lt;noon&gt;" in page
    assert "Your notice is on the board." in page
    assert "Your notice is on the board." not in client.get("/").text


def test_a_notice_without_text_is_refused(client: Client) -> None:
    assert client.post("/notices", form={"text": ""}).status == 422


def test_the_style_sheet_is_served_and_kept_for_good(client: Client) -> None:
    address = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(address)
    assert answer.content_type == "text/css"
    assert "immutable" in answer.headers["cache-control"]
