"""Promise: a request tells what a client asked for, decoded and bounded, and never what a client only pretends."""

from contextvars import Context
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from demijohn import App, DemijohnError, Request, limits, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from demijohn.testing import Client, ClientResponse
    from tests.public.conftest import Serve

both_worlds = pytest.mark.parametrize("world", ["def", "async"])


def client_telling(serve: "Serve", tell: "Callable[[Request], Any]", world: str = "def", **options: Any) -> "Client":
    """Serve an app whose every path answers with what `tell` makes of the request."""

    def in_a_worker(request: Request, rest: str = "") -> Any:
        return tell(request)

    async def on_the_loop(request: Request, rest: str = "") -> Any:
        return tell(request)

    app = App(__name__)
    handler = in_a_worker if world == "def" else on_the_loop
    app.add_route("/<path:rest>", handler, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"], name="tell")
    return serve(app, **options)


@both_worlds
def test_the_parts_of_the_address_are_there(serve: "Serve", world: str) -> None:
    client = client_telling(
        serve,
        lambda r: [r.method, r.path, r.query_string, r.scheme, str(r.host), r.host.port, r.is_secure, r.url],
        world,
        base_url="https://testserver:8443",
    )
    assert client.post("/a b/%C3%BC?x=1&y=%20").json() == [
        "POST",
        "/a b/ü",
        "x=1&y=%20",
        "https",
        "testserver:8443",
        8443,
        True,
        "https://testserver:8443/a%20b/%C3%BC?x=1&y=%20",
    ]


def test_the_query_is_a_mapping_of_decoded_values(serve: "Serve") -> None:
    def tell(r: Request) -> list[object]:
        q = r.query
        return [q["a"], q.get("b"), q.get("b", "none"), q.getlist("a"), list(q), len(q), "c" in q, q.multi_items()]

    told = client_telling(serve, tell).get("/x?a=1&a=two+w%C3%B6rds&c").json()
    assert told == [
        "1",
        None,
        "none",
        ["1", "two wörds"],
        ["a", "c"],
        2,
        True,
        [["a", "1"], ["a", "two wörds"], ["c", ""]],
    ]


@pytest.mark.parametrize("query", ["a=%ff", "a=%00", "&".join(["a=1"] * 1001)])
def test_a_query_that_no_honest_client_sends_is_a_400(serve: "Serve", query: str) -> None:
    assert client_telling(serve, lambda r: dict(r.query)).get(f"/x?{query}").status == 400


def test_headers_are_found_in_any_spelling(serve: "Serve") -> None:
    def tell(r: Request) -> list[object]:
        return [r.headers["X-Id"], r.headers.get("x-id"), "X-ID" in r.headers, r.headers.getlist("accept")]

    client = client_telling(serve, tell, browser=False)
    told = client.get("/x", headers=[("x-ID", "7"), ("accept", "text/plain"), ("accept", "text/html")]).json()
    assert told == ["7", "7", True, ["text/plain", "text/html"]]


def test_what_a_proxy_would_say_is_not_believed_of_a_client(serve: "Serve") -> None:
    headers = {
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
        "forwarded": "for=6.6.6.6",
        "x_forwarded_for": "6.6.6.6",
    }

    def tell(r: Request) -> list[object]:
        return [r.client, r.scheme, str(r.host), sorted({*headers} & {*r.headers}), "x-forwarded-for" in r.raw_headers]

    assert client_telling(serve, tell).get("/x", headers=headers).json() == [
        "127.0.0.1",
        "http",
        "testserver",
        [],
        True,
    ]


def test_a_trusted_proxy_is_believed(serve: "Serve") -> None:
    def tell(r: Request) -> list[object]:
        return [r.client, r.scheme, r.is_secure, str(r.host)]

    config = {"trusted_proxies": ["127.0.0.1"]}
    headers = {"x-forwarded-for": "6.6.6.6, 203.0.113.9", "x-forwarded-proto": "https"}
    client = client_telling(serve, tell, config=config)
    assert client.get("/x", headers=headers).json() == ["203.0.113.9", "https", True, "testserver"]


@both_worlds
def test_the_body_is_there_as_bytes_and_as_json(serve: "Serve", world: str) -> None:
    client = client_telling(serve, lambda r: [len(r.body), r.json, r.content_type], world)
    assert client.post("/x", json={"a": [1, None]}).json() == [14, {"a": [1, None]}, "application/json"]


def test_a_request_without_a_body_has_an_empty_one(serve: "Serve") -> None:
    client = client_telling(serve, lambda r: [len(r.body), len(r.form), len(r.files), r.content_type])
    assert client.get("/x").json() == client.post("/x").json() == [0, 0, 0, ""]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"NaN", "application/json", 400),
        (b"\xef\xbb\xbf{}", "application/json", 400),
        (b'"\xff"', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=utf-8", 200),
        (b"{}", "Application/JSON", 200),
        (b"{}", "application/vnd.api+json", 200),
    ],
)
def test_json_is_read_strictly(serve: "Serve", body: bytes, content_type: str, status: int) -> None:
    client = client_telling(serve, lambda r: {"got": r.json})
    assert client.post("/x", body=body, headers={"content-type": content_type}).status == status


@both_worlds
def test_a_form_is_there_whatever_its_encoding(serve: "Serve", world: str) -> None:
    client = client_telling(serve, lambda r: [r.form["a"], r.form.getlist("b"), r.form.get("c")], world)
    form = {"a": "ü &=", "b": ["1", "2"]}
    assert client.post("/x", form=form).json() == ["ü &=", ["1", "2"], None]
    assert client.put("/x", form=form).json() == ["ü &=", ["1", "2"], None]
    assert client.post("/x", form=form, files={}).json() == ["ü &=", ["1", "2"], None]


