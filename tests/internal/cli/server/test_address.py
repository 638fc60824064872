"""Taking the address to listen on, and what is said where it cannot be had."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from demijohn.cli.errors import CommandError
from demijohn.cli.server.address import listening_socket, reserve_address
from demijohn.cli.server.options import ServerOptions


def test_port_zero_becomes_a_free_one() -> None:
    reserved = reserve_address(ServerOptions(port=0))

    assert reserved.port > 0
    listening_socket("127.0.0.1", reserved.port).close()


def test_a_port_that_is_taken_is_told_with_the_next_one() -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as caught:
            reserve_address(ServerOptions(port=port))

    assert f"port {port} already" in caught.value.message
    assert f"--port {port + 1}" in caught.value.remedy


def test_a_port_that_is_shared_out_is_taken_all_the_same() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CommandError, match="already"):
            reserve_address(ServerOptions(port=other.getsockname()[1]))


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "2001:db8::1"])
def test_a_foreign_address_is_refused(host: str) -> None:
    with pytest.raises(CommandError, match=r"127\.0\.0\.1 for this machine") as caught:
        reserve_address(ServerOptions(host=host))
    assert caught.value.status == 2


def test_an_inherited_socket_is_not_looked_at() -> None:
    options = ServerOptions(port=1, socket=3)

    assert reserve_address(options) is options


def test_the_file_of_a_dead_server_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    reserve_address(ServerOptions(uds=str(path)))

    assert not path.exists()


def test_the_socket_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()
        with pytest.raises(CommandError, match="A server listens"):
            reserve_address(ServerOptions(uds=str(path)))

    assert path.exists()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    path.write_text("notes")

    with pytest.raises(CommandError, match="is no socket"):
        reserve_address(ServerOptions(uds=str(path)))
    with pytest.raises(CommandError, match="There is no folder"):
        reserve_address(ServerOptions(uds=os.path.join(tmp_path, "nowhere", "app.sock")))
    assert path.read_text() == "notes"
