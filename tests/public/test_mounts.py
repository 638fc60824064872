"""Promise: an older site keeps running inside the app, behind its routes, with the checks that need not know it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import flask
import pytest

from demijohn import App, DeclarationError, Request, Response
from demijohn.testing import AsyncClient

if TYPE_CHECKING:
    from tests.public.conftest import Serve


async def asgi_site(scope: Any, receive: Any, send: Any) -> None:
    """Tell what a mounted ASGI application is given."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    names = ",".join(sorted(name.decode() for name, _ in scope["headers"]))
    target = f"{scope['root_path']}|{scope['path']}?{scope['query_string'].decode()}"
    told = f"{scope['method']} {target} {len(body)} {names}"
    headers = [(b"content-type", b"text/html"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told.encode()})


def wsgi_site(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    told = f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']} {size} {environ['HTTP_HOST']}"
    return [told.encode()]


def test_a_mount_at_the_root_answers_what_no_route_takes(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/", asgi_site)

    @app.get("/new")
    def new() -> str:
        return "new"

    client = serve(app)
    assert client.get("/new").text == "new"
    assert client.get("/old/page?x=1").text.startswith("GET |/old/page?x=1 0 ")


def test_a_mount_answers_below_its_prefix_alone(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/old", asgi_site)
    client = serve(app)
    assert client.get("/old/x").text.startswith("GET /old|/old/x? ")
    assert client.get("/old").status == 200
    assert client.get("/older").status == 404


def test_the_longest_prefix_wins(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/", wsgi_site)
    app.mount("/a/b", asgi_site)
    client = serve(app)
    assert client.get("/a/b/c").text.startswith("GET /a/b|")
    assert client.get("/a/c").text.startswith("GET |/a/c 0 ")


def test_a_wsgi_site_is_mounted_too(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/old", wsgi_site)
    client = serve(app)
    assert client.post("/old/x y", body=b"12345").text == "POST /old|/x y 5 testserver"


def test_a_flask_site_keeps_running_inside(serve: "Serve") -> None:
    old = flask.Flask("old")

    @old.route("/hello/<name>", methods=["GET", "POST"])
    def hello(name: str) -> str:
        return f"{flask.request.method} {name} {flask.request.form.get('a')} {flask.url_for('hello', name='x')}"

    app = App(__name__)
    app.mount("/", old)
    client = serve(app)
    assert client.get("/hello/ann").text == "GET ann None /hello/x"
    assert client.post("/hello/ann", form={"a": "1"}).text == "POST ann 1 /hello/x"
    assert client.get("/nowhere").status == 404


@pytest.mark.parametrize("site", [asgi_site, wsgi_site])
def test_a_mounted_site_gets_every_method_and_its_body_unread(serve: "Serve", site: Any) -> None:
    app = App(__name__)
    app.mount("/old", site)
    client = serve(app)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert client.request(method, "/old/x").text.startswith(method)
    large = client.post("/old/x", body=(b"x" * 1_000_000 for _ in range(5)))
    assert " 5000000 " in large.text


def test_a_mounted_site_has_the_plain_security_headers_and_its_own_win(serve: "Serve") -> None:
    async def site(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html"), (b"x-frame-options", b"SAMEORIGIN")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<script>alert(1)</script>"})

    app = App(__name__)
    app.mount("/old", site)
    response = serve(app).get("/old/x")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers.getlist("x-frame-options") == ["SAMEORIGIN"]
    assert "content-security-policy" not in response.headers


def test_all_cookies_of_a_mounted_site_come_through(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/old", asgi_site)
    assert {name: cookie.value for name, cookie in serve(app).get("/old/").cookies.items()} == {"a": "1", "b": "2"}


def test_a_mounted_site_decides_about_cross_site_requests_itself_unless_it_is_guarded(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/own", asgi_site)
    app.mount("/guarded", asgi_site, guard="full")
    client = serve(app)
    cross_site = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/own/x", headers=cross_site).status == 200
    assert client.post("/guarded/x", headers=cross_site).status == 403
    assert client.post("/guarded/x").status == 200
    assert "content-security-policy" in client.get("/guarded/x").headers


def test_a_mounted_site_never_sees_a_strange_host_or_a_forged_proxy_header(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/old", asgi_site)
    assert serve(app, base_url="http://evil.example").get("/old/x").status == 421
    headers = {"x-forwarded-for": "6.6.6.6", "x_forwarded_for": "6.6.6.6", "x-real-ip": "6.6.6.6", "x-mine": "1"}
    names = serve(app).get("/old/x", headers=headers).text.rpartition(" ")[2].split(",")
    assert "x-mine" in names
    assert not {"x-forwarded-for", "x_forwarded_for", "x-real-ip"} & {*names}


def test_middleware_of_the_app_stands_around_a_mount(serve: "Serve") -> None:
    app = App(__name__)
    app.mount("/old", asgi_site)
    seen: list[str] = []

    @app.middleware
    async def note(request: Request, call_next: Any) -> Response:
        seen.append(request.path)
        response: Response = await call_next(request)
        return response

    assert serve(app).get("/old/x").status == 200
    assert seen == ["/old/x"]


def test_a_mistake_inside_a_mounted_site_is_told_to_the_test(serve: "Serve") -> None:
    async def site(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken site")

    app = App(__name__)
    app.mount("/old", site)
    assert serve(app, raise_server_errors=False).get("/old/x").status == 500
    with pytest.raises(RuntimeError, match="broken site"):
        serve(app).get("/old/x")


async def test_an_asgi_site_streams_over_asgi() -> None:
    async def site(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    app = App(__name__)
    app.mount("/old", site)
    async with AsyncClient(app, interface="asgi") as client, client.stream("GET", "/old/x") as stream:
        assert await stream.read_chunk() == b"first"


def test_what_cannot_be_mounted_stops_the_start() -> None:
    app = App(__name__)
    app.mount("/old", "not a site")  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(DeclarationError, match=r"test_mounts.py:\d+: 'not a site' cannot be mounted"):
        app.freeze("test")
    with pytest.raises(DeclarationError, match="begins with '/'"):
        app.mount("old", asgi_site)


def test_two_mounts_of_one_prefix_stop_the_start() -> None:
    app = App(__name__)
    app.mount("/old", asgi_site)
    app.mount("/old/", wsgi_site)
    with pytest.raises(DeclarationError, match=r"(?s)test_mounts.py:\d+: .*'/old'.*test_mounts.py:\d+"):
        app.freeze("test")
