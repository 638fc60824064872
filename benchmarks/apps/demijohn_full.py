"""Answer every scenario from Demijohn, with every protection that it has by default."""

from typing import Annotated

from msgspec import Meta, Struct

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TITLE
from demijohn import App, FormField, UploadedFile, render

app = App(__name__)


class Note(Struct):
    """Describe the JSON body."""

    title: Annotated[str, Meta(max_length=100)]
    body: str
    tags: list[str]
    stars: Annotated[int, Meta(ge=0, le=5)]


@app.get("/")
async def show() -> dict[str, str]:
    return greeting()


@app.get("/def")
def show_in_thread() -> dict[str, str]:
    return greeting()


@app.get("/users/<int:id>")
async def user(id: int, q: str, page: int = 1) -> dict[str, object]:
    return {"id": id, "q": q, "page": page}


@app.get("/page")
async def page() -> object:
    return render("page.html", title=TITLE, rows=ROWS)


@app.get("/page-def")
def page_in_thread() -> object:
    return render("page.html", title=TITLE, rows=ROWS)


@app.post("/note")
async def add_note(note: Note) -> Note:
    return note


@app.post("/form")
async def form(
    name: Annotated[str, FormField()],
    email: Annotated[str, FormField()],
    city: Annotated[str, FormField()],
    stars: Annotated[str, FormField()],
    message: Annotated[str, FormField()],
) -> str:
    return f"{name} <{email}>, {city}: {stars}, {len(message)}"


@app.post("/upload")
async def upload(file: UploadedFile) -> str:
    return str(file.size)
