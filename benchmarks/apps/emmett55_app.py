"""Answer every scenario from Emmett55. It has no validation and no templates: checks are by hand, Jinja is called.

It makes folders where its root is, so that gets a temporary place.
"""

import tempfile

from emmett55 import App, abort, request, response
from emmett55.tools import service
from jinja2 import Environment, FileSystemLoader, select_autoescape

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE, NoteDict, is_note

root = tempfile.TemporaryDirectory()
app = App(__name__, root_path=root.name)
templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())


@app.route("/", methods="get")
@service.json
async def show() -> dict[str, str]:
    return greeting()


@app.route("/users/<int:id>", methods="get")
@service.json
async def user(id: int) -> dict[str, object]:
    query = request.query_params
    try:
        page = int(query.page or 1)
    except ValueError:
        return abort(400)
    return {"id": id, "q": query.q, "page": page}


@app.route("/page", methods="get")
async def page() -> str:
    response.content_type = "text/html; charset=utf-8"
    return templates.get_template("page.html").render(title=TITLE, rows=ROWS)


@app.route("/note", methods="post")
@service.json
async def add_note() -> NoteDict:
    note = await request.body_params
    if not is_note(note):
        abort(422)
    return note


@app.route("/form", methods="post")
async def form() -> str:
    fields = await request.body_params
    return f"{fields.name} <{fields.email}>, {fields.city}: {fields.stars}, {len(fields.message)}"


@app.route("/upload", methods="post")
async def upload() -> str:
    return str((await request.files).file.size)
