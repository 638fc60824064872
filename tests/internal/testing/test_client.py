from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import Any, Literal

import pytest

from demijohn.testing import AsyncClient, Client, ClientTimeout, TooManyRedirects

Interface = Literal["rsgi", "asgi"]


def test_a_request_reaches_the_app_and_its_answer_comes_back(echo_app: Any, interface: Interface) -> None:
    response = Client(echo_app, interface=interface).post("/a b/%C3%A9?x=1", body=b"hello", query={"y": [2, 3]})
    assert response.status == 200
    assert response.headers["method"] == "POST"
    assert response.headers["target"] == r"'/a b/\xe9'?x=1&y=2&y=3"
    assert response.text == "hello"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_each_verb_sends_its_method(echo_app: Any, method: str) -> None:
    assert getattr(Client(echo_app), method)("/").headers["method"] == method.upper()


def test_a_head_request_gets_no_body(pair_app: Any, interface: Interface) -> None:
    async def answer(_: Any) -> Any:
        return 200, [("content-length", "5")], b"hello"

    response = Client(pair_app(http=answer), interface=interface).head("/")
    assert (response.body, response.headers["content-length"]) == (b"", "5")


def test_a_browser_shows_that_it_is_on_the_same_site(echo_app: Any, interface: Interface) -> None:
    headers = Client(echo_app, interface=interface).post("/").headers
    assert headers["seen-host"] == "testserver"
    assert headers["seen-sec-fetch-site"] == "same-origin"
    assert headers["seen-origin"] == "http://testserver"
    assert headers["seen-accept"].startswith("text/html,")
    assert "seen-origin" not in Client(echo_app).get("/").headers


def test_json_is_sent_as_a_script_sends_it(echo_app: Any) -> None:
    headers = Client(echo_app).post("/", json=None).headers
    assert headers["seen-content-type"] == "application/json"
    assert headers["seen-accept"] == "*/*"
    assert headers["seen-sec-fetch-mode"] == "cors"


def test_without_browser_only_the_host_is_sent(echo_app: Any, interface: Interface) -> None:
    headers = Client(echo_app, browser=False, interface=interface).get("/").headers
    assert [name for name in headers if name.startswith("seen-")] == ["seen-host"]


def test_headers_of_the_call_replace_add_and_remove(echo_app: Any) -> None:
    client = Client(echo_app)
    headers = client.get("/", headers={"Accept": "text/css", "user-agent": None}).headers
    assert headers["seen-accept"] == "text/css"
    assert "seen-user-agent" not in headers
    assert client.get("/", headers=[("x", "1"), ("x", "2")]).headers.getlist("seen-x") == ["1", "2"]


def test_the_scheme_and_port_come_from_the_base_url(echo_app: Any, interface: Interface) -> None:
    headers = Client(echo_app, base_url="https://testserver:8443", interface=interface).post("/").headers
    assert headers["scheme"] == "https"
    assert headers["seen-host"] == "testserver:8443"
    assert headers["seen-origin"] == "https://testserver:8443"


def test_a_whole_url_goes_to_its_own_host(echo_app: Any) -> None:
    assert Client(echo_app).get("https://other.example/x").headers["seen-host"] == "other.example"


def test_cookies_are_kept_and_sent_back(pair_app: Any, interface: Interface) -> None:
    async def count(seen: Any) -> Any:
        return 200, [("set-cookie", "n=1; Path=/; HttpOnly")], (seen.header("cookie") or "none").encode()

    client = Client(pair_app(http=count), interface=interface)
    first = client.get("/")
    assert first.cookies["n"].httponly
    assert (first.text, client.get("/").text, client.cookies["n"]) == ("none", "n=1", "1")
    client.cookies.set("lang", "en")
    assert client.get("/").text == "n=1; lang=en"
    client.cookies.clear()
    assert client.get("/", headers={"cookie": "own=1"}).text == "own=1"


def test_without_browser_no_cookie_is_kept(pair_app: Any) -> None:
    async def set_one(seen: Any) -> Any:
        return 200, [("set-cookie", "n=1")], (seen.header("cookie") or "none").encode()

    client = Client(pair_app(http=set_one), browser=False)
    assert client.get("/").cookies["n"].value == "1"
    assert client.get("/").text == "none"


def redirecting(status: int, location: str) -> Any:
    async def answer(seen: Any) -> Any:
        if seen.path == "/end":
            return 200, [("method", seen.method), ("type", seen.header("content-type") or "")], seen.body
        return status, [("location", location), ("set-cookie", "step=1")], b""

    return answer


@pytest.mark.parametrize(("status", "method", "body"), [(302, "GET", b""), (303, "GET", b""), (307, "POST", b"x=1")])
def test_redirects_are_followed_when_asked(pair_app: Any, status: int, method: str, body: bytes) -> None:
    client = Client(pair_app(http=redirecting(status, "end")))
    assert client.post("/start", form={"x": 1}).location == "end"
    response = client.post("/start", form={"x": 1}, follow_redirects=True)
    assert (response.status, response.headers["method"], response.body) == (200, method, body)
    assert [hop.url for hop in response.history] == ["http://testserver/start"]
    assert bool(response.headers["type"]) == (method == "POST")


