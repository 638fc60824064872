"""Answer every scenario from Quart. It has no validation of its own, so the note is checked by hand."""

from quart import Quart, abort, render_template, request

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TITLE, NoteDict, is_note

app = Quart(__name__)


@app.get("/")
async def show() -> dict[str, str]:
    return greeting()


@app.get("/def")
def show_in_thread() -> dict[str, str]:
    return greeting()


@app.get("/users/<int:id>")
async def user(id: int) -> dict[str, object]:
    return {"id": id, "q": request.args["q"], "page": request.args.get("page", 1, type=int)}


@app.get("/page")
async def page() -> str:
    return await render_template("page.html", title=TITLE, rows=ROWS)


@app.post("/note")
async def add_note() -> NoteDict:
    note = await request.get_json()
    if not is_note(note):
        abort(422)
    return note


@app.post("/form")
async def form() -> str:
    fields = await request.form
    return f"{fields['name']} <{fields['email']}>, {fields['city']}: {fields['stars']}, {len(fields['message'])}"


@app.post("/upload")
async def upload() -> str:
    return str(len((await request.files)["file"].read()))