def test_the_query_is_never_mixed_into_the_form(serve: "Serve") -> None:
    client = client_telling(serve, lambda r: [dict(r.form), dict(r.query)])
    assert client.post("/x?a=query", form={"b": "form"}).json() == [{"b": "form"}, {"a": "query"}]


def test_cookies_are_a_mapping(serve: "Serve") -> None:
    client = client_telling(serve, lambda r: dict(r.cookies))
    assert client.get("/x", headers={"cookie": "a=1; b=two; a=3; =nameless; odd"}).json() == {"a": "1", "b": "two"}
    assert client.get("/x").json() == {}


def test_missing_values_raise_as_in_any_mapping(serve: "Serve") -> None:
    for find in (lambda r: r.headers["a"], lambda r: r.cookies["a"]):
        with pytest.raises(KeyError, match="a"):
            client_telling(serve, find).get("/x")


def test_each_request_has_an_id_and_a_state_of_its_own(serve: "Serve") -> None:
    def tell(r: Request) -> list[object]:
        known = dict(r.state)
        r.state["seen"] = True
        return [r.id, r.id == r.id, known]

    client = client_telling(serve, tell)
    first, second = client.get("/x").json(), client.get("/x").json()
    assert first[0] != second[0]
    assert first[1:] == second[1:] == [True, {}]


@both_worlds
def test_the_current_request_is_the_parameter(serve: "Serve", world: str) -> None:
    def tell(r: Request) -> list[object]:
        return [request.path == r.path, request.headers["host"], request.query.get("a"), request == r]

    assert client_telling(serve, tell, world).get("/x?a=1").json() == [True, "testserver", "1", True]


def test_what_is_too_large_is_refused_in_time(serve: "Serve") -> None:
    client = client_telling(serve, lambda r: "ok", browser=False)

    def code(response: "ClientResponse") -> tuple[int, str]:
        return response.status, response.json()["code"]

    assert code(client.get("/" + "x" * 9000)) == (414, "uri.too_long")
    assert code(client.get("/x", headers={"x-long": "x" * 9000})) == (431, "header.too_large")
    assert code(client.get("/x", headers=[(f"x-{n}", "") for n in range(120)])) == (431, "header.too_many")
    assert code(client.post("/x", body=b"x" * 2_700_000)) == (413, "body.too_large")
    assert code(client.post("/x", body=iter([b"x" * 2_700_000]))) == (413, "body.too_large")
    fields = [(f"f{n}", "") for n in range(1001)]
    assert code(client_reading_forms(serve).post("/", form=fields)) == (413, "form.too_many_fields")


def client_reading_forms(serve: "Serve") -> "Client":
    app = App(__name__)

    @app.post("/")
    def show(request: Request) -> dict[str, str]:
        return dict(request.form)

    return serve(app, browser=False)


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "testserver"), ("host", "testserver")],
        [("content-type", "text/plain"), ("content-type", "application/json")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
        [("origin", "http://testserver"), ("origin", "http://evil.example")],
        [("x-odd", "\xe9")],
        [("host", "")],
        [("host", "a@b")],
        [("host", "testserver/../x")],
    ],
)
def test_a_head_that_says_two_things_or_nothing_readable_is_a_400(
    serve: "Serve", headers: list[tuple[str, str]]
) -> None:
    assert client_telling(serve, lambda r: "ok").post("/x", headers=headers).status == 400


def test_a_compressed_body_is_refused(serve: "Serve") -> None:
    response = client_telling(serve, lambda r: "ok").post("/x", body=b"x", headers={"content-encoding": "gzip"})
    assert response.status == 415


def test_a_request_shows_no_secrets(serve: "Serve") -> None:
    def tell(r: Request) -> str:
        return f"{r!r} {r.headers!r} {r.form!r}"

    client = client_telling(serve, tell)
    headers = {"authorization": "Basic aHVudGVyMg==", "cookie": "a=hunter2"}
    text = client.post("/x", form={"password": "hunter2", "name": "ann"}, headers=headers).text
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    assert "ann" in text


def test_a_route_may_take_a_larger_json_body(serve: "Serve") -> None:
    class Batch(msgspec.Struct):
        rows: list[str]

    app = App(__name__)

    @app.post("/")
    @limits(body="4MB")
    def take(batch: Batch) -> str:
        return str(len(batch.rows[0]))

    assert serve(app).post("/", json={"rows": ["x" * 3_000_000]}).text == "3000000"


def test_outside_of_a_request_there_is_none() -> None:
    with pytest.raises(DemijohnError, match="copy_context"):
        Context().run(lambda: request.method)


def test_the_route_that_answers_is_known_by_name(serve: "Serve") -> None:
    assert client_telling(serve, lambda r: r.route_name).get("/x").text == "tell"


def test_a_value_that_was_not_sent_is_the_clients_mistake(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/form")
    def form(request: Request) -> str:
        return request.form["title"]

    @app.get("/query")
    async def query(request: Request) -> str:
        return request.query["q"]

    @app.get("/default")
    def default(request: Request) -> str:
        try:
            return request.query["q"]
        except KeyError:
            return "none"

    client, json = serve(app), {"accept": "application/json"}
    for answer, location, name in [
        (client.post("/form", form={"other": "x"}, headers=json), "form", "title"),
        (client.get("/query?x=1", headers=json), "query", "q"),
    ]:
        assert (answer.status, answer.json()["code"]) == (422, "validation")
        assert [(each["location"], each["field"]) for each in answer.json()["errors"]] == [(location, name)]
    assert client.post("/form", form={"title": "Tea"}).text == "Tea"
    assert client.get("/default").text == "none"
