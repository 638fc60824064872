"""Make the apps that are attacked: the five lines, and one with something of everything."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec

from demijohn import (
    App,
    Cookie,
    Event,
    File,
    FormField,
    Header,
    HTTPError,
    Module,
    Query,
    Request,
    Response,
    Session,
    Stream,
    UploadedFile,
    View,
    WebSocket,
    csrf_token,
    html,
    redirect,
    safe_next,
    send_file,
)

FILES = Path(tempfile.gettempdir())


def five_lines() -> App:
    app = App(__name__)

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"Hello, {name}!"

    return app


def posting_app(**options: Any) -> App:
    """Take a POST at / and nothing else."""
    app = App(__name__, **options)

    @app.post("/")
    def change() -> str:
        return "changed"

    return app


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Line(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=50)]
    amount: int = 0
    price: Decimal | None = None


class Order(msgspec.Struct):
    title: str
    lines: list[Line] = []
    day: date | None = None
    colour: Colour = Colour.RED


def fuller_app(folder: Path = FILES) -> App:
    """Have routes of every kind, in both worlds, below a middleware, hooks and an error handler."""
    app = App(__name__)
    app.include(_shop(), prefix="/shop")
    app.include(_files(folder), prefix="/files")
    app.include(_visits(), prefix="/visits")
    app.mount("/old", _old_site)
    app.mount("/guarded", _old_site, guard="full")

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"Hello, {name}!"

    @app.middleware
    async def mark(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["x-middleware"] = "was here"
        return response

    @app.before_request
    def look(request: Request) -> None:
        request.state["path"] = request.path

    @app.after_request
    async def sign(response: Response) -> None:
        response.headers["x-hook"] = "was here"

    @app.error_handler(418)
    def teapot(error: HTTPError) -> tuple[str, int]:
        return "short and stout", 418

    @app.websocket("/chat")
    async def chat(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    return app


def _shop() -> Module:
    shop = Module("shop")
    _take_orders(shop)
    _show_items(shop)
    return shop


def _take_orders(shop: Module) -> None:
    @shop.post("/orders", status=201)
    async def order(order: Order) -> Order:
        return order

    @shop.post("/orders/blocking", status=201)
    def order_blocking(order: Order) -> Order:
        return order

    @shop.post("/raw")
    async def raw(request: Request) -> object:
        return {"json": request.json}


def _show_items(shop: Module) -> None:
    @shop.get("/search")
    async def search(
        q: str = "",
        page: int = 1,
        tags: Annotated[list[str], Query("tag")] = [],  # noqa: B006  # never changed
        colour: Colour | None = None,
        since: date | None = None,
        price: Decimal | None = None,
        id: UUID | None = None,
        exact: bool = False,
    ) -> dict[str, object]:
        return {"page": page, "tags": len(tags), "exact": exact}

    @shop.get("/items/<int:number>/<slug:name>")
    def item(number: int, name: str) -> dict[str, object]:
        return {"number": number}

    @shop.get("/tree/<path:rest>")
    async def tree(rest: str) -> dict[str, int]:
        return {"length": len(rest)}

    @shop.get("/days/<day>")
    def day(day: date) -> str:
        return day.isoformat()

    @shop.get("/facts")
    def facts(
        agent: Annotated[str, Header("user-agent")] = "", theme: Annotated[Colour, Cookie("theme")] = Colour.RED
    ) -> dict[str, object]:
        return {"theme": theme.value}

    @shop.route("/notes/<int:id>")
    class Note(View):
        def get(self, id: int) -> dict[str, int]:
            return {"id": id}

        async def delete(self, id: int) -> None:
            return None


def _files(folder: Path) -> Module:
    files = Module("files")

    @files.get("/<path:name>")
    def show(name: str) -> Response:
        return send_file(folder, name, inline=True)

    @files.post("/")
    def upload(
        title: Annotated[str, FormField()], doc: Annotated[UploadedFile | None, File(max="20KB")] = None
    ) -> dict[str, object]:
        return {"size": doc.size if doc else None}

    @files.route("/counted", methods=["QUERY", "PUT"], stream=True)
    async def counted(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.stream()])}

    return files


def _visits() -> Module:
    visits = Module("visits")

    @visits.route("/count", methods=["GET", "POST"])
    async def count(session: Session) -> dict[str, object]:
        session["n"] = int(str(session.get("n", 0))) + 1
        return {"n": session["n"]}

    @visits.get("/form")
    def form(name: str = "") -> Response:
        return html(
            '<p>{name}</p><form method="post"><input name="csrf_token" value="{token}"></form>',
            name=name,
            token=csrf_token(),
        )

    @visits.post("/form", csrf="always")
    def submit(name: Annotated[str, FormField()] = "") -> Response:
        return redirect(safe_next("/visits/form"))

    @visits.get("/stream")
    async def stream() -> Stream:
        async def numbers() -> AsyncIterator[str]:
            for number in range(3):
                yield f"{number}\n"

        return Stream(numbers(), content_type="text/plain", filename="numbers.txt")

    @visits.sse("/events")
    def events() -> Iterator[Event]:
        yield Event({"n": 1}, name="count")

    return visits


async def _old_site(scope: Any, receive: Any, send: Any) -> None:
    """Be a site that was mounted: it reads its whole body and says how long it was."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"%d bytes" % size})
