"""The team's notice board. `demijohn dev` serves it, `pytest` tests it."""

from datetime import UTC, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from demijohn import App, FormField, Page, Response, flash, redirect, render

app = App(__name__)


@app.get("/hello/<name>")
def hello(name: str) -> str:
    return f"Hello, {name}!\n"


class Day(Enum):
    MONDAY = "monday"
    WEDNESDAY = "wednesday"
    FRIDAY = "friday"


class Meeting(Struct):
    day: Day
    time: str
    what: str


MEETINGS = [
    Meeting(Day.MONDAY, "09:30", "What the week holds"),
    Meeting(Day.WEDNESDAY, "12:30", "Lunch together"),
    Meeting(Day.FRIDAY, "16:00", "What we have learnt"),
]


@app.get("/meetings")
async def meetings(day: Day | None = None) -> list[Meeting]:
    return [meeting for meeting in MEETINGS if day in (None, meeting.day)]


class Notice(Struct):
    text: str
    posted: datetime


NOTICES: list[Notice] = []


@app.get("/")
def board() -> Page:
    return render("board.html", notices=NOTICES, meetings=MEETINGS)


@app.post("/notices")
def post_notice(text: Annotated[str, FormField(), Meta(min_length=1, max_length=500)]) -> Response:
    NOTICES.insert(0, Notice(text, datetime.now(UTC)))
    flash("Your notice is on the board.")
    return redirect(board)
