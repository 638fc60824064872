"""Check headers.py: the exact fields of security.md section 9, for each kind of answer."""

from pathlib import Path

import pytest

from demijohn.errors import ConfigError, DeclarationError, InvalidHeader
from demijohn.marks import marks_of
from demijohn.security.csp import ContentSecurityPolicy, ResponseKind
from demijohn.security.headers import SecurityHeaders, csp, embeddable

ALL = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


def plain(*, https_hsts: bool = False) -> SecurityHeaders:
    return SecurityHeaders(ContentSecurityPolicy(), https_hsts=https_hsts)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("data", {**ALL, "content-security-policy": NOTHING}),
        ("static", {**ALL, "content-security-policy": NOTHING, "cross-origin-resource-policy": "cross-origin"}),
        ("upload", {**ALL, "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}),
        (
            "html",
            {
                **ALL,
                "content-security-policy": ContentSecurityPolicy().render("html"),
                "cross-origin-opener-policy": "same-origin",
            },
        ),
    ],
)
def test_each_kind_of_answer_has_its_fields(kind: ResponseKind, expected: dict[str, str]) -> None:
    fields = plain().for_response(kind, secure=True)
    assert dict(fields) == expected
    assert len(fields) == len(expected)


def test_hsts_is_for_answers_over_tls_in_production() -> None:
    headers = plain(https_hsts=True)
    assert dict(headers.for_response("data", secure=True))["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in dict(headers.for_response("data", secure=False))
    assert "strict-transport-security" not in dict(plain().for_response("data", secure=True))


def test_without_a_nonce_it_is_the_same_list_each_time() -> None:
    headers = plain(https_hsts=True)
    for secure in (True, False):
        assert headers.for_response("html", secure) is headers.for_response("html", secure)
    assert headers.for_response("data", True, "N") is headers.for_response("data", True)


def test_a_nonce_changes_the_policy_and_nothing_else() -> None:
    headers = plain()
    with_nonce = headers.for_response("html", True, "N0nce")
    without = headers.for_response("html", True)
    changed = [field for field in with_nonce if field not in without]
    assert changed == [("content-security-policy", ContentSecurityPolicy().render("html", "N0nce"))]
    assert [name for name, _ in with_nonce] == [name for name, _ in without]
    assert "nonce" not in str(without)


def test_report_only_and_reports_have_their_fields() -> None:
    policy = ContentSecurityPolicy(report_only=True, report_to="https://reports.example/csp")
    headers = SecurityHeaders(policy, https_hsts=False)
    page = dict(headers.for_response("html", True, "N"))
    assert "'nonce-N'" in page["content-security-policy-report-only"]
    assert "content-security-policy" not in page
    assert page["reporting-endpoints"] == 'csp="https://reports.example/csp"'
    assert dict(headers.for_response("data", True))["content-security-policy"] == NOTHING


def test_overrides_replace_add_and_remove_and_removals_are_listed() -> None:
    overrides = {
        "Referrer-Policy": "no-referrer-when-downgrade",
        "Permissions-Policy": "camera=()",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        "Strict-Transport-Security": "max-age=63072000; preload",
        "X-Frame-Options": None,
    }
    headers = SecurityHeaders(ContentSecurityPolicy(), https_hsts=True, overrides=overrides)
    page = dict(headers.for_response("html", secure=True))
    assert page["referrer-policy"] == "no-referrer-when-downgrade"
    assert page["permissions-policy"] == "camera=()"
    assert page["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert page["strict-transport-security"] == "max-age=63072000; preload"
    assert "x-frame-options" not in page
    data = dict(headers.for_response("data", secure=False))
    assert "cross-origin-opener-policy" not in data
    assert "strict-transport-security" not in data
    assert [(out.code, out.detail) for out in headers.opt_outs()] == [("headers.removed", "x-frame-options")]


def test_the_policy_can_be_removed_but_not_replaced() -> None:
    headers = SecurityHeaders(ContentSecurityPolicy(), https_hsts=False, overrides={"Content-Security-Policy": None})
    assert "content-security-policy" not in dict(headers.for_response("html", True, "N"))
    with pytest.raises(ConfigError, match=r"app\.csp\.allow"):
        SecurityHeaders(ContentSecurityPolicy(), https_hsts=False, overrides={"Content-Security-Policy": "x"})


@pytest.mark.parametrize(("name", "value"), [("X-A", "a\r\nset-cookie: b"), ("X A", "b"), ("X-A", "é")])
def test_an_override_that_breaks_its_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidHeader):
        SecurityHeaders(ContentSecurityPolicy(), https_hsts=False, overrides={name: value})


def test_building_the_headers_ends_declaring() -> None:
    policy = ContentSecurityPolicy()
    SecurityHeaders(policy, https_hsts=False)
    with pytest.raises(DeclarationError):
        policy.allow("img-src", "https:", reason="late")


@csp("script-src", "'unsafe-eval'", reason="hx-on")
@csp("img-src", "https://tiles.example", reason="map")
def board() -> None: ...


@embeddable(["https://partner.example", "'self'"])
def widget() -> None: ...


def test_a_view_with_marks_has_headers_of_its_own() -> None:
    app = plain(https_hsts=True)
    page = dict(app.for_route(marks_of(board)).for_response("html", True, "N"))["content-security-policy"]
    assert "script-src 'self' 'unsafe-eval' 'nonce-N'" in page
    assert "https://tiles.example" in page
    assert "unsafe-eval" not in str(app.for_response("html", True, "N"))
    assert app.for_route(marks_of(plain)) is app


def test_an_embeddable_view_may_be_framed_by_both_headers() -> None:
    fields = dict(plain(https_hsts=True).for_route(marks_of(widget)).for_response("html", True))
    assert fields["content-security-policy"].endswith("frame-ancestors https://partner.example 'self'")
    assert "x-frame-options" not in fields
    assert fields["strict-transport-security"]


def test_marks_list_themselves_with_their_place() -> None:
    for view, code in ((board, "csp.allow"), (widget, "csp.allow")):
        for mark in marks_of(view):
            (out,) = mark.value.opt_outs()  # type: ignore[attr-defined]  # the value of a mark is any object
            assert out.code == code
            assert Path(out.origin.file) == Path(__file__)


def test_wrong_marks_stop_the_start() -> None:
    with pytest.raises(DeclarationError, match="quotes"):
        csp("script-src", "unsafe-eval", reason="x")
    with pytest.raises(DeclarationError, match="no reason"):
        csp("script-src", "https:", reason="")
    with pytest.raises(DeclarationError, match="no source"):
        embeddable([])
