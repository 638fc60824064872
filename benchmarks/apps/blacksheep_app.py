"""Answer every scenario from BlackSheep. A `def` handler of its runs on the event loop, so there is none here."""

from dataclasses import dataclass
from typing import Annotated

from blacksheep import Application, FromFiles, FromForm, FromJSON, Response, get, json, post, text
from blacksheep.server.rendering.jinja2 import JinjaRenderer
from blacksheep.server.responses import view
from blacksheep.settings.html import html_settings
from jinja2 import FileSystemLoader
from pydantic import BaseModel, Field

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE

app = Application()
html_settings.use(JinjaRenderer(FileSystemLoader(TEMPLATES)))


class Note(BaseModel):
    """Describe the JSON body."""

    title: Annotated[str, Field(max_length=100)]
    body: str
    tags: list[str]
    stars: Annotated[int, Field(ge=0, le=5)]


@dataclass
class Contact:
    """Describe the form post."""

    name: str
    email: str
    city: str
    stars: str
    message: str


@get("/")
async def show() -> Response:
    return json(greeting())


@get("/users/{id}")
async def user(id: int, q: str, page: int = 1) -> Response:
    return json({"id": id, "q": q, "page": page})


@get("/page")
async def page() -> Response:
    return view("page", {"title": TITLE, "rows": ROWS})


@post("/note")
async def add_note(data: FromJSON[Note]) -> Response:
    return json(data.value.model_dump())


@post("/form")
async def form(data: FromForm[Contact]) -> Response:
    fields = data.value
    return text(f"{fields.name} <{fields.email}>, {fields.city}: {fields.stars}, {len(fields.message)}")


@post("/upload")
async def upload(files: FromFiles) -> Response:
    return text(str(len(files.value[0].data)))
