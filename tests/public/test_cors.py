"""Promise: other origins read answers only where the app names them, and change nothing without being named."""

from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, ConfigError, Cors, Request, Response, abort

if TYPE_CHECKING:
    from demijohn.testing import Client
    from tests.public.conftest import Serve

FRIEND = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
STRANGER = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def client_with(serve: "Serve", cors: Cors | None) -> "Client":
    app = App(__name__, cors=cors)

    @app.route("/notes", methods=["GET", "POST"])
    def notes(request: Request) -> dict[str, str]:
        return {"method": request.method}

    @app.get("/refused")
    async def refused() -> str:
        abort(403)

    @app.get("/varied")
    def varied() -> Response:
        return Response("x", headers={"vary": "accept"})

    return serve(app)


def preflight(client: "Client", origin: str, *, method: str = "POST", headers: str = "content-type") -> dict[str, str]:
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    response = client.options("/notes", headers=asked)
    assert response.status == 204
    told = [field for field in response.headers.multi_items() if field[0].startswith("access-control-")]
    assert len(told) == len(dict(told)), f"a browser refuses a field that comes twice: {told}"
    return dict(told)


def test_without_a_word_there_is_no_permission(serve: "Serve") -> None:
    client = client_with(serve, None)
    response = client.get("/notes", headers=FRIEND)
    assert (response.status, response.headers.get("access-control-allow-origin")) == (200, None)
    assert client.post("/notes", json={}, headers=FRIEND).status == 403
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    assert client.options("/notes", headers=asked).headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_named_origin_reads_and_changes(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    response = client.get("/notes", headers=FRIEND)
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in response.headers
    assert client.post("/notes", json={}, headers=FRIEND).json() == {"method": "POST"}


def test_a_stranger_does_neither(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    response = client.get("/notes", headers=STRANGER)
    assert "access-control-allow-origin" not in response.headers
    assert client.post("/notes", json={}, headers=STRANGER).status == 403
    assert preflight(client, "https://evil.example") == {}
    assert preflight(client, "null") == {}


@pytest.mark.parametrize(
    "origin",
    ["https://app.example.evil", "http://app.example", "https://app.example:444", "https://sub.app.example", "null"],
)
def test_origins_are_compared_as_a_whole(serve: "Serve", origin: str) -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    headers = client.get("/notes", headers={"origin": origin, "sec-fetch-site": "cross-site"}).headers
    assert "access-control-allow-origin" not in headers


def test_a_preflight_says_what_is_allowed(serve: "Serve") -> None:
    client = client_with(
        serve, Cors(["https://app.example"], methods=["GET", "POST"], headers=["X-Id"], credentials=True, max_age=60)
    )
    told = preflight(client, "https://app.example", headers="X-ID, content-type")
    assert told["access-control-allow-origin"] == "https://app.example"
    assert told["access-control-allow-methods"] == "GET, POST"
    assert "x-id" in told["access-control-allow-headers"]
    assert (told["access-control-allow-credentials"], told["access-control-max-age"]) == ("true", "60")
    assert preflight(client, "https://app.example", method="DELETE") == {}
    assert preflight(client, "https://app.example", headers="x-other") == {}


def test_caches_keep_answers_of_origins_apart(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    for headers in (FRIEND, STRANGER, {}):
        assert "origin" in client.get("/notes", headers=headers).headers["vary"]
    assert client.get("/varied", headers=FRIEND).headers.getlist("vary") == ["accept, origin"]


def test_errors_can_be_read_too(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    for path, status in (("/refused", 403), ("/nowhere", 404)):
        response = client.get(path, headers=FRIEND)
        assert (response.status, response.headers["access-control-allow-origin"]) == (status, "https://app.example")


def test_everybody_may_read_what_is_public(serve: "Serve") -> None:
    client = client_with(serve, Cors(["*"]))
    assert client.get("/notes", headers=STRANGER).headers["access-control-allow-origin"] == "*"
    assert client.post("/notes", json={}, headers=STRANGER).status == 403


def test_exposed_headers_are_named(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"], expose=["x-total", "link"]))
    assert client.get("/notes", headers=FRIEND).headers["access-control-expose-headers"] == "x-total, link"


def test_a_handler_that_answers_preflights_itself_gets_the_fields_too(serve: "Serve") -> None:
    app = App(__name__, cors=Cors(["https://app.example"]))

    @app.route("/own", methods=["OPTIONS"])
    def own() -> tuple[str, int, dict[str, str]]:
        return "mine", 200, {"access-control-max-age": "1"}

    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    response = serve(app).options("/own", headers=asked)
    assert response.text == "mine"
    assert response.headers.getlist("access-control-allow-origin") == ["https://app.example"]
    assert response.headers.getlist("access-control-max-age") == ["1"]


def test_preflights_for_routes_do_not_fall_through_to_a_mount(serve: "Serve") -> None:
    async def site(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"old site"})

    app = App(__name__, cors=Cors(["https://app.example"]))
    app.mount("/", site)

    @app.post("/new")
    def new() -> str:
        return "new"

    client = serve(app)
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    assert client.options("/new", headers=asked).headers["access-control-allow-origin"] == "https://app.example"
    assert client.options("/old", headers=asked).text == "old site"


def test_an_ordinary_options_request_is_still_answered(serve: "Serve") -> None:
    client = client_with(serve, Cors(["https://app.example"]))
    assert client.options("/notes").headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_several_permissions_that_cannot_stand_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="credentials"):
        Cors(["*"], credentials=True)
    for origin in ("https://app.example/", "https://app.example/path", "app.example", "null", "https://*.example"):
        with pytest.raises(ConfigError, match=r"test_cors\.py|origin"):
            Cors([origin])
    with pytest.raises(ConfigError, match="names no origin"):
        Cors([])
