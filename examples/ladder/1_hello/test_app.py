"""Run with `pytest` in this folder; the fixture `client` comes with Demijohn."""

import pytest
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
