from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demijohn.app import App
from demijohn.errors import DeclarationError, HTTPError
from demijohn.module import Module
from demijohn.types import Origin


def line_of(function: Callable[..., Any], offset: int) -> Origin:
    code = function.__code__
    return Origin(code.co_filename, code.co_firstlineno + offset)


def handler() -> str:
    return ""


def test_a_module_is_named_after_the_last_part_of_its_import_name() -> None:
    assert Module("site.pages.blog").name == "blog"
    assert Module("site.pages.blog", name="news").name == "news"
    assert repr(Module("blog")) == "<Module blog>"


@pytest.mark.parametrize("name", ["", "my-app", "a.", "2nd"])
def test_a_name_that_could_stand_in_no_program_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        Module(name)
    (problem,) = refused.value.problems
    assert "test_module.py:" in problem.where
    assert problem.remedy


def test_recording_a_route_keeps_what_was_said_and_where() -> None:
    module = Module("shop")
    module.post("/a/<int:id>", name="create", status=201, stream=True, csrf=False, reason="signed")(handler)
    (route,) = module.records.routes
    assert route.origin == line_of(test_recording_a_route_keeps_what_was_said_and_where, 2)
    assert (route.pattern, route.methods, route.handler, route.name) == (
        "/a/<int:id>",
        frozenset({"POST"}),
        handler,
        "create",
    )
    assert (route.status, route.stream, route.csrf, route.csrf_reason) == (201, True, False, "signed")
    assert (route.kind, route.module) == ("http", "shop")


def test_every_decorator_gives_back_what_it_decorates_and_takes_its_name() -> None:
    module = Module("shop")
    for decorate in (module.get, module.post, module.put, module.patch, module.delete, module.route, module.sse):
        assert decorate("/")(handler) is handler
    assert module.websocket("/", subprotocols=["v1"])(handler) is handler
    recorded = [(sorted(route.methods), route.kind, route.name) for route in module.records.routes]
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "GET"]
    assert recorded[:6] == [([method], "http", "handler") for method in methods]
    assert recorded[6:] == [(["GET"], "sse", "handler"), ([], "websocket", "handler")]
    assert module.records.routes[-1].subprotocols == ("v1",)


def test_a_central_table_says_the_same_as_decorators() -> None:
    by_hand, decorated = Module("shop"), Module("shop")
    by_hand.add_route("/a", handler, methods=["put", "POST"], status=202)
    decorated.route("/a", methods=("PUT", "post"), status=202)(handler)
    one, other = by_hand.records.routes[0], decorated.records.routes[0]
    assert (one.pattern, one.methods, one.handler, one.name, one.status) == (
        *(other.pattern, other.methods, other.handler, other.name, other.status),
    )


def test_hooks_steps_and_commands_are_recorded_in_order() -> None:
    module = Module("shop")
    registrations = {
        "before": module.before_request,
        "after": module.after_request,
        "middleware": module.middleware,
        "startup": module.on_startup,
        "shutdown": module.on_shutdown,
    }
    for register in registrations.values():
        assert register(handler) is handler
        assert register(len) is len
    for kind in registrations:
        assert [recorded.function for recorded in getattr(module.records, kind)] == [handler, len]


def test_a_command_has_the_functions_name_with_dashes() -> None:
    module = Module("shop")

    @module.command()
    def send_report() -> None: ...

    module.command("other")(send_report)
    assert [name for name, _ in module.records.commands] == ["send-report", "other"]


def test_one_error_handler_may_be_for_several_errors() -> None:
    module = Module("shop")
    assert module.error_handler(404, HTTPError, LookupError)(handler) is handler
    assert [key for key, _ in module.records.error_handlers] == [404, HTTPError, LookupError]


@pytest.mark.parametrize("key", [200, 600, "404", HTTPError(404), BaseException, KeyboardInterrupt, None, True])
def test_an_error_handler_for_what_is_no_error_is_refused_where_it_stands(key: Any) -> None:
    with pytest.raises(DeclarationError) as refused:
        Module("shop").error_handler(key)
    assert "test_module.py:" in refused.value.problems[0].where


def test_an_error_handler_for_nothing_is_refused() -> None:
    with pytest.raises(DeclarationError):
        Module("shop").error_handler()


def test_including_records_the_module_its_prefix_and_the_place() -> None:
    app, shop = App("app"), Module("shop")
    app.include(shop, prefix="/shop")
    (inclusion,) = app.records.inclusions
    assert (inclusion.module, inclusion.prefix) == (shop, "/shop")
    assert inclusion.origin == line_of(test_including_records_the_module_its_prefix_and_the_place, 2)


@pytest.mark.parametrize(
    "declare",
    [
        lambda module: module.get("/"),
        lambda module: module.add_route("/", handler),
        lambda module: module.websocket("/"),
        lambda module: module.sse("/"),
        lambda module: module.include(Module("other")),
        lambda module: module.before_request(handler),
        lambda module: module.after_request(handler),
        lambda module: module.middleware(handler),
        lambda module: module.error_handler(404),
        lambda module: module.on_startup(handler),
        lambda module: module.on_shutdown(handler),
        lambda module: module.command(),
        lambda module: module.add_converter("x", object()),
    ],
)
def test_a_module_in_use_takes_no_more_declarations(declare: Callable[[Module], object]) -> None:
    module = Module("shop")
    module.frozen = True
    with pytest.raises(DeclarationError) as refused:
        declare(module)
    (problem,) = refused.value.problems
    assert "test_module.py:" in problem.where
    assert "before the first request" in problem.remedy
