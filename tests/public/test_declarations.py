"""Promise: a wrong declaration stops the start, with file, line and remedy, and all mistakes are told at once."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pytest

import demijohn
from demijohn import (
    App,
    Body,
    Cors,
    DeclarationError,
    DemijohnError,
    File,
    FormField,
    Limits,
    Module,
    Query,
    Request,
    Response,
    UploadedFile,
    View,
    WebSocket,
    csp,
    embeddable,
    limits,
    rate_limit,
)
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.public.conftest import Serve

Declare = Callable[[App], object]
PLACE = re.compile(r"test_declarations\.py:\d+: ")


class Note(msgspec.Struct):
    title: str


def mistakes_of(declare: Declare) -> str:
    """Return what the start says of one wrong declaration."""
    with pytest.raises(DeclarationError) as caught:
        frozen_with(declare)
    for problem in caught.value.problems:
        assert PLACE.search(str(problem)), f"no file and line: {problem}"
        assert problem.remedy or "Write" in problem.message, f"no remedy: {problem}"
    return str(caught.value)


def frozen_with(declare: Declare) -> None:
    app = App(__name__)
    declare(app)
    app.freeze("test")


def handle(path: str, handler: Callable[..., Any] | type, **options: Any) -> Declare:
    return lambda app: app.add_route(path, handler, **options)


def missing_path_parameter() -> str:
    return ""


def misspelt(nmae: str) -> str:
    return nmae


def any_arguments(**values: object) -> str:
    return ""


def positional_only(id: int, /) -> str:
    return ""


def without_annotation(page) -> str:  # type: ignore[no-untyped-def]  # that is the mistake
    return ""


def unknown_type(thing: object) -> str:
    return ""


def scalar(page: int) -> str:
    return ""


def body(note: Note) -> str:
    return ""


def two_bodies(one: Note, two: Note) -> str:
    return ""


def body_and_form(note: Note, title: Annotated[str, FormField()]) -> str:
    return ""


def marker_as_default(page: int = Query()) -> str:  # type: ignore[assignment]  # that is the mistake
    return ""


def two_markers(page: Annotated[int, Query(), Body()]) -> str:
    return ""


def query_of_models(note: Annotated[Note, Query()]) -> str:
    return ""


def file(image: UploadedFile) -> str:
    return ""


def no_file(image: Annotated[str, File()]) -> str:
    return ""


def path_type(id: str) -> str:
    return id


def plain_dict(data: dict[str, int]) -> str:
    return ""


def unresolvable(note: "Missing") -> str:  # type: ignore[name-defined]  # noqa: F821  # that is the mistake
    return ""


def generator() -> Any:
    yield ""


async def async_generator() -> Any:
    yield ""


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (handle("/<id>", missing_path_parameter), "The path has <id>, but missing_path_parameter has no parameter"),
        (handle("/<name>", misspelt), "Did you mean `nmae`"),
        (handle("/", any_arguments), "Name the parameters one by one"),
        (handle("/<int:id>", positional_only), "positional-only"),
        (handle("/", without_annotation), "`page` of without_annotation has no annotation"),
        (handle("/", unknown_type), "has a type that no rule knows"),
        (handle("/", scalar, methods=["POST"]), r"Annotated\[int, Query\(\)\], Annotated\[int, FormField\(\)\]"),
        (handle("/", body), "read from a body, which GET does not have"),
        (handle("/", body, methods=["GET", "POST"]), "the route takes GET, too"),
        (handle("/", two_bodies, methods=["POST"]), r'Body\("one"\)'),
        (handle("/", body_and_form, methods=["POST"]), "a request has one body"),
        (handle("/", marker_as_default), r"`page: Annotated\[str, Query\(\)\]`"),
        (handle("/", two_markers, methods=["POST"]), "has 2 markers"),
        (handle("/", query_of_models), "cannot be read from the query"),
        (handle("/", file), "read from a body, which GET does not have"),
        (handle("/", no_file, methods=["POST"]), "is no UploadedFile"),
        (handle("/<int:id>", path_type), "Write `id: int`"),
        (handle("/", plain_dict, methods=["POST"]), r"Annotated\[dict\[str, int\], Body\(\)\]"),
        (handle("/", unresolvable, methods=["POST"]), "Missing"),
        (handle("/", generator), r"Return Stream\(generator\(\)\)"),
        (handle("/", async_generator), r"Return Stream\(generator\(\)\)"),
        (handle("/", lambda: ""), 'name="..."'),
        (handle("/", scalar, methods=["FETCH"]), "'FETCH' is no method"),
        (handle("/", missing_path_parameter, methods=[]), "no methods"),
        (handle("/", missing_path_parameter, methods="GET"), r"methods=\['GET'\]"),
        (handle("/", missing_path_parameter, status=600), "600"),
    ],
)
def test_a_handler_that_cannot_be_served_is_refused(declare: Declare, message: str) -> None:
    assert re.search(message, mistakes_of(declare))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("notes", "Write '/notes'"),
        ("", "Write '/'"),
        ("/notes//x", "Write '/notes/x'"),
        ("/<int:id", "has no '>'"),
        ("/{id}", "Write '<id>'"),
        ("/<itn:id>", "Did you mean <int:id>"),
        ("/<id:int>", "converter comes first: <int:id>"),
        ("/<id><name>", "two parameters touch"),
        ("/<id>/<id>", "second parameter 'id'"),
        ("/<class>", "cannot name a parameter"),
        ("/<path:a>/<path:b>", "second parameter covers several segments"),
        ("/a?b=<id>", "ends a path"),
        ("/../x", r"clients resolve '\.'"),
        ("/caf%C3%A9", "paths are matched decoded"),
        ("/a\\b", "never reaches a route"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused(path: str, message: str) -> None:
    assert re.search(message, mistakes_of(handle(path, missing_path_parameter)))


def conflicting_routes(app: App) -> None:
    app.add_route("/notes/<int:id>", path_int, name="one")
    app.add_route("/notes/<int:key>", key_int, name="two")


def path_int(id: int) -> str:
    return ""


def key_int(key: int) -> str:
    return ""


def same_route_names(app: App) -> None:
    app.add_route("/a", path_free, name="show")
    app.add_route("/b", missing_path_parameter, name="show")


def path_free() -> str:
    return ""


def same_module_names(app: App) -> None:
    app.include(Module("blog"), prefix="/a")
    app.include(Module("blog"), prefix="/b")


def circular_modules(app: App) -> None:
    one, two = Module("one"), Module("two")
    one.include(two)
    two.include(one)
    app.include(one)


def two_error_handlers(app: App) -> None:
    app.error_handler(404)(lambda error: "one")
    app.error_handler(404)(lambda error: "two")


def blocking_websocket(app: App) -> None:
    @app.websocket("/ws")
    def talk(ws: WebSocket) -> None:
        return None


def events_without_yield(app: App) -> None:
    @app.sse("/events")
    async def events() -> str:
        return ""


def blocking_middleware(app: App) -> None:
    @app.middleware
    def wrap(request: Request, call_next: Any) -> Response:
        return Response()


def hook_that_wants_more(app: App) -> None:
    @app.before_request
    def hook(request: Request, response: Response) -> None:
        return None


def step_that_wants_something(app: App) -> None:
    @app.on_startup
    def start(app: App) -> None:
        return None


def exemption_without_a_reason(app: App) -> None:
    app.add_route("/", missing_path_parameter, methods=["POST"], csrf=False)


def guard_that_guards_nothing(app: App) -> None:
    app.include(Module("inside", guard="admin"))


def mount_without_slash(app: App) -> None:
    app.mount("old", missing_path_parameter)


def route_without_parentheses(app: App) -> None:
    app.get(missing_path_parameter)  # type: ignore[arg-type]  # that is the mistake


def command_without_parentheses(app: App) -> None:
    app.command(missing_path_parameter)  # type: ignore[arg-type]  # that is the mistake


def anchored_converter(app: App) -> None:
    class Anchored:
        name = "even"
        regex = "^[02468]$"
        rank = 20

        def parse(self, text: str) -> int:
            return int(text)

        def format(self, value: int) -> str:
            return str(value)

    app.add_converter("even", Anchored)


def prefix_without_slash(app: App) -> None:
    app.include(Module("blog"), prefix="blog/")


def an_app_inside(app: App) -> None:
    app.include(App("other"), prefix="/other")


def unknown_limit(app: App) -> None:
    app.add_route("/", limits(body="many")(missing_path_parameter))


def unknown_rate(app: App) -> None:
    app.add_route("/", rate_limit("often")(missing_path_parameter))


def rate_limit_without_parentheses(app: App) -> None:
    app.add_route("/", rate_limit(missing_path_parameter))  # type: ignore[arg-type]  # that is the mistake


def odd_error_key(app: App) -> None:
    app.error_handler(200)(lambda error: "")


def csp_without_a_reason(app: App) -> None:
    app.add_route("/", csp("script-src", "'unsafe-eval'", reason="")(missing_path_parameter))


def unknown_csp_directive(app: App) -> None:
    app.csp.allow("scripts", "https://cdn.example", reason="maps")


def framed_by_nobody(app: App) -> None:
    app.add_route("/", embeddable([])(missing_path_parameter))


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (conflicting_routes, r"GET /notes/<int:key> is taken: /notes/<int:id> at .*test_declarations\.py:\d+"),
        (same_route_names, r"Two handlers are named 'show': of /b, and of /a at .*test_declarations\.py:\d+"),
        (same_module_names, r"Two modules named 'blog', the other at .*test_declarations\.py:\d+"),
        (circular_modules, "includes itself"),
        (two_error_handlers, r"Two error handlers for 404, the other at .*test_declarations\.py:\d+"),
        (blocking_websocket, "Write `async def`"),
        (events_without_yield, r"Use `yield Event\(...\)`"),
        (blocking_middleware, r"async def wrap\(request, call_next\)"),
        (hook_that_wants_more, r"def hook_that_wants_more.*hook\(request\)|`def .*hook\(request\)`"),
        (step_that_wants_something, "takes more than it is given"),
        (exemption_without_a_reason, "reason"),
        (guard_that_guards_nothing, "'admin' guards nothing"),
        (route_without_parentheses, r'Write @app\.get\("/path"\)'),
        (command_without_parentheses, r"Write @app\.command\(\)"),
        (mount_without_slash, r"app\.mount\('/old', \.\.\.\)"),
        (anchored_converter, "is anchored"),
        (prefix_without_slash, "Write prefix='/blog'"),
        (an_app_inside, r"app\.mount"),
        (unknown_limit, "'many' is not a size"),
        (unknown_rate, "'often' is not a rate"),
        (rate_limit_without_parentheses, "is not a rate. Write '10/m'"),
        (odd_error_key, r"error_handler\(404\)"),
        (csp_without_a_reason, "reason"),
        (unknown_csp_directive, "script-src"),
        (framed_by_nobody, "names no source"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(declare: Declare, message: str) -> None:
    assert re.search(message, mistakes_of(declare))


def test_all_mistakes_are_told_at_once() -> None:
    app, blog = App(__name__), Module("blog")
    app.include(blog, prefix="/blog/")
    app.add_route("/<id>", missing_path_parameter)
    app.add_route("bad", missing_path_parameter, name="bad")
    blog.add_route("x", unknown_type, methods=["FETCH"])
    two_error_handlers(app)
    app.mount("/old", "no site")  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(DeclarationError) as caught:
        app.freeze("test")
    text = str(caught.value)
    for message in ("closing, slash", "<id>", "'bad'", "no rule knows", "FETCH", "Two error handlers", "'no site'"):
        assert message in text
    assert text.startswith(f"{len(caught.value.problems)} mistakes stop the start:\n")


def test_mistakes_of_the_settings_are_told_with_the_others() -> None:
    app = App(__name__)
    app.add_route("/<id>", missing_path_parameter)
    with pytest.raises(DeclarationError) as caught:
        app.freeze("test", config={"worker_threads": "many"})
    assert "<id>" in str(caught.value)
    assert "WORKER_THREADS" in str(caught.value)


def test_a_mistake_in_a_view_is_told_at_the_method(serve: "Serve") -> None:
    class Notes(View):
        def get(self, thing: object) -> str:
            return ""

    assert "`thing: object` of " in mistakes_of(handle("/", Notes))


@pytest.mark.parametrize(
    "declare",
    [
        lambda app: app.get("/late"),
        lambda app: app.add_route("/late", missing_path_parameter),
        lambda app: app.include(Module("late")),
        lambda app: app.before_request(lambda: None),
        lambda app: app.after_request(lambda: None),
        lambda app: app.middleware(lambda: None),
        lambda app: app.error_handler(404),
        lambda app: app.on_startup(lambda: None),
        lambda app: app.on_shutdown(lambda: None),
        lambda app: app.mount("/late", missing_path_parameter),
        lambda app: app.websocket("/late"),
        lambda app: app.sse("/late"),
        lambda app: app.command("late"),
        lambda app: app.add_converter("late", object),
        lambda app: app.csp.allow("img-src", "https:", reason="late"),
    ],
)
def test_declaring_after_the_freeze_is_refused_at_the_line_that_does_it(declare: Declare) -> None:
    app = App(__name__)
    app.freeze("test")
    with pytest.raises(DeclarationError, match=r"test_declarations\.py:\d+") as caught:
        declare(app)
    assert caught.value.problems[0].remedy


def test_a_module_of_a_frozen_app_takes_no_more_either() -> None:
    app, blog = App(__name__), Module("blog")
    app.include(blog)
    app.freeze("test")
    with pytest.raises(DeclarationError, match="<Module blog> is in use"):
        blog.add_route("/late", missing_path_parameter)


def test_declaring_reads_nothing_and_refuses_nothing_before_the_freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_THREADS", "many")
    app = App(__name__)
    app.add_route("/<id>", missing_path_parameter)
    with pytest.raises(DemijohnError):
        app.freeze("test")


def test_several_apps_live_in_one_process(serve: "Serve") -> None:
    apps = [App(f"app{number}") for number in range(3)]
    for number, app in enumerate(apps):
        app.add_route("/", answering(str(number)), name="home")
    clients = [serve(app) for app in apps]
    assert [client.get("/").text for client in clients] == ["0", "1", "2"]


def answering(text: str) -> Callable[[], str]:
    return lambda: text


def test_one_app_is_frozen_again_for_each_test_client(serve: "Serve") -> None:
    app = App(__name__, limits=Limits(body=10), cors=Cors(["https://app.example"]))
    app.csp.allow("img-src", "https:", reason="maps")
    app.add_route("/", answering("x"), methods=["POST"], name="home")
    for _ in range(2):
        assert serve(app).post("/", body=b"x" * 11).status == 413


def test_the_served_app_is_made_once() -> None:
    app = App(__name__)
    one = app.freeze(config={"site_url": "https://example.com"})
    assert app.freeze() is one
    assert Client(app).get("/up").text == "up\n"


def test_an_unknown_name_of_the_package_is_recognised() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'redirect'"):
        _ = demijohn.redirct  # type: ignore[attr-defined]  # that is the mistake
    assert {"App", "redirect"} <= set(dir(demijohn))
