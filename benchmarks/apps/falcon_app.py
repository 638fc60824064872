"""Answer every scenario from Falcon's WSGI app. It validates JSON only with an extra, so the note is checked by hand.

It renders no templates either: its documentation calls Jinja, as here.
"""

import falcon
from jinja2 import Environment, FileSystemLoader, select_autoescape

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE, is_note

templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())


class Greeting:
    """Answer with JSON."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = greeting()


class User:
    """Read the path and the query string."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        resp.media = {"id": id, "q": req.get_param("q", required=True), "page": req.get_param_as_int("page", default=1)}


class Page:
    """Answer with HTML."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = templates.get_template("page.html").render(title=TITLE, rows=ROWS)


class Note:
    """Read a JSON body."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        note = req.get_media()
        if not is_note(note):
            raise falcon.HTTPUnprocessableEntity
        resp.media = note


class Form:
    """Read a form post."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        fields = req.get_media()
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = (
            f"{fields['name']} <{fields['email']}>, {fields['city']}: {fields['stars']}, {len(fields['message'])}"
        )


class Upload:
    """Read a multipart body."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        for part in req.get_media():
            if part.name == "file":
                resp.text = str(len(part.stream.read()))


app = falcon.App()
app.add_route("/", Greeting())
app.add_route("/users/{id:int}", User())
app.add_route("/page", Page())
app.add_route("/note", Note())
app.add_route("/form", Form())
app.add_route("/upload", Upload())
