"""What a server process does before it serves: settings, interface, address, and errors that are for people."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


@pytest.fixture
def tls(tmp_path: Path) -> tuple[str, str, ssl.SSLContext]:
    """Give certificate, key, and a context that trusts them."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", common_name="localhost")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for part in issued.cert_chain_pems:
        part.write_to_path(certificate, append=True)
    key.write_bytes(_pkcs8(issued.private_key_pem.bytes()))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return str(certificate), str(key), context


def _pkcs8(pem: bytes) -> bytes:
    """Granian's TLS reads no key in SEC 1 form."""
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(pem, None)
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def test_bound_to_loopback_it_needs_no_settings(hello: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = hello.start("run", "--port", str(port))

    assert server.get(port, "/hello/ann").endswith(b"Hello, ann!")
    assert b"421" in server.get(port, "/hello/ann", host="evil.example").split(b"\r\n")[0]


def test_bound_to_all_addresses_it_names_the_line_to_add(hello: Project) -> None:
    done = hello.call("run", "--host", "0.0.0.0", "--port", "0")

    assert done.status == 1
    assert "ALLOWED_HOSTS=example.com" in done.errors
    assert "Traceback" not in done.errors


def test_dotenv_is_not_read_in_production(hello: Project) -> None:
    hello.write(".env", "ALLOWED_HOSTS=example.com\n")

    assert hello.call("run", "--host", "0.0.0.0", "--port", "0").status == 1


def test_hosts_from_the_environment_replace_the_loopback_names(hello: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = hello.start("run", "--port", str(port), ALLOWED_HOSTS="example.com")

    assert b"200" in server.get(port, "/hello/ann", host="example.com").split(b"\r\n")[0]
    assert b"421" in server.get(port, "/hello/ann", host="localhost").split(b"\r\n")[0]


def test_a_free_port_is_told(hello: Project) -> None:
    server = hello.start("run", "--port", "0")
    line = server.expect("Serving")

    port = int(line.partition("http://127.0.0.1:")[2].partition(" ")[0])
    assert server.get(port, "/hello/ann").endswith(b"Hello, ann!")


def test_a_taken_port_is_told(hello: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = hello.call("run", "--port", str(taken.getsockname()[1]))

    assert done.status == 1
    assert "listens on port" in done.errors


def test_it_serves_on_a_unix_socket_and_removes_it(hello: Project) -> None:
    path = hello.folder / "app.sock"
    server = hello.start("run", "--uds", str(path), ALLOWED_HOSTS="example.com")
    server.expect("Serving")
    with socket.socket(socket.AF_UNIX) as client:
        while client.connect_ex(str(path)) != 0:
            assert server.wait(0.05) is None, server.rest()
        client.sendall(b"GET /hello/ann HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.endswith(b"Hello, ann!")
    server.terminate()
    assert server.wait() == 0
    assert not path.exists()


def test_it_serves_over_tls(hello: Project, free_port: Callable[[], int], tls: tuple[str, str, ssl.SSLContext]) -> None:
    certificate, key, context = tls
    port = free_port()
    server = hello.start("run", "--port", str(port), "--tls-cert", certificate, "--tls-key", key)
    with context.wrap_socket(server.connect(port), server_hostname="localhost") as client:
        client.sendall(b"GET /hello/ann HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.endswith(b"Hello, ann!")


def test_a_key_of_another_certificate_is_told(hello: Project, tls: tuple[str, str, ssl.SSLContext]) -> None:
    other = hello.folder / "other.pem"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(other)

    done = hello.call("run", "--port", "0", "--tls-cert", tls[0], "--tls-key", str(other))

    assert done.status == 1
    assert "are no pair" in done.errors
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(("wanted", "chosen"), [("auto", "rsgi"), ("asgi", "asgi")])
def test_the_interface_is_told(hello: Project, wanted: str, chosen: str) -> None:
    server = hello.start("run", "--port", "0", "--interface", wanted)

    assert f"over {chosen}," in server.expect("Serving")


def test_an_app_that_streams_is_served_over_asgi(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.sse("/events")
        async def events():
            yield {"a": 1}
        """,
    )
    server = project.start("run", "--port", "0")

    assert "over asgi," in server.expect("Serving")
    warned = project.start("run", "--port", "0", "--interface", "rsgi")
    warned.expect("--interface asgi does")


def test_one_module_can_be_served_alone(project: Project, free_port: Callable[[], int]) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App
        from demijohn.module import Module

        blog = Module("blog")

        @blog.get("/")
        def posts():
            return "posts"

        app = App(__name__)
        app.include(blog, prefix="/blog")

        @app.get("/other")
        def other():
            return "other"
        """,
    )
    port = free_port()
    server = project.start("run", "--port", str(port), "--only", "blog")

    assert server.get(port, "/blog").endswith(b"posts")
    assert b"404" in server.get(port, "/other").split(b"\r\n")[0]
    assert "There is no module 'blgo'" in project.call("run", "--port", "0", "--only", "blgo").errors


def test_the_access_log_cannot_be_written_by_a_client(hello: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = hello.start("run", "--port", str(port), "--access-log")
    server.get(port, "/hello/a%1b[2J%0ab")

    line = server.expect('"GET /hello/')
    assert "\x1b" not in line
    assert line.endswith(" ms")
    assert "\\x1b[2J\\x0ab HTTP/1.1" in line


def test_log_lines_can_be_json(hello: Project) -> None:
    server = hello.start("run", "--port", "0", "--log-form", "json")

    assert server.expect("Serving").startswith('{"time":')


def test_a_mistake_in_the_project_is_one_line_with_its_place(project: Project) -> None:
    project.write("app.py", "from demijohn.app import App\napp = App(__name__)\nprint(undefined)\n")

    done = project.call("run", "--port", "0")

    assert done.status == 1
    assert done.errors.startswith("Error: app.py, line 3: NameError: name 'undefined' is not defined\n")