def test_a_circle_of_redirects_is_told(pair_app: Any) -> None:
    with pytest.raises(TooManyRedirects, match="More than 10 redirects: http://testserver/a -> "):
        Client(pair_app(http=redirecting(302, "/a"))).get("/a", follow_redirects=True)


def test_a_redirect_to_another_site_is_not_followed(pair_app: Any) -> None:
    with pytest.raises(TooManyRedirects, match=r"https://evil\.example/, which this app does not serve"):
        Client(pair_app(http=redirecting(302, "https://evil.example/"))).get("/a", follow_redirects=True)


def test_hooks_run_once_around_the_requests(echo_app: Any) -> None:
    with Client(echo_app) as client:
        assert echo_app.log == ["startup"]
        client.get("/")
        client.get("/")
    assert echo_app.log == ["startup", "shutdown"]


def test_the_first_request_starts_a_client_that_was_not_entered(echo_app: Any) -> None:
    client = Client(echo_app)
    assert echo_app.log == []
    client.get("/")
    client.close()
    client.close()
    assert echo_app.log == ["startup", "shutdown"]
    with pytest.raises(RuntimeError, match=r"This client is closed\. Make a new one"):
        client.get("/")


def test_the_app_is_frozen_for_the_test_and_told_to_run_inline(echo_app: Any) -> None:
    Client(echo_app, config={"debug": True})
    assert echo_app.frozen_with == [("test", {"debug": True})]
    assert echo_app.inline


def test_what_is_no_app_is_refused() -> None:
    with pytest.raises(TypeError, match=r"A client takes a demijohn\.App, not <function"):
        Client(redirecting)  # type: ignore[arg-type]  # the mistake this is about


def test_handlers_share_the_thread_and_the_context_of_the_test(pair_app: Any) -> None:
    variable: ContextVar[str] = ContextVar("variable")

    async def answer(_: Any) -> Any:
        return 200, [("thread", str(threading.get_ident()))], variable.get().encode()

    client = Client(pair_app(http=answer))
    for value in ("one", "two"):
        variable.set(value)
        response = client.get("/")
        assert (response.text, response.headers["thread"]) == (value, str(threading.get_ident()))


async def failing(_: Any) -> Any:
    raise LookupError("no such shelf")


def test_an_exception_of_the_app_is_raised_in_the_test(pair_app: Any, interface: Interface) -> None:
    with pytest.raises(LookupError, match="no such shelf") as caught:
        Client(pair_app(http=failing), interface=interface).get("/")
    assert caught.traceback[-1].name == "failing"


def test_an_exception_of_the_app_can_be_seen_as_a_visitor_sees_it(pair_app: Any, interface: Interface) -> None:
    response = Client(pair_app(http=failing), interface=interface, raise_server_errors=False).get("/")
    assert (response.status, response.body) == (500, b"")


def test_an_app_that_does_not_answer_in_time_is_told_with_its_place(pair_app: Any, interface: Interface) -> None:
    async def hang(_: Any) -> Any:
        await asyncio.Event().wait()

    client = Client(pair_app(http=hang), interface=interface, timeout=0.05)
    with pytest.raises(ClientTimeout, match=r"GET /slow: the whole answer .* within 0\.05 s\. There is no answer yet"):
        client.get("/slow")
    with pytest.raises(ClientTimeout, match=r"It waits at .*test_client\.py:\d+ in hang\."):
        client.get("/slow")


def test_start_up_hooks_that_hang_are_told(echo_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo_app, "startup", asyncio.Event().wait)
    with pytest.raises(ClientTimeout, match=r"The app's start-up hooks did not end within 0\.05 s"):
        Client(echo_app, timeout=0.05).get("/")


async def test_a_client_inside_async_def_names_the_other_one(echo_app: Any) -> None:
    with pytest.raises(RuntimeError, match=r"Use AsyncClient\(app\) there"):
        Client(echo_app).get("/")


async def test_the_async_client_does_the_same_on_the_loop_of_the_test(pair_app: Any, interface: Interface) -> None:
    loops: list[object] = []

    async def answer(seen: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        return 200, [("set-cookie", "n=1")], seen.body

    app = pair_app(http=answer)
    async with AsyncClient(app, interface=interface) as client:
        responses = await asyncio.gather(client.post("/", body=b"a"), client.post("/", body=b"b"))
        assert [response.text for response in responses] == ["a", "b"]
        assert client.cookies["n"] == "1"
    assert app.log == ["startup", "shutdown"]
    assert set(loops) == {asyncio.get_running_loop()}


async def test_requests_at_the_same_time_start_the_app_once(echo_app: Any) -> None:
    client = AsyncClient(echo_app)
    await asyncio.gather(client.get("/"), client.get("/"))
    assert echo_app.log == ["startup"]
