"""The team's notice board. `demijohn dev` serves it, `pytest` tests it."""

from enum import Enum

from msgspec import Struct

from demijohn import App

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
