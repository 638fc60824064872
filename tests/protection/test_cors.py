"""Security policy, section 21: no other origin reads an answer unless it is named, and `null` never is."""

from typing import TYPE_CHECKING

import pytest

from demijohn import App, ConfigError, Cors
from demijohn.testing import ClientResponse

from .apps import five_lines, fuller_app

if TYPE_CHECKING:
    from .conftest import Serve

ALLOWED = "https://app.example.com"
STRANGERS = [
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://appXexample.com",
    "https://app.example.com/",
    "https://APP.example.com",
    "https://app.example.com, https://evil.example",
    "null",
    "",
    "*",
]


def cors_app(*origins: str, **options: object) -> App:
    app = App(__name__, cors=Cors(origins or [ALLOWED], **options))  # type: ignore[arg-type]  # named by the tests

    @app.route("/", methods=["GET", "POST"])
    def show() -> str:
        return "public"

    return app


def permissions(response: ClientResponse) -> dict[str, list[str]]:
    """Return the fields that give a permission, each with all its values: two of one are none to a browser."""
    names = [name for name in response.headers if name.startswith("access-control-")]
    return {name: response.headers.getlist(name) for name in names}


def preflight(origin: str, method: str = "POST", headers: str | None = None) -> dict[str, str | None]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
        "access-control-request-private-network": "true",
    }


@pytest.mark.parametrize("make", [five_lines, fuller_app])
def test_without_a_word_nobody_is_allowed_anything(serve: "Serve", make: object) -> None:
    app = five_lines() if make is five_lines else fuller_app()
    client = serve(app)
    for path in ("/hello/you", "/nowhere"):
        for origin in (ALLOWED, "http://testserver", "null"):
            assert permissions(client.get(path, headers={"origin": origin})) == {}
            assert permissions(client.options(path, headers=preflight(origin))) == {}


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize("credentials", [False, True])
def test_a_stranger_is_told_nothing(serve: "Serve", origin: str, credentials: bool) -> None:
    client = serve(cors_app(credentials=credentials))
    for response in (
        client.get("/", headers={"origin": origin}),
        client.get("/nowhere", headers={"origin": origin}),
        client.options("/", headers=preflight(origin)),
    ):
        assert permissions(response) == {}
        assert "origin" in response.headers["vary"]


@pytest.mark.parametrize("credentials", [False, True])
def test_a_named_origin_gets_each_permission_once(serve: "Serve", credentials: bool) -> None:
    client = serve(cors_app(credentials=credentials))
    shown = permissions(client.get("/", headers={"origin": ALLOWED}))
    expected = {"access-control-allow-origin": [ALLOWED]}
    if credentials:
        expected["access-control-allow-credentials"] = ["true"]
    assert shown == expected
    asked = permissions(client.options("/", headers=preflight(ALLOWED, "DELETE", "Content-Type, Authorization")))
    assert {name: asked[name] for name in expected} == expected
    assert len(asked["access-control-allow-methods"]) == len(asked["access-control-allow-headers"]) == 1
    assert "access-control-allow-private-network" not in asked


@pytest.mark.parametrize(
    ("method", "headers"),
    [("TRACE", None), ("post", None), ("POST", "x-evil"), ("POST", "content-type, x-evil"), ("", None)],
)
def test_a_preflight_for_more_than_is_allowed_allows_nothing(serve: "Serve", method: str, headers: str | None) -> None:
    response = serve(cors_app()).options("/", headers=preflight(ALLOWED, method, headers))
    assert permissions(response) == {}


def test_everybody_may_read_what_is_open_to_all_but_nobody_by_name_and_no_sandbox(serve: "Serve") -> None:
    client = serve(cors_app("*"))
    for origin, shown in (("https://evil.example", ["*"]), (ALLOWED, ["*"]), ("null", None)):
        found = permissions(client.get("/", headers={"origin": origin}))
        assert found.get("access-control-allow-origin") == shown
        assert "access-control-allow-credentials" not in found


def test_reading_is_no_leave_to_change(serve: "Serve") -> None:
    client = serve(cors_app("*"))
    response = client.post("/", headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"})
    assert (response.status, response.json()["code"]) == (403, "csrf.cross_site")
    named = serve(cors_app())
    headers = {"origin": ALLOWED, "sec-fetch-site": "cross-site"}
    assert named.post("/", headers=headers).text == "public"
    assert named.post("/", headers={**headers, "origin": "https://evil.example"}).status == 403


@pytest.mark.parametrize(
    ("origins", "credentials"),
    [
        (["*"], True),
        ([ALLOWED, "*"], True),
        (["null"], False),
        (["https://*.example.com"], False),
        (["app.example.com"], False),
        (["https://app.example.com/path"], False),
        (["https://user@app.example.com"], False),
        ([], False),
    ],
)
def test_a_permission_that_is_too_wide_stops_the_start(origins: list[str], credentials: bool) -> None:
    with pytest.raises(ConfigError):
        Cors(origins, credentials=credentials)
