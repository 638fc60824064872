"""What a server process is told, and the command that tells it."""

from __future__ import annotations

import sys

import msgspec
import pytest

from demijohn.cli.server.options import ServerOptions, server_command


def test_the_command_carries_the_options() -> None:
    options = ServerOptions(target="shop:app", port=81, only=("blog",), tls_cert="c.pem", mode="development")

    command = server_command(options)

    assert command[0] == sys.executable
    assert command[-3:-1] == ["-m", "demijohn.cli.server"]
    assert msgspec.json.decode(command[-1], type=ServerOptions) == options


@pytest.mark.parametrize(
    ("options", "address"),
    [
        (ServerOptions(), "http://127.0.0.1:8000"),
        (ServerOptions(host="::1", port=81), "http://[::1]:81"),
        (ServerOptions(tls_cert="c.pem"), "https://127.0.0.1:8000"),
        (ServerOptions(uds="/run/x.sock"), "unix:/run/x.sock"),
    ],
)
def test_the_address_is_written_for_people(options: ServerOptions, address: str) -> None:
    assert options.address == address


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("127.3.2.1", True), ("localhost", True), ("::1", True)]
)
def test_loopback_is_known(host: str, expected: bool) -> None:
    assert ServerOptions(host=host).is_loopback is expected


@pytest.mark.parametrize("options", [ServerOptions(host="0.0.0.0"), ServerOptions(host="::"), ServerOptions(uds="x")])
def test_what_others_reach_is_not_loopback(options: ServerOptions) -> None:
    assert not options.is_loopback


def test_http_is_1_unless_tls_lets_the_client_choose() -> None:
    assert ServerOptions().http_version == "1"
    assert ServerOptions(tls_cert="c.pem").http_version == "auto"
    assert ServerOptions(tls_cert="c.pem", http="2").http_version == "2"
