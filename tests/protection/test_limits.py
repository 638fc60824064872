"""Security policy, section 6: what a request may bring is bounded, and counted as it comes, whatever it announces.

Bodies that come too slowly are in tests/internal/pipeline/test_bodies.py, for a client in process is never slow.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import pytest

from demijohn import App, File, FormField, Limits, Request, UploadedFile, WebSocket, limits
from demijohn.testing import Client, ClientResponse, WebSocketClosed

from .apps import fuller_app, posting_app
from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve, Setup

KIB = 1024
MIB = 1024 * KIB


def form_app() -> App:
    app = App(__name__)

    @app.post("/form")
    def form(request: Request) -> dict[str, int]:
        return {"fields": len(request.form.multi_items())}

    @app.post("/files")
    def files(
        title: Annotated[str, FormField()] = "",
        docs: Annotated[list[UploadedFile], File()] = [],  # noqa: B006  # never changed
    ) -> dict[str, int]:
        return {"files": len(docs)}

    return app


class Body:
    """Count how much of a body has been asked for."""

    def __init__(self, chunk: bytes, times: int) -> None:
        self._chunk = chunk
        self._times = times
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._times):
            self.given += 1
            yield self._chunk


def multipart(*parts: tuple[str, bytes], boundary: str = "b") -> dict[str, object]:
    """Return the options of a request with these parts, heads as given."""
    body = b"".join(b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary.encode(), head.encode(), value) for head, value in parts)
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    return {"headers": headers, "body": body + b"--" + boundary.encode() + b"--\r\n"}


def field(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


def send(client: Client, path: str, options: dict[str, object]) -> ClientResponse:
    return client.post(path, **options)  # type: ignore[arg-type]  # the options are built by name above


def test_a_long_address_is_refused(serve: "Serve", any_app: App) -> None:
    client = serve(any_app)
    assert refusal(client.get("/hello/" + "a" * 8 * KIB)) == (414, "uri.too_long")
    assert refusal(client.get("/hello/you?" + "a" * 8 * KIB)) == (414, "uri.too_long")
    assert client.get("/hello/you?" + "a" * 8000).status == 200


def test_no_path_with_two_readings_reaches_a_route_or_a_mounted_site(serve: "Serve") -> None:
    client = serve(fuller_app())
    for prefix in ("/old", "/guarded", "/shop/tree", "/hello"):
        for path in (
            "/..%2f..%2fx",
            "/%2e%2e/x",
            "/a/%2e/b",
            "/a%00b",
            "/a%5cb",
            "/%5c..%5cx",
            "/%ff",
            "/a%0d%0ab",
            "/%7f",
        ):
            assert refusal(client.get(prefix + path)) == (404, "http.not_found"), prefix + path
    assert client.get("/old//x").status == 200  # an older site may give it a meaning
    assert client.get("/shop/tree//x").status == 404


def test_the_pairs_of_a_query_are_counted(serve: "Serve") -> None:
    client = serve(fuller_app())
    assert refusal(client.get("/shop/search?" + "&".join("a=1" for _ in range(1001)))) == (400, "query.too_many")
    assert client.get("/shop/search?" + "&".join("a=1" for _ in range(1000))).status == 200


@pytest.mark.parametrize("query", ["q=%ff", "q=%00", "%c3%28=1", "q=%ed%a0%80"])
def test_a_query_that_is_no_text_is_refused(serve: "Serve", query: str) -> None:
    assert refusal(serve(fuller_app()).get(f"/shop/search?{query}")) == (400, "query.malformed")


def test_header_fields_are_counted_and_weighed(serve: "Serve", any_app: App) -> None:
    client = serve(any_app)
    for fields, code in [
        ([(f"x-{n}", "") for n in range(100)], "header.too_many"),
        ([("cookie", "a=b") for n in range(100)], "header.too_many"),
        ([("x-long", "x" * 8 * KIB)], "header.too_large"),
        ([("x" * 8 * KIB, "long")], "header.too_large"),
        ([(f"x-{n}", "x" * 4 * KIB) for n in range(8)], "header.too_large"),
        ([("cookie", "x" * 5 * KIB) for n in range(7)], "header.too_large"),
    ]:
        assert refusal(client.get("/hello/you", headers=fields)) == (431, code)
    assert client.get("/hello/you", headers=[(f"x-{n}", "x" * 300) for n in range(99)]).status == 200


@pytest.mark.parametrize("name", ["authorization", "content-type", "origin", "sec-fetch-site", "x-csrf-token"])
def test_what_decides_something_may_come_once(serve: "Serve", any_app: App, name: str) -> None:
    response = serve(any_app).get("/hello/you", headers=[(name, "a"), (name, "a")])
    assert refusal(response) == (400, "header.repeated")


@pytest.mark.parametrize("value", ["caf\xe9", "\xff", "a=\xe2\xa1"])
def test_a_field_with_bytes_that_cannot_be_read_is_refused_not_ignored(
    serve: "Serve", any_app: App, value: str
) -> None:
    client = serve(any_app)
    for name in ("cookie", "x-anything", "authorization", "origin"):
        assert refusal(client.get("/hello/you", headers={name: value})) == (400, "header.malformed")


def test_a_method_is_one_of_those_that_are_known(serve: "Serve", any_app: App) -> None:
    client = serve(any_app)
    for method in ("TRACE", "CONNECT"):
        assert refusal(client.request(method, "/hello/you")) == (405, "http.method_not_allowed")
    for method in ("get", "Post", "PROPFIND", "FOO", "G" * 500):
        response = client.request(method, "/hello/you")
        assert refusal(response) == (501, "method.unknown")
        assert method not in response.text


def test_a_body_that_announces_too_much_is_refused_unread(serve: "Serve") -> None:
    body = Body(b"x", 1)
    response = serve(posting_app()).post("/", headers={"content-length": str(3 * MIB)}, body=body)
    assert refusal(response) == (413, "body.too_large")
    assert response.headers["connection"] == "close"
    assert body.given == 0


def test_a_body_without_a_length_is_counted_as_it_comes(serve: "Serve") -> None:
    body = Body(b"x" * 64 * KIB, 1000)
    response = serve(posting_app()).post("/", body=body)
    assert refusal(response) == (413, "body.too_large")
    assert body.given == 41  # 2.5 MiB and the piece that was too much


def test_a_body_in_crumbs_is_refused_before_it_costs_much(serve: "Serve") -> None:
    app = posting_app()

    @app.post("/streamed", stream=True)
    async def streamed(request: Request) -> dict[str, int]:
        return {"size": sum([len(chunk) async for chunk in request.stream()])}

    client = serve(app)
    for path in ("/", "/streamed"):
        crumbs = Body(b"xy", 1_000_000)
        assert refusal(client.post(path, body=crumbs)) == (400, "body.fragmented")
        assert crumbs.given == 4001  # the end of a body may be a piece of its own
        assert client.post(path, body=Body(b"xy", 3999)).status == 200
        assert client.post(path, body=Body(b"x" * 257, 8000)).status == 200


def test_a_lying_length_buys_nothing(serve: "Serve") -> None:
    response = serve(posting_app(limits=Limits(body=10))).post("/", headers={"content-length": "5"}, body=[b"x" * 11])
    assert refusal(response) == (413, "body.too_large")


@pytest.mark.parametrize("length", ["-1", "+3", "0x3", "1_0", "3, 3", "", "three"])
def test_a_length_that_is_no_number_is_refused(serve: "Serve", length: str) -> None:
    client = serve(fuller_app())
    for path in ("/shop/raw", "/files", "/files/counted"):
        method = "PUT" if path.endswith("counted") else "POST"
        response = client.request(method, path, headers={"content-length": length}, body=b"abc")
        assert refusal(response) == (400, "header.malformed")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "x-unknown"])
def test_compressed_bodies_and_strange_transfer_encodings_are_refused(serve: "Serve", encoding: str) -> None:
    client = serve(posting_app())
    assert refusal(client.post("/", headers={"content-encoding": encoding}, body=b"x")) == (415, "body.encoding")
    for value in (encoding, f"{encoding}, chunked", "identity"):
        response = client.post("/", headers={"transfer-encoding": value}, body=b"x")
        assert refusal(response) == (501, "body.transfer_encoding")


def test_no_second_field_hides_an_encoding(serve: "Serve") -> None:
    client = serve(posting_app())
    for name, last in (("transfer-encoding", "chunked"), ("content-encoding", "identity")):
        response = client.post("/", headers=[(name, "gzip"), (name, last)], body=b"x")
        assert refusal(response) == (400, "header.repeated")


def test_a_route_may_take_more_or_less_than_the_app(serve: "Serve") -> None:
    app = App(__name__, limits=Limits(body=100))

    @app.post("/more")
    @limits(body="1KiB")
    async def more(request: Request) -> dict[str, int]:
        return {"size": len(request.body)}

    @app.post("/less")
    @limits(body=10)
    def less(request: Request) -> dict[str, int]:
        return {"size": len(request.body)}

    @app.post("/streamed", stream=True)
    async def streamed(request: Request) -> dict[str, int]:
        return {"size": sum([len(chunk) async for chunk in request.stream()])}

    client = serve(app)
    for path, limit in (("/more", 1024), ("/less", 10), ("/streamed", 100)):
        assert client.post(path, body=[b"x" * limit]).json() == {"size": limit}
        assert refusal(client.post(path, body=[b"x" * limit, b"x"])) == (413, "body.too_large")


def test_the_fields_of_a_form_are_counted_and_weighed_in_both_encodings(serve: "Serve") -> None:
    client = serve(form_app())
    urlencoded = {"content-type": "application/x-www-form-urlencoded"}
    for pairs, code in [
        ([("a", "1")] * 1001, "form.too_many_fields"),
        ([("a" * 257, "1")], "form.name_too_long"),
        ([("é" * 129, "1")], "form.name_too_long"),
        ([("a", "x" * (MIB + 1))], "form.field_too_large"),
    ]:
        assert refusal(client.post("/form", form=pairs)) == (413, code)
        parts = [(field(name), value.encode()) for name, value in pairs]
        assert refusal(send(client, "/form", multipart(*parts))) == (413, code)
    assert client.post("/form", form=[("a", "1")] * 1000).json() == {"fields": 1000}
    assert send(client, "/form", multipart(*[(field("a"), b"1")] * 1000)).json() == {"fields": 1000}
    assert refusal(client.post("/form", headers=urlencoded, body=b"&" * 1001)) == (413, "form.too_many_fields")


def test_files_are_counted_and_taken_only_where_a_route_declares_them(serve: "Serve") -> None:
    client = serve(form_app())
    one = ("a.txt", b"x", "text/plain")
    assert refusal(client.post("/form", files={"doc": one})) == (415, "form.files_refused")
    assert client.post("/files", files={"docs": [one] * 20}).json() == {"files": 20}
    assert refusal(client.post("/files", files={"docs": [one] * 21})) == (413, "form.too_many_files")


def test_an_upload_has_a_limit_of_its_own(serve: "Serve") -> None:
    app = App(__name__, limits=Limits(body=100, upload=5000))

    @app.post("/")
    def upload(doc: Annotated[UploadedFile, File()]) -> dict[str, int]:
        return {"size": doc.size}

    client = serve(app)
    for size, status in ((4000, 200), (5000, 413)):
        assert client.post("/", files={"doc": ("a", b"x" * size, "text/plain")}).status == status
    chunked = Body(b"--b\r\n" + field("doc").encode() + b'; filename="a"\r\n\r\n' + b"x" * 3000, 1000)
    response = client.post("/", headers={"content-type": "multipart/form-data; boundary=b"}, body=chunked)
    assert refusal(response) == (413, "body.too_large")
    assert chunked.given == 2


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_only_what_goes_to_disk_may_be_as_large_as_an_upload(serve: "Serve", content_type: str) -> None:
    app = App(__name__, limits=Limits(body=100, upload=5000))

    @app.post("/")
    def upload(docs: Annotated[list[UploadedFile], File()]) -> dict[str, int]:
        return {"files": len(docs)}

    client = serve(app)
    for body in (b"x" * 101, [b"x" * 60, b"x" * 60]):
        response = client.post("/", headers={"content-type": content_type}, body=body)
        assert refusal(response) == (413, "body.too_large")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (field("a") + "\r\nContent-Transfer-Encoding: base64", "form.encoding"),
        (field("a") + "\r\nContent-Transfer-Encoding: quoted-printable", "form.encoding"),
        (field("a") + "\r\n" + "\r\n".join(f"X-{n}: 1" for n in range(8)), "form.part_headers"),
        (field("a") + "\r\nX-Long: " + "x" * 4096, "form.part_headers"),
        (field("a") + "; name=b", "form.part_headers"),
        (field("a") + "\r\n" + field("b"), "form.part_headers"),
        (field("a") + "; filename*=utf-8''b", "form.part_headers"),
        ("Content-Disposition: form-data; name=a; size=3; size=4", "form.part_headers"),
        ("Content-Disposition: attachment; name=a", "form.malformed"),
        ("X-Other: 1", "form.malformed"),
    ],
)
def test_the_head_of_a_part_is_small_and_has_one_reading(serve: "Serve", head: str, code: str) -> None:
    assert refusal(send(serve(form_app()), "/form", multipart((head, b"x")))) == (400, code)


@pytest.mark.parametrize("boundary", ["", "a" * 71, "a@b", '"a"b', "\xe9"])
def test_a_boundary_is_held_to_its_grammar(serve: "Serve", boundary: str) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    response = serve(form_app()).post("/form", headers=headers, body=b"--a--\r\n")
    assert response.status == 400
    assert refusal(response)[1] in ("form.boundary", "form.malformed", "header.malformed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b\r\n",
        b"--b\r\n\r\n\r\n--b--",
        b"preamble\r\n--b--\r\n",
        b"--b--\r\nepilogue",
        b"--b\n" + field("a").encode() + b"\n\nx\n--b--\n",
        b"--b\r\n" + field("a").encode() + b"\r\n\r\nx",
        b"--b\r\n" + field("a").encode() + b"\r\n\r\n\xff\r\n--b--\r\n",
        b"--b\r\n" + field("a").encode() + b"\r\n\r\n\0\r\n--b--\r\n",
    ],
)
def test_a_multipart_body_that_is_cut_or_padded_is_refused(serve: "Serve", body: bytes) -> None:
    client = serve(form_app())
    headers = {"content-type": "multipart/form-data; boundary=b"}
    for path in ("/form", "/files"):
        for pieces in ([body], [body[i : i + 1] for i in range(len(body))]):
            assert refusal(client.post(path, headers=headers, body=pieces))[0] == 400


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000, "json.too_deep"),
        (b'{"a":' * 50_000, "json.too_deep"),
        (b"NaN", "json.malformed"),
        (b"[Infinity]", "json.malformed"),
        (b"1e400", "json.malformed"),
        (b"\xef\xbb\xbf{}", "json.malformed"),
        (b'"\xed\xa0\x80"', "json.malformed"),
        (b'"\xff"', "json.malformed"),
        (b'"\\ud800"', "json.malformed"),
        (b"{'a': 1}", "json.malformed"),
        (b"[1,]", "json.malformed"),
        (b"", "json.malformed"),
        (b"{} {}", "json.malformed"),
        (b"1" * 5000, "json.malformed"),
        (b"9223372036854775808", "json.malformed"),
        (b'{"a": [{"b": -9223372036854775809}]}', "json.malformed"),
    ],
)
def test_json_is_strict_whatever_reads_it(serve: "Serve", body: bytes, code: str) -> None:
    client = serve(fuller_app())
    headers = {"content-type": "application/json"}
    assert refusal(client.post("/shop/raw", headers=headers, body=body)) == (400, code)
    for path in ("/shop/orders", "/shop/orders/blocking"):
        assert refusal(client.post(path, headers=headers, body=body))[0] in (400, 422)


def test_the_largest_integers_are_read(serve: "Serve") -> None:
    client = serve(fuller_app())
    numbers = {"json": [2**63 - 1, -(2**63)], "text": "1" * 50}
    assert client.post("/shop/raw", json=numbers).json() == {"json": numbers}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/x-www-form-urlencoded", "text/json", "application/jsonp"]
)
def test_json_comes_under_its_own_name_so_that_no_form_can_send_it(serve: "Serve", content_type: str) -> None:
    client = serve(fuller_app())
    for path in ("/shop/raw", "/shop/orders", "/shop/orders/blocking"):
        response = client.post(path, headers={"content-type": content_type}, body=b'{"title": "x"}')
        assert refusal(response) == (415, "body.media_type")
    for content_type in ("application/json", "application/problem+json", "APPLICATION/JSON; charset=utf-8"):
        response = client.post("/shop/orders", headers={"content-type": content_type}, body=b'{"title": "x"}')
        assert response.status == 201


def test_a_thousand_mistakes_make_no_thousand_lines(serve: "Serve") -> None:
    lines = [{"text": 5, "amount": "x", "other": 1}] * 20_000
    response = serve(fuller_app()).post("/shop/orders", json={"title": "x", "lines": lines})
    assert refusal(response) == (422, "validation")
    assert len(response.body) < 20_000


def test_websocket_messages_are_bounded_in_size_and_number(serve: "Serve", setup: "Setup") -> None:
    app = App(__name__)

    @app.websocket("/echo")
    async def echo(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(len(message))

    client = serve(app)
    too_much: list[tuple[list[str | bytes], int]] = [
        (["x" * (64 * KIB + 1)], 1009),
        ([b"x" * (64 * KIB + 1)], 1009),
        (["é" * (32 * KIB + 1)], 1009),
        (["x"] * 101, 1008),
    ]
    for sent, code in too_much:
        assert code_after(client, sent) == (code if setup.interface == "asgi" else 1005)  # RSGI carries no codes


def code_after(client: Client, messages: Sequence[str | bytes]) -> int:
    with client.websocket("/echo") as socket:
        for message in messages:
            socket.send(message)
        try:
            while True:
                socket.receive()
        except WebSocketClosed as closed:
            return closed.code
