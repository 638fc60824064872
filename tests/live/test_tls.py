"""Over TLS, as `demijohn run` serves it: HTTP/2 where the client can, secure cookies, and the same end."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tests.live.clients import Stream2, head, pseudo
from tests.live.setups import RUN, Live
from tests.servers import raw

if TYPE_CHECKING:
    from tests.live.conftest import Start


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=["rsgi", "asgi"])
def live(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path, start: Start) -> Live:
    """`demijohn run` with a certificate."""
    issued = authority.issue_cert("localhost")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    private = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(*form))
    options = ("--interface", request.param, "--tls-cert", str(certificate), "--tls-key", str(key))
    return start(request.param, *options, command=RUN)


def context(authority: trustme.CA, protocol: str) -> ssl.SSLContext:
    made = ssl.create_default_context()
    authority.configure_trust(made)
    made.set_alpn_protocols([protocol])
    return made


def ask(live: Live, authority: trustme.CA, version: str, path: str, method: str = "GET") -> raw.Answer:
    if version == "2":
        with Stream2(live.server.address, tls=context(authority, "h2")) as second:
            return second.receive(second.request(pseudo(method, path)))
    with raw.Http1(live.server.address, tls=context(authority, "http/1.1")) as first:
        first.send(head(f"{method} {path}"))
        return first.receive(bodiless=method == "HEAD")


def test_a_request_over_tls_is_known_as_secure(live: Live, authority: trustme.CA) -> None:
    for version in ("1.1", "2"):
        answer = ask(live, authority, version, "/mirror")
        seen = json.loads(answer.body)
        assert (seen["scheme"], seen["version"], seen["host"]) == ("https", version, "localhost")
        assert answer.values("strict-transport-security")
        (cookie,) = ask(live, authority, version, "/count").values("set-cookie")
        assert cookie.startswith("__Host-dj_session=")
        assert "Secure" in cookie
        assert ask(live, authority, version, "/json", "HEAD").body == b""
    live.server.terminate()
    assert live.server.wait(15) == 0


def test_streams_over_http2_end_well_when_the_server_stops(live: Live, authority: trustme.CA) -> None:
    with Stream2(live.server.address, tls=context(authority, "h2")) as second:
        events = second.request(pseudo("GET", "/events/hold/tls"))
        assert live.server.event("open tls")
        lingering = second.request(pseudo("GET", "/linger"))
        assert live.server.event("lingers")
        live.server.terminate()
        assert second.receive(events).body == b"data: open\n\n"
        assert second.receive(lingering).body == b"lingered"
    assert live.server.wait(15) == 0
