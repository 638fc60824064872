"""Answer every scenario from Litestar."""

from typing import Annotated

from litestar import Litestar, MediaType, get, post
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template
from litestar.template.config import TemplateConfig
from msgspec import Meta, Struct

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE


class Note(Struct):
    """Describe the JSON body."""

    title: Annotated[str, Meta(max_length=100)]
    body: str
    tags: list[str]
    stars: Annotated[int, Meta(ge=0, le=5)]


class Contact(Struct):
    """Describe the form post."""

    name: str
    email: str
    city: str
    stars: str
    message: str


@get("/")
async def show() -> dict[str, str]:
    return greeting()


@get("/def", sync_to_thread=True)
def show_in_thread() -> dict[str, str]:
    return greeting()


@get("/users/{id:int}")
async def user(id: int, q: str, page: int = 1) -> dict[str, object]:
    return {"id": id, "q": q, "page": page}


@get("/page")
async def page() -> Template:
    return Template("page.html", context={"title": TITLE, "rows": ROWS})


@post("/note", status_code=200)
async def add_note(data: Note) -> Note:
    return data


@post("/form", status_code=200, media_type=MediaType.TEXT)
async def form(data: Annotated[Contact, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> str:
    return f"{data.name} <{data.email}>, {data.city}: {data.stars}, {len(data.message)}"


@post("/upload", status_code=200, media_type=MediaType.TEXT)
async def upload(data: Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)]) -> str:
    return str(len(await data["file"].read()))


app = Litestar(
    route_handlers=[show, show_in_thread, user, page, add_note, form, upload],
    template_config=TemplateConfig(directory=TEMPLATES, engine=JinjaTemplateEngine),
)
