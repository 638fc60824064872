"""Security policy, section 11: a redirect stays on this site, whatever a visitor wrote into it."""

import re
from typing import TYPE_CHECKING

import pytest

from demijohn import App, Request, redirect, redirect_external, safe_next

from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve

# What browsers, or some of them, read as another site or as a script.
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nset-cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    " https://evil.example",
    "https://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "http://testserver.evil.example/",
    "http://testserver@evil.example/",
    "http://evil.example\\@testserver/",
    "http://evil.example#@testserver/",
    "http://testserver:pass@testserver/",
    "http://testserver:81/",
    "https://testserver/",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:testserver",
    "ftp://testserver/",
    "ws://testserver/",
    "javascript:alert(1)",
    "JavaScript://testserver/%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:http://testserver/x",
    "http://[::1",
    "http://testserver:x/",
    "http://test\u0130server/",
    "http://\u212aelvin.example/",
    "evil.example/path",
    "?next=x",
    "#x",
    "/" + "a" * 2048,
    "/x\0y",
    "/x\x7fy",
    "/\x85/evil.example",
]

OWN = {
    "/": "/",
    "/notes": "/notes",
    "/notes?a=b&c=%20#top": "/notes?a=b&c=%20#top",
    "/a//b": "/a//b",
    "/@evil.example": "/@evil.example",
    "/caf\u00e9 \u2028": "/caf%C3%A9%20%E2%80%A8",
    "/%2F/evil.example": "/%2F/evil.example",
    "http://testserver": "http://testserver",
    "http://testserver/x": "http://testserver/x",
    "HTTP://TESTSERVER:80/x": "http://testserver/x",
    "http://testserver./x": "http://testserver/x",
}


def redirecting_app() -> App:
    app = App(__name__)

    @app.get("/go")
    def go(to: str) -> object:
        return redirect(to)

    @app.post("/go")
    def go_on(request: Request) -> object:
        return redirect(request.form["to"])

    @app.route("/next", methods=["GET", "POST"])
    def go_next() -> object:
        return redirect(safe_next("/default"))

    @app.get("/out")
    def out(to: str) -> object:
        return redirect_external(to)

    @app.get("/slash/")
    def slash() -> str:
        return "x"

    @app.get("/tree/<path:rest>/")
    def tree(rest: str) -> str:
        return rest

    return app


def test_a_redirect_elsewhere_is_refused_and_not_repeated(serve: "Serve") -> None:
    client = serve(redirecting_app())
    for target in ELSEWHERE:
        for response in (client.get("/go", query={"to": target}), client.post("/go", form={"to": target})):
            assert "location" not in response.headers, target
            assert "evil" not in response.text
            if "\0" in target:  # refused as no text before anybody saw it
                assert refusal(response)[0] == 400
            else:
                assert refusal(response) == (400, "redirect.unsafe"), target


def test_the_wish_to_go_elsewhere_is_dropped(serve: "Serve") -> None:
    client = serve(redirecting_app())
    for target in ELSEWHERE:
        for response in (client.get("/next", query={"next": target}), client.post("/next", form={"next": target})):
            assert response.location == (None if "\0" in target else "/default"), target


def test_a_redirect_within_the_site_is_made_safe_to_send(serve: "Serve") -> None:
    client = serve(redirecting_app())
    for target, location in OWN.items():
        assert client.get("/go", query={"to": target}).location == location
        assert client.get("/next", query={"next": target}).location == location
        after_post = client.post("/go", form={"to": target})
        assert (after_post.status, after_post.location, after_post.body) == (303, location, b"")


def test_the_own_origin_is_that_of_the_request_and_of_site_url(serve: "Serve") -> None:
    client = serve(redirecting_app(), config={"site_url": "https://example.com", "allowed_hosts": ["b.example"]})
    for host, target, status in [
        ("example.com", "https://example.com/x", 302),
        ("example.com", "http://example.com/x", 302),
        ("b.example", "http://b.example/x", 302),
        ("b.example", "https://example.com/x", 302),
        ("example.com", "http://b.example/x", 400),
        ("b.example", "https://b.example/x", 400),
    ]:
        assert client.get("/go", query={"to": target}, headers={"host": host}).status == status


def test_an_outward_redirect_has_a_name_of_its_own_and_goes_to_web_sites_only(serve: "Serve") -> None:
    client = serve(redirecting_app())
    assert (
        client.get("/out", query={"to": "https://evil.example/caf\u00e9"}).location == "https://evil.example/caf%C3%A9"
    )
    for target in ("javascript:alert(1)", "//evil.example", "/local", "https://a@b.example/", "data:x", "https://"):
        assert refusal(client.get("/out", query={"to": target})) == (400, "redirect.unsafe")


@pytest.mark.parametrize(
    "path", ["//evil.example/slash", "/slash//", "//slash", "/\\evil.example", "/slash/..", "/.//slash"]
)
def test_no_other_spelling_of_a_path_leads_to_another_host(serve: "Serve", path: str) -> None:
    response = serve(redirecting_app()).get(path)
    assert (response.status, response.location) == (404, None)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/slash", "/slash/"),
        ("/slash?a=b&c=%0d%0a", "/slash/?a=b&c=%0d%0a"),
        ("/slash?to=//evil.example", "/slash/?to=//evil.example"),
        ("/tree/caf%C3%A9%20x", "/tree/caf%C3%A9%20x/"),
        ("/tree/a%0d%0ab", None),
        ("/tree/a%3Fb%23c", "/tree/a%3Fb%23c/"),
        ("/tree/@evil.example", "/tree/@evil.example/"),
    ],
)
def test_a_missing_slash_is_added_in_one_line(serve: "Serve", path: str, location: str | None) -> None:
    response = serve(redirecting_app()).get(path)
    assert (response.status, response.location) == (308 if location else 404, location)
    assert response.status == 404 or response.body == b""


def test_no_location_of_any_target_could_be_read_as_another_host(serve: "Serve") -> None:
    client = serve(redirecting_app())
    for target in [*ELSEWHERE, *OWN]:
        location = client.get("/next", query={"next": target}).location or "/"
        assert re.fullmatch(r"/([!-.0-\[\]-~][!-~]*)?|http://testserver(/[!-~]*)?", location), target
