"""Answer every scenario from FastAPI."""

from typing import Annotated

from fastapi import FastAPI, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE

app = FastAPI()
templates = Jinja2Templates(directory=TEMPLATES)


class Note(BaseModel):
    """Describe the JSON body."""

    title: Annotated[str, Field(max_length=100)]
    body: str
    tags: list[str]
    stars: Annotated[int, Field(ge=0, le=5)]


@app.get("/")
async def show() -> dict[str, str]:
    return greeting()


@app.get("/def")
def show_in_thread() -> dict[str, str]:
    return greeting()


@app.get("/users/{id}")
async def user(id: int, q: str, page: int = 1) -> dict[str, object]:
    return {"id": id, "q": q, "page": page}


@app.get("/page", response_class=HTMLResponse)
async def page(request: Request) -> HTMLResponse:
    return templates.TemplateResponse(request=request, name="page.html", context={"title": TITLE, "rows": ROWS})


@app.post("/note")
async def add_note(note: Note) -> Note:
    return note


@app.post("/form", response_class=PlainTextResponse)
async def form(
    name: Annotated[str, Form()],
    email: Annotated[str, Form()],
    city: Annotated[str, Form()],
    stars: Annotated[str, Form()],
    message: Annotated[str, Form()],
) -> str:
    return f"{name} <{email}>, {city}: {stars}, {len(message)}"


@app.post("/upload", response_class=PlainTextResponse)
async def upload(file: UploadFile) -> str:
    return str(file.size)
