"""Promise: an extension plugs in through `app.use(...)` and public names alone, and two that clash are told apart."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Protocol

import pytest

from demijohn import (
    App,
    CallNext,
    Config,
    DeclarationError,
    Extension,
    Module,
    Problem,
    Request,
    Response,
    Setup,
    abort,
    request,
    url_for,
)
from demijohn.context import service
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.public.conftest import Serve


class Visitor:
    """Be what the extension below supplies to handlers."""

    __demijohn_provided__ = "app.use(Visitors())"

    def __init__(self, name: str) -> None:
        self.name = name


class Greeter(Protocol):
    """Be a contract that one extension fulfils for another."""

    def greet(self) -> str: ...


class English:
    def greet(self) -> str:
        return "Hello"


class Greeting(Extension):
    provides = (Greeter,)

    def setup(self, setup: Setup) -> None:
        setup.service(Greeter, English)


class VisitorSettings(Config):
    visitor_header: str = "x-visitor"


class Visitors(Extension):
    name = "visitors"
    settings = VisitorSettings

    def setup(self, setup: Setup) -> None:
        header = setup.settings(VisitorSettings).visitor_header
        module = Module(__name__, name="visitors")

        @module.get("/visitors/me", name="me")
        def me(visitor: Visitor) -> str:
            return visitor.name

        def load(asked: Request) -> Visitor | None:
            name = asked.headers.get(header)
            return Visitor(name) if name else None

        setup.include(module)
        setup.provide(Visitor, load)


def problems_of(app: App) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        Client(app)
    return [str(problem.message) for problem in caught.value.problems]


def test_an_extension_brings_routes_and_handler_parameters(serve: "Serve") -> None:
    app = App(__name__)
    app.use(Visitors())

    @app.get("/")
    def show(visitor: Visitor | None) -> str:
        return f"{visitor.name if visitor else 'nobody'} {url_for('visitors.me')}"

    @app.get("/async")
    async def show_async(visitor: Visitor | None) -> str:
        return visitor.name if visitor else "nobody"

    client = serve(app)
    assert client.get("/").text == "nobody /visitors/me"
    assert client.get("/", headers={"x-visitor": "Ann"}).text == "Ann /visitors/me"
    assert client.get("/async", headers={"x-visitor": "Ann"}).text == "Ann"
    assert client.get("/visitors/me", headers={"x-visitor": "Bob"}).text == "Bob"


def test_use_returns_the_extension_and_the_order_does_not_matter() -> None:
    app = App(__name__)

    @app.get("/")
    def show(visitor: Visitor | None) -> str:
        return "shown"

    visitors = Visitors()
    assert app.use(visitors) is visitors
    assert Client(app).get("/").text == "shown"


def test_a_parameter_of_an_extension_that_is_not_used_stops_the_start_with_the_line_to_add() -> None:
    app = App(__name__)

    @app.get("/")
    def show(visitor: Visitor) -> str:
        return visitor.name

    with pytest.raises(DeclarationError, match=r"app\.use\(Visitors\(\)\)"):
        Client(app)


def test_settings_of_an_extension_are_the_apps(serve: "Serve") -> None:
    app = App(__name__)
    app.use(Visitors())

    @app.get("/")
    def show(visitor: Visitor | None, cfg: VisitorSettings) -> str:
        return f"{visitor.name if visitor else 'nobody'} {cfg.visitor_header}"

    client = Client(app, config={"visitor_header": "x-name"})
    assert client.get("/", headers={"x-name": "Ann"}).text == "Ann x-name"
    assert serve(app).get("/").text == "nobody x-visitor"


def test_settings_of_app_and_extension_are_one_object() -> None:
    class Settings(Config):
        title: str = "Notes"

    app = App(__name__)
    app.use(Visitors())
    settings = app.configure(Settings)

    @app.get("/")
    def show(cfg: Settings, theirs: VisitorSettings) -> str:
        return f"{cfg.title} {theirs.visitor_header} {settings.title} {id(cfg) == id(theirs)}"

    assert Client(app).get("/").text == "Notes x-visitor Notes True"


def test_a_setting_that_two_classes_have_differently_stops_the_start() -> None:
    class Settings(Config):
        visitor_header: int = 3

    app = App(__name__)
    app.use(Visitors())
    app.configure(Settings)
    assert problems_of(app) == ["Settings and VisitorSettings both have the setting VISITOR_HEADER."]


def test_a_wrong_setting_of_an_extension_is_told() -> None:
    app = App(__name__)
    app.use(Visitors())
    with pytest.raises(DeclarationError, match="Did you mean 'visitor_header'"):
        Client(app, config={"visitor_heder": "x"})


def test_extensions_are_set_up_after_those_that_they_require(serve: "Serve") -> None:
    order: list[str] = []

    class First(Extension):
        def setup(self, setup: Setup) -> None:
            order.append("first")

    class Second(Extension):
        requires = (First, Greeter)

        def setup(self, setup: Setup) -> None:
            order.append("second")

    class Third(Extension):
        optional = (Second,)

        def setup(self, setup: Setup) -> None:
            order.append("third")

    app = App(__name__)
    app.use(Third())
    app.use(Second())
    app.use(Greeting())
    app.use(First())

    @app.get("/")
    def show() -> str:
        return service(Greeter).greet()

    assert serve(app).get("/").text == "Hello"
    assert order == ["first", "second", "third"]


def test_a_missing_requirement_is_told_with_the_line_to_add() -> None:
    class Shop(Extension):
        requires = (Visitors, Greeter)

    app = App(__name__)
    app.use(Shop())
    with pytest.raises(DeclarationError) as caught:
        Client(app)
    first, second = caught.value.problems
    assert first.message == "shop needs Visitors, which the app does not use."
    assert "app.use(Visitors())" in first.remedy
    assert first.where.startswith("tests/public/test_extensions.py:")
    assert second.message == "shop needs Greeter, which nothing in this app fulfils."


def test_extensions_that_need_each_other_are_told() -> None:
    class One(Extension):
        requires: ClassVar[tuple[type, ...]] = ()

    class Two(Extension):
        requires = (One,)

    One.requires = (Two,)
    app = App(__name__)
    app.use(One())
    app.use(Two())
    assert problems_of(app) == ["These extensions need each other: one -> two -> one."]


def test_one_extension_twice_is_told_and_two_names_are_two_extensions() -> None:
    class Named(Extension):
        def __init__(self, name: str = "") -> None:
            self.name = name

    app = App(__name__)
    app.use(Named())
    app.use(Named())
    (problem,) = problems_of(app)
    assert problem.startswith("Two extensions are named 'named', the other is used at tests/public/test_extensions.py:")
    other = App(__name__)
    other.use(Named("one"))
    other.use(Named("two"))
    assert Client(other).get("/up").status == 200


def test_what_two_extensions_both_give_is_told_with_both_places() -> None:
    class Other(Extension):
        provides = (Greeter,)

        def setup(self, setup: Setup) -> None:
            setup.service(Greeter, English)
            setup.provide(Visitor, lambda asked: None)

    app = App(__name__)
    app.use(Greeting())
    app.use(Visitors())
    app.use(Other())
    with pytest.raises(DeclarationError) as caught:
        Client(app)
    messages = [problem.message for problem in caught.value.problems]
    assert len(messages) == 2
    assert messages[0].startswith("The contract Greeter comes from two extensions: other, and greeting at tests/public")
    assert messages[1].startswith("Handler parameters of the type Visitor comes from two extensions: other, and visit")


def test_two_extensions_with_the_same_route_or_module_are_told() -> None:
    class Other(Extension):
        def setup(self, setup: Setup) -> None:
            module = Module(__name__, name="visitors")
            module.add_route("/visitors/me", lambda: "mine", name="me")
            setup.include(module)

    app = App(__name__)
    app.use(Visitors())
    app.use(Other())
    messages = "\n".join(problems_of(app))
    assert "Two modules named 'visitors'" in messages
    assert "/visitors/me" in messages


def test_a_contract_that_is_fulfilled_but_not_promised_is_told() -> None:
    class Silent(Extension):
        def setup(self, setup: Setup) -> None:
            setup.service(Greeter, English)

    app = App(__name__)
    app.use(Silent())
    (problem,) = problems_of(app)
    assert problem == "Silent fulfils Greeter but does not say so, so nothing can be set up after it."


@pytest.mark.parametrize(("given", "advice"), [(Visitors, "app.use(Visitors())"), ("visitors", "Derive its class")])
def test_only_extensions_can_be_used(given: object, advice: str) -> None:
    app = App(__name__)
    with pytest.raises(DeclarationError) as caught:
        app.use(given)  # type: ignore[type-var]  # the mistake under test
    assert advice in caught.value.problems[0].remedy


class Guarded:
    """Be a guard that closes one path."""

    def check(self, asked: Request) -> None:
        if asked.path == "/closed":
            abort(403)


def test_an_extension_wraps_guards_and_takes_part_in_the_lifecycle(serve: "Serve") -> None:
    events: list[str] = []

    class Policy:
        def guards_for(self, name: str, methods: Iterable[str], marks: Iterable[object]) -> list[object]:
            events.append(f"{name} {' '.join(methods)}")
            return []

    class Watch(Extension):
        def setup(self, setup: Setup) -> None:
            setup.middleware(self.wrap)
            setup.guard(Guarded())
            setup.route_policy(Policy())
            setup.on_startup(lambda: events.append("start"))
            setup.on_shutdown(lambda: events.append("stop"))

        async def wrap(self, asked: Request, call_next: CallNext) -> Response:
            response = await call_next(asked)
            response.headers["x-watched"] = "yes"
            return response

    app = App(__name__)
    app.use(Watch())

    @app.get("/")
    def show() -> str:
        return "shown"

    @app.get("/closed")
    def closed() -> str:
        return "never"

    client = serve(app)
    assert client.get("/").headers["x-watched"] == "yes"
    assert client.get("/closed").status == 403
    assert events[:2] == ["show GET", "closed GET"]
    assert "start" in events


def test_an_extension_adds_to_the_policy_of_pages(serve: "Serve") -> None:
    class Maps(Extension):
        def setup(self, setup: Setup) -> None:
            setup.allow_csp("img-src", ["https://tiles.example"], reason="map tiles")

    from demijohn import html

    app = App(__name__)
    app.use(Maps())

    @app.get("/")
    def show() -> Response:
        return html("<p>map</p>")

    for _ in range(2):  # each client freezes a copy: the addition must not pile up
        policy = serve(app).get("/").headers["content-security-policy"]
        assert policy.count("https://tiles.example") == 1


def test_a_mistake_in_a_setup_is_told_with_the_others() -> None:
    class Wrong(Extension):
        def setup(self, setup: Setup) -> None:
            setup.allow_csp("img-sc", ["https://tiles.example"], reason="map tiles")

    app = App(__name__)
    app.use(Wrong())
    app.use(Visitors())
    app.use(Visitors())
    messages = problems_of(app)
    assert any("img-sc" in message for message in messages)
    assert any("Two extensions are named" in message for message in messages)


def test_the_settings_of_another_extension_cannot_be_read() -> None:
    class Nosy(Extension):
        def setup(self, setup: Setup) -> None:
            setup.settings(VisitorSettings)

    app = App(__name__)
    app.use(Nosy())
    with pytest.raises(TypeError, match="settings = VisitorSettings"):
        Client(app)


def test_checks_of_an_extension_are_findings() -> None:
    from demijohn.checks import run_checks

    class Careful(Extension):
        def setup(self, setup: Setup) -> None:
            setup.check(lambda: [Problem("The banner is empty.", remedy="Write one.")])
            setup.check(lambda: [Problem("No banner in production.")], deploy=True)

    app = App(__name__)
    app.use(Careful())
    found = [(it.level, it.code, it.message) for it in run_checks(app, deploy=False) if it.code == "careful"]
    assert found == [("W", "careful", "The banner is empty.")]


def test_an_extension_cannot_be_used_once_the_app_serves() -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> str:
        return request.path

    Client(app).get("/")
    with pytest.raises(DeclarationError, match="takes no more declarations"):
        app.use(Visitors())
