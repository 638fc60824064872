"""That Granian is always told what it must be (DESIGN, section 4; security, section 6)."""

from __future__ import annotations

import inspect

import pytest
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server as Embedded
from granian.server.mp import MPServer

from demijohn.cli.server.granian import common_arguments
from demijohn.cli.server.options import ServerOptions


@pytest.mark.parametrize("options", [ServerOptions(), ServerOptions(tls_cert="c.pem", tls_key="k.pem", http="2")])
def test_the_limits_are_always_set(options: ServerOptions) -> None:
    arguments = common_arguments(options, Interfaces.RSGI, quiet=True)

    assert arguments["http1_settings"].header_read_timeout == 10_000
    assert arguments["http1_settings"].max_buffer_size == 65_536
    assert arguments["http2_settings"].max_headers_size == 65_536
    assert arguments["backlog"] >= 1024


def test_http_is_never_guessed_without_tls() -> None:
    """With `auto`, Granian 2.8 never closes a connection that sends nothing."""
    assert common_arguments(ServerOptions(), Interfaces.RSGI, quiet=True)["http"] is HTTPModes.http1


@pytest.mark.parametrize("server", [Embedded, MPServer])
def test_both_servers_know_every_argument(server: type) -> None:
    known = set(inspect.signature(server).parameters)

    assert set(common_arguments(ServerOptions(), Interfaces.RSGI, quiet=True)) <= known
