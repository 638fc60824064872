"""Answer every scenario from Flask. It has no validation of its own, so the note is checked by hand."""

from flask import Flask, abort, render_template, request

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TITLE, NoteDict, is_note

app = Flask(__name__)


@app.get("/")
def show() -> dict[str, str]:
    return greeting()


@app.get("/users/<int:id>")
def user(id: int) -> dict[str, object]:
    return {"id": id, "q": request.args["q"], "page": request.args.get("page", 1, type=int)}


@app.get("/page")
def page() -> str:
    return render_template("page.html", title=TITLE, rows=ROWS)


@app.post("/note")
def add_note() -> NoteDict:
    note = request.get_json()
    if not is_note(note):
        abort(422)
    return note


@app.post("/form")
def form() -> str:
    fields = request.form
    return f"{fields['name']} <{fields['email']}>, {fields['city']}: {fields['stars']}, {len(fields['message'])}"


@app.post("/upload")
def upload() -> str:
    return str(len(request.files["file"].read()))
