"""Check csrf.py: every branch of the algorithm of security.md section 7, the tokens, and the marks of routes."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.errors import ConfigError, DeclarationError, HTTPError
from demijohn.security.csrf import (
    SAFE_METHODS,
    CsrfPolicy,
    CsrfTokens,
    Exempt,
    Verdict,
    decide,
    refuse_without_evidence,
    remedy_for,
    route_csrf,
)
from demijohn.types import Origin

OWN = "https://example.com"
TRUSTED = frozenset({"https://accounts.example.com", "capacitor://localhost"})
HERE = Origin("app.py", 7)


def outcome(
    method: str = "POST",
    site: Sequence[str] = (),
    origin: Sequence[str] = (),
    *,
    own: str = OWN,
    host: str = "example.com",
    tls_known: bool = True,
    websocket: bool = False,
) -> str:
    try:
        verdict = decide(
            method,
            sec_fetch_site=site,
            origin=origin,
            own_origin=own,
            own_host=host,
            tls_known=tls_known,
            trusted_origins=TRUSTED,
            websocket=websocket,
        )
    except HTTPError as error:
        return f"{error.code}" if (error.status, bool(remedy_for(error.code))) == (403, True) else repr(error)
    return verdict.name


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_pass_whatever_the_headers_say(method: str) -> None:
    assert method in SAFE_METHODS
    assert outcome(method, ["cross-site"], ["null"]) == "ALLOW"
    assert outcome(method, ["", ""], ["é"]) == "ALLOW"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE", "get", "PROPFIND"])
def test_every_other_method_is_guarded(method: str) -> None:
    assert outcome(method, ["cross-site"]) == "csrf.cross_site"


@pytest.mark.parametrize(
    ("site", "origin", "expected"),
    [
        # Twice, empty or not ASCII: malformed, whatever else is fine.
        (["same-origin", "same-origin"], [], "csrf.malformed"),
        ([""], [OWN], "csrf.malformed"),
        (["same-orig\xedn"], [OWN], "csrf.malformed"),
        (["same-origin"], [OWN, OWN], "csrf.malformed"),
        (["same-origin"], [""], "csrf.malformed"),
        (["same-origin"], ["https://ex\xe4mple.com"], "csrf.malformed"),
        # Sec-Fetch-Site decides where it is present, the Origin of a request being no matter.
        (["same-origin"], [], "ALLOW"),
        (["Same-Origin"], [], "ALLOW"),
        (["none"], [], "ALLOW"),
        (["same-origin"], ["null"], "ALLOW"),
        (["same-origin"], ["https://rewritten.internal"], "ALLOW"),  # a proxy that rewrites Host
        (["cross-site"], [], "csrf.cross_site"),
        (["cross-site"], [OWN], "csrf.cross_site"),
        (["same-site"], [OWN], "csrf.cross_site"),
        (["same-site"], ["https://other.example.com"], "csrf.cross_site"),
        (["same-origin, same-origin"], [OWN], "csrf.cross_site"),
        (["invented"], [OWN], "csrf.cross_site"),
        (["cross-site"], ["null"], "csrf.cross_site"),
        # A trusted origin may.
        (["cross-site"], ["https://accounts.example.com"], "ALLOW"),
        (["same-site"], ["https://accounts.example.com:443"], "ALLOW"),
        (["cross-site"], ["capacitor://localhost"], "ALLOW"),
        (["cross-site"], ["https://accounts.example.com.evil.example"], "csrf.cross_site"),
        (["cross-site"], ["http://accounts.example.com"], "csrf.cross_site"),
        ([], ["https://accounts.example.com"], "ALLOW"),
        # Origin alone, as from browsers before 2023 and over http.
        ([], [OWN], "ALLOW"),
        ([], ["https://EXAMPLE.com:443"], "ALLOW"),
        ([], ["null"], "csrf.origin"),
        ([], ["https://evil.example"], "csrf.origin"),
        ([], ["http://example.com"], "csrf.origin"),
        ([], ["https://example.com:8443"], "csrf.origin"),
        ([], ["https://example.com/"], "csrf.origin"),
        ([], ["https://example.com@evil.example"], "csrf.origin"),
        ([], ["example.com"], "csrf.origin"),
        ([], [f"{OWN} {OWN}"], "csrf.origin"),
        ([], ["file://"], "csrf.origin"),
        # Neither: no browser, or nothing that it would say.
        ([], [], "NEEDS_EVIDENCE"),
    ],
)
def test_the_algorithm(site: list[str], origin: list[str], expected: str) -> None:
    assert outcome("POST", site, origin) == expected


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("example.com", "https://example.com", "ALLOW"),
        ("example.com", "http://example.com", "ALLOW"),
        ("example.com:443", "https://example.com", "ALLOW"),
        ("example.com:8000", "http://example.com:8000", "ALLOW"),
        ("example.com", "http://example.com:8000", "csrf.origin"),
        ("example.com:443", "http://example.com", "csrf.origin"),
        ("example.com", "https://evil.example", "csrf.origin"),
        ("example.com", "ftp://example.com", "csrf.origin"),
        ("", "https://example.com", "csrf.origin"),
    ],
)
def test_without_knowing_of_tls_host_and_port_must_be_equal(host: str, origin: str, expected: str) -> None:
    assert outcome("POST", [], [origin], own="http://elsewhere", host=host, tls_known=False) == expected


@pytest.mark.parametrize(
    ("site", "origin", "expected"),
    [
        ([], [OWN], "ALLOW"),
        (["same-origin"], [OWN], "ALLOW"),
        ([], ["https://evil.example"], "csrf.origin"),
        (["cross-site"], ["https://evil.example"], "csrf.cross_site"),
        ([], ["https://accounts.example.com"], "ALLOW"),
        ([], [], "NEEDS_EVIDENCE"),
    ],
)
def test_a_websocket_handshake_is_not_safe_though_it_is_a_get(
    site: list[str], origin: list[str], expected: str
) -> None:
    assert outcome("GET", site, origin, websocket=True) == expected


@settings(max_examples=100)
@given(
    st.lists(st.one_of(st.text(max_size=15), st.sampled_from(["same-site", "cross-site"])), max_size=2),
    st.lists(st.text(max_size=30), max_size=2),
)
def test_nothing_but_the_known_words_is_let_in(site: list[str], origin: list[str]) -> None:
    result = outcome("POST", site, origin)
    if result == "ALLOW":
        assert [value.lower() for value in site] in (["same-origin"], ["none"]) or len(origin) == 1
    elif result == "NEEDS_EVIDENCE":
        assert site == origin == []


def test_the_refusal_without_evidence_has_its_code() -> None:
    error = refuse_without_evidence()
    assert (error.status, error.code) == (403, "csrf.no_evidence")
    assert "X-CSRF-Token" in remedy_for(error.code)
    assert remedy_for("note.missing") == ""


class TestTokens:
    tokens = CsrfTokens([b"k" * 32])

    def test_a_token_is_good_for_its_binding_only(self) -> None:
        token = self.tokens.make("session-1")
        assert self.tokens.valid(token, "session-1")
        assert not self.tokens.valid(token, "session-2")
        assert not self.tokens.valid(token, "")

    def test_each_rendering_has_another_token(self) -> None:  # BREACH
        assert len({self.tokens.make("s") for _ in range(20)}) == 20

    def test_all_keys_are_accepted_and_the_first_makes(self) -> None:
        older = CsrfTokens([b"o" * 32])
        both = CsrfTokens([b"k" * 32, b"o" * 32])
        assert both.valid(older.make("s"), "s")
        assert self.tokens.valid(both.make("s"), "s")
        assert not older.valid(both.make("s"), "s")

    def test_a_token_needs_a_binding(self) -> None:
        with pytest.raises(ValueError, match="bound"):
            self.tokens.make("")

    @pytest.mark.parametrize("token", ["", ".", "a.b", "é" * 22 + "." + "é" * 43, "!" * 22 + "." + "A" * 43, "A" * 66])
    def test_whatever_is_no_token_is_refused(self, token: str) -> None:
        assert not self.tokens.valid(token, "s")

    def test_the_published_vector(self) -> None:
        token = "AAECAwQFBgcICQoLDA0ODw.FEh6JmSbjHcBANcR3aAdZ22vYNOjJ3kmP38eFBeas34"
        assert self.tokens.valid(token, "session-1")

    def test_parts_cannot_be_shifted_between_binding_and_salt(self) -> None:
        salt, mac = self.tokens.make("session-1").split(".")
        assert not self.tokens.valid(f"{salt}.{mac}", "session-" + "1" + salt)

    @settings(max_examples=100)
    @given(st.text(max_size=80), st.text(max_size=20))
    def test_no_text_is_a_token(self, token: str, binding: str) -> None:
        assert not self.tokens.valid(token, binding)

    def test_bindings_are_random(self) -> None:
        assert len({CsrfTokens.new_binding() for _ in range(20)}) == 20


class TestMarks:
    def test_a_route_is_guarded_by_itself(self) -> None:
        assert route_csrf(True, None, HERE) == route_csrf("auto", None, HERE) == "auto"
        assert route_csrf("always", None, HERE) == "always"

    def test_an_exemption_needs_a_reason_and_is_listed(self) -> None:
        exempt = route_csrf(False, "signed by the payment provider", HERE)
        assert isinstance(exempt, Exempt)
        (out,) = exempt.opt_outs()
        assert (out.code, out.reason, out.origin, out.grave) == (
            "csrf.exempt",
            "signed by the payment provider",
            HERE,
            False,
        )

    @pytest.mark.parametrize(
        ("csrf", "reason"),
        [(False, None), (False, ""), (False, "  "), (True, "why"), ("always", "why"), ("never", None)],
    )
    def test_a_wrong_declaration_says_where_and_what_to_write(self, csrf: bool, reason: str | None) -> None:
        with pytest.raises(DeclarationError) as caught:
            route_csrf(csrf, reason, HERE)
        assert str(caught.value).startswith("app.py:7")
        assert caught.value.problems[0].remedy

    def test_trusted_origins_are_checked_and_listed(self) -> None:
        policy = CsrfPolicy(["https://B.example:443", "https://a.example"])
        assert policy.enabled
        assert policy.trusted_origins == {"https://a.example", "https://b.example"}
        assert [out.code for out in policy.opt_outs()] == ["csrf.trusted", "csrf.trusted"]
        with pytest.raises(ConfigError, match="TRUSTED_ORIGINS"):
            CsrfPolicy(["https://*.example"])

    def test_disabling_it_all_is_grave(self) -> None:
        policy = CsrfPolicy(disabled=True)
        assert not policy.enabled
        assert [(out.code, out.grave) for out in policy.opt_outs()] == [("csrf.disabled", True)]


def test_a_verdict_is_one_of_two() -> None:
    assert {verdict.name for verdict in Verdict} == {"ALLOW", "NEEDS_EVIDENCE"}
