from __future__ import annotations

import pytest

from demijohn import App, Module
from demijohn.routing.route import Route


def test_a_route_is_recorded_as_it_was_said() -> None:
    blog = Module("blog")

    @blog.route("/x", methods=["get", "POST"], name="thing", status=201, stream=True, csrf="always")
    def show() -> str:
        return ""

    [route] = blog.records.routes
    assert isinstance(route, Route)
    assert (route.pattern, route.methods, route.name, route.module) == (
        "/x",
        frozenset({"GET", "POST"}),
        "thing",
        "blog",
    )
    assert (route.handler, route.status, route.stream, route.csrf, route.kind) == (show, 201, True, "always", "http")
    assert route.origin.file == __file__


def test_the_kinds_of_routes_differ_in_what_they_record() -> None:
    app = App(__name__)
    app.websocket("/ws", subprotocols=["a", "b"])(test_a_route_is_recorded_as_it_was_said)
    app.sse("/events", name="events")(test_a_route_is_recorded_as_it_was_said)
    socket, events = app.records.routes
    assert (socket.kind, socket.methods, socket.subprotocols) == ("websocket", frozenset(), ("a", "b"))
    assert socket.name == "test_a_route_is_recorded_as_it_was_said"
    assert (events.kind, events.methods, events.name) == ("sse", frozenset({"GET"}), "events")


def test_a_recorded_route_does_not_change() -> None:
    app = App(__name__)
    app.add_route("/x", lambda: "", name="x")
    [route] = app.records.routes
    with pytest.raises(AttributeError):
        route.pattern = "/y"  # type: ignore[misc]  # that is the mistake
