"""Answer every scenario from Starlette. It has no validation of its own, so the note is checked by hand."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE, is_note

templates = Jinja2Templates(directory=TEMPLATES)


async def show(request: Request) -> Response:
    return JSONResponse(greeting())


def show_in_thread(request: Request) -> Response:
    return JSONResponse(greeting())


async def user(request: Request) -> Response:
    try:
        page = int(request.query_params.get("page", "1"))
    except ValueError as error:
        raise HTTPException(400) from error
    return JSONResponse({"id": request.path_params["id"], "q": request.query_params["q"], "page": page})


async def page(request: Request) -> Response:
    return templates.TemplateResponse(request, "page.html", {"title": TITLE, "rows": ROWS})


async def add_note(request: Request) -> Response:
    note = await request.json()
    if not is_note(note):
        raise HTTPException(422)
    return JSONResponse(note)


async def form(request: Request) -> Response:
    async with request.form() as fields:
        return PlainTextResponse(
            f"{fields['name']} <{fields['email']}>, {fields['city']}: {fields['stars']}, {len(fields['message'])}"
        )


async def upload(request: Request) -> Response:
    async with request.form() as fields:
        return PlainTextResponse(str(fields["file"].size))


app = Starlette(
    routes=[
        Route("/", show),
        Route("/def", show_in_thread),
        Route("/users/{id:int}", user),
        Route("/page", page),
        Route("/note", add_note, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
    ]
)
