"""Security policy, section 4: nothing but the declared hosts comes in, and nothing else is made of the Host header."""

from typing import TYPE_CHECKING

import pytest

from demijohn import App, ConfigError, Request, WebSocket, redirect
from demijohn.testing import WebSocketRefused

from .apps import five_lines
from .conftest import KEY, refusal

if TYPE_CHECKING:
    from .conftest import Serve, Setup

MALFORMED = [
    "",
    " ",
    "testserver/evil",
    "testserver?x",
    "user@testserver",
    "testserver#x",
    "testserver,testserver",
    "testserver:",
    "testserver:0",
    "testserver:65536",
    "testserver:080000",
    "testserver:8o",
    "testserver:+80",
    "test_server",
    "testserver\\evil",
    "testserver..",
    ".testserver",
    "[::1",
    "::1",
    "[::g]",
    "[1]",
    "http://testserver",
    "xn--\xe9",
    "a" * 300,
]


def test_a_malformed_host_is_refused(serve: "Serve", any_app: App) -> None:
    client = serve(any_app)
    for host in MALFORMED:
        response = client.get("/hello/you", headers={"host": host})
        code = "host.malformed" if host.isascii() else "header.malformed"
        assert refusal(response) == (400, code), host
        assert not host.strip() or host not in response.text


def test_a_missing_host_is_refused(serve: "Serve", any_app: App) -> None:
    assert refusal(serve(any_app).get("/hello/you", headers={"host": None})) == (400, "host.malformed")


@pytest.mark.parametrize("second", ["testserver", "evil.example"])
def test_two_hosts_are_refused_even_when_they_agree(serve: "Serve", any_app: App, second: str) -> None:
    fields = [("host", "testserver"), ("host", second)]
    assert refusal(serve(any_app).get("/hello/you", headers=fields)) == (400, "host.malformed")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "eviltestserver", "sub.testserver", "192.0.2.1", "[2001:db8::1]"],
)
def test_a_strange_host_is_refused_without_being_repeated(serve: "Serve", any_app: App, host: str) -> None:
    response = serve(any_app).get("/hello/you", headers={"host": host})
    assert refusal(response) == (421, "host.unknown")
    assert host not in response.text


@pytest.mark.parametrize("host", ["testserver", "TESTSERVER", "testserver.", "testserver:8000", "testserver.:8000"])
def test_the_spellings_of_an_own_host_are_one_host(serve: "Serve", any_app: App, host: str) -> None:
    client = serve(any_app)
    assert [client.get("/hello/you", headers={"host": host}).status for _ in range(2)] == [200, 200]


def test_a_leading_dot_lets_subdomains_in_and_dots_are_no_wildcards(serve: "Serve") -> None:
    client = serve(five_lines(), config={"allowed_hosts": [".example.com", "a.example.org"]})
    answers = {
        host: client.get("/hello/you", headers={"host": host}).status
        for host in (
            "example.com",
            "a.example.com",
            "a.b.example.com",
            "a.example.org",
            "evilexample.com",
            "examplexcom",
            "aXexample.org",
            "b.a.example.org",
        )
    }
    assert list(answers.values()) == [200, 200, 200, 200, 421, 421, 421, 421]


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.1.2.3:8000", "[::1]"])
def test_loopback_names_need_no_configuration_except_in_production(serve: "Serve", setup: "Setup", host: str) -> None:
    response = serve(five_lines()).get("/hello/you", headers={"host": host})
    assert response.status == (421 if setup.mode == "production" else 200)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.256"])
def test_a_rebound_name_is_refused_while_developing(serve: "Serve", host: str) -> None:
    response = serve(five_lines(), mode="development").get("/hello/you", headers={"host": host})
    assert refusal(response) == (421, "host.unknown")


def test_only_the_developer_is_told_the_setting(serve: "Serve", setup: "Setup") -> None:
    detail = serve(five_lines()).get("/hello/you", headers={"host": "evil.example"}).json()["detail"]
    assert ("ALLOWED_HOSTS" in detail) == (setup.mode != "production")


def test_production_does_not_start_without_a_host_and_says_which_line_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    monkeypatch.delenv("SITE_URL", raising=False)
    with pytest.raises(ConfigError, match=r"ALLOWED_HOSTS=example\.com"):
        five_lines().freeze("production", config={"secret_key": KEY})


@pytest.mark.parametrize("entry", ["*", "https://example.com", "example.com:80", "exa mple", "müller.example", "::1"])
def test_an_entry_that_is_no_host_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"ALLOWED_HOSTS has|'\*' in ALLOWED_HOSTS"):
        five_lines().freeze("production", config={"allowed_hosts": [entry]})


def test_the_host_of_site_url_is_let_in(serve: "Serve") -> None:
    client = serve(five_lines(), config={"allowed_hosts": [], "site_url": "https://example.com"})
    assert client.get("/hello/you", headers={"host": "example.com"}).status == 200
    assert client.get("/hello/you", headers={"host": "evil.example"}).status == 421


def test_any_host_admits_names_but_no_nonsense_and_no_redirect_to_what_it_admitted(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/go")
    def go(to: str) -> object:
        return redirect(to)

    client = serve(app, config={"unsafe_any_host": True, "site_url": "https://example.com"})
    stranger = {"host": "evil.example"}
    assert client.get("/go?to=/fine", headers=stranger).location == "/fine"
    assert refusal(client.get("/go?to=http://evil.example/", headers=stranger)) == (400, "redirect.unsafe")
    assert client.get("/go?to=https://example.com/", headers=stranger).location == "https://example.com/"
    assert refusal(client.get("/go?to=/", headers={"host": "a@b"})) == (400, "host.malformed")


@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.example", "a@b", None])
def test_the_health_page_answers_any_host_with_a_constant_and_nothing_else_does(
    serve: "Serve", any_app: App, host: str | None
) -> None:
    client = serve(any_app)
    response = client.get("/up", headers={"host": host})
    assert (response.status, response.text) == (200, "up\n")
    assert response.headers["x-content-type-options"] == "nosniff"
    for path in ("/up/", "/UP", "//up", "/up/x", "/hello/up"):
        assert client.get(path, headers={"host": host}).status in (400, 421)


def test_the_health_page_still_refuses_what_is_wrong_beside_the_host(serve: "Serve") -> None:
    client = serve(five_lines())
    assert client.get("/up", headers={"host": "10.0.0.7", "x-long": "x" * 9000}).status == 431
    assert client.request("TRACE", "/up", headers={"host": "10.0.0.7"}).status == 405


def test_a_websocket_handshake_is_held_to_the_same_hosts(serve: "Serve") -> None:
    app = App(__name__)

    @app.websocket("/chat")
    async def chat(ws: WebSocket) -> None:
        await ws.send("hello")

    client = serve(app)
    for host, status in (("evil.example", 421), ("a@testserver", 400), (None, 400)):
        with pytest.raises(WebSocketRefused) as refused, client.websocket("/chat", headers={"host": host}):
            pass
        assert refused.value.status == status
    with client.websocket("/chat") as open_socket:
        assert open_socket.receive() == "hello"


def test_the_address_of_a_request_is_built_from_what_was_checked(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/<path:rest>")
    def show(rest: str, request: Request) -> dict[str, str]:
        return {"url": request.url, "origin": request.origin}

    client = serve(app)
    seen = client.get("/a%3Fb%23c/@evil.example?d=1", headers={"host": "TESTSERVER.:80"}).json()
    assert seen == {"url": "http://testserver/a%3Fb%23c/%40evil.example?d=1", "origin": "http://testserver"}
