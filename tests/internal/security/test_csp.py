"""Check csp.py: what the policy says, and that nothing can be written into it that breaks it."""

from pathlib import Path

import pytest

from demijohn.errors import DeclarationError
from demijohn.security.csp import Allowance, ContentSecurityPolicy

PAGE = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def directives(text: str) -> dict[str, str]:
    return dict(part.partition(" ")[::2] for part in text.split("; "))


def test_the_default_policies_are_those_of_the_design() -> None:
    policy = ContentSecurityPolicy()
    assert policy.render("html") == PAGE
    assert policy.render("data") == policy.render("static") == "default-src 'none'; frame-ancestors 'none'"
    assert policy.render("upload") == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert policy.opt_outs() == []


def test_a_nonce_is_for_scripts_and_styles_of_pages_only() -> None:
    policy = ContentSecurityPolicy()
    page = directives(policy.render("html", "N0nce"))
    assert page["script-src"] == "'self' 'nonce-N0nce'"
    assert page["style-src"] == "'self' 'nonce-N0nce'"
    assert sum("nonce" in sources for sources in page.values()) == 2
    assert "nonce" not in policy.render("data", "N0nce")


def test_what_is_allowed_is_added_and_listed() -> None:
    policy = ContentSecurityPolicy()
    policy.allow("img-src", "https://tiles.example", "*.cdn.example", reason="map")
    policy.allow("object-src", "'self'", reason="old player")
    policy.allow("frame-src", "https://video.example:*", reason="videos")
    policy.allow("img-src", "https://tiles.example", reason="again")
    page = directives(policy.render("html"))
    assert page["img-src"] == "'self' data: blob: https://tiles.example *.cdn.example"
    assert page["object-src"] == "'self'"  # 'none' beside a source would be a contradiction
    assert page["frame-src"] == "'self' https://video.example:*"  # as default-src said before
    assert policy.render("data") == ContentSecurityPolicy().render("data")
    first = policy.opt_outs()[0]
    assert (first.code, first.detail, first.reason) == (
        "csp.allow",
        "img-src https://tiles.example *.cdn.example",
        "map",
    )
    assert first.origin is not None
    assert Path(first.origin.file) == Path(__file__)
    assert len(policy.opt_outs()) == 4


def test_unsafe_inline_leaves_no_nonce_that_would_switch_it_off() -> None:
    policy = ContentSecurityPolicy()
    policy.allow("style-src", "'unsafe-inline'", reason="legacy editor")
    page = directives(policy.render("html", "N"))
    assert page["style-src"] == "'self' 'unsafe-inline'"
    assert page["script-src"] == "'self' 'nonce-N'"


def test_strict_drops_style_attributes_and_asks_for_trusted_types() -> None:
    page = directives(ContentSecurityPolicy(mode="strict").render("html"))
    assert "style-src-attr" not in page
    assert page["require-trusted-types-for"] == "'script'"
    policy = ContentSecurityPolicy(mode="strict")
    policy.allow("style-src-attr", "'unsafe-inline'", reason="charts")
    assert "'unsafe-inline'" in directives(policy.render("html"))["style-src-attr"]


def test_report_only_changes_the_header_of_pages_and_is_listed() -> None:
    policy = ContentSecurityPolicy(report_only=True, report_to="https://reports.example/csp")
    assert policy.header_name == "content-security-policy-report-only"
    assert policy.render("html") == PAGE + "; report-uri https://reports.example/csp; report-to csp"
    assert ContentSecurityPolicy(report_to="/csp").render("html") == PAGE + "; report-uri /csp"
    assert [out.code for out in policy.opt_outs()] == ["csp.report_only"]


@pytest.mark.parametrize("address", ["http://a/x", "javascript:x", "/a b", "/a;b", "/a,b", 'https://a"', "", "/a\r\nb"])
def test_reports_go_to_a_plain_address_only(address: str) -> None:
    with pytest.raises(DeclarationError, match="reports"):
        ContentSecurityPolicy(report_to=address)


@pytest.mark.parametrize(
    "source",
    [
        "'self'", "'unsafe-eval'", "'wasm-unsafe-eval'", "https:", "data:", "*", "example.com", "*.example.com",
        "https://example.com", "wss://example.com:8443", "https://example.com/path/a.js", "localhost:*",
        "'sha256-" + "A" * 43 + "='",
    ],
)  # fmt: skip
def test_sources_of_every_kind_are_taken(source: str) -> None:
    policy = ContentSecurityPolicy()
    policy.allow("script-src", source, reason="why")
    assert directives(policy.render("html"))["script-src"].endswith(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("self", "quotes"),
        ("unsafe-inline", "quotes"),
        ("'self", "quotes"),
        ("'nonce-abc'", "fixed nonce"),
        ("'none'", "not a source"),
        ("'sha256-short'", "not a source"),
        ("https://a; script-src *", "not a source"),
        ("https://a, *", "not a source"),
        ("https://a\r\nx: y", "not a source"),
        ("https://a b", "not a source"),
        ("https://a\n", "not a source"),
        ("", "not a source"),
        ("https://a/;x", "not a source"),
        ("https://ä", "not a source"),
        ("ex*mple.com", "not a source"),
    ],
)
def test_what_is_no_source_stops_the_start(source: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        ContentSecurityPolicy().allow("script-src", source, reason="why")


def test_directive_source_and_reason_are_needed_and_missed_together() -> None:
    with pytest.raises(DeclarationError) as caught:
        ContentSecurityPolicy().allow("scriptsrc", reason=" ")
    assert len(caught.value.problems) == 3
    assert "Did you mean 'script-src'?" in str(caught.value)
    with pytest.raises(DeclarationError, match="It is one of base-uri"):
        Allowance.checked("sandbox", ["x"], "why")


def test_after_the_freeze_nothing_can_be_allowed() -> None:
    policy = ContentSecurityPolicy()
    policy.freeze()
    with pytest.raises(DeclarationError, match="frozen"):
        policy.allow("img-src", "https:", reason="late")


def test_a_view_extends_a_copy() -> None:
    policy = ContentSecurityPolicy(mode="strict", report_to="/csp")
    extended = policy.extended([Allowance.checked("frame-ancestors", ["https://a.example"], "embeddable")])
    assert extended.is_framed
    assert not policy.is_framed
    assert extended.render("data") == "default-src 'none'; frame-ancestors https://a.example"
    assert extended.mode == "strict"
    assert extended.report_to == "/csp"
