"""Define `Client` and `AsyncClient`, which call an app as a browser would, without a socket.

Building a request is in outgoing.py, the server's part in server.py, cookies in cookies.py, the answer in response.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import Any, Generic, Self, TypeVar, Unpack
from urllib.parse import urljoin, urlsplit

from demijohn.datastructures import Headers
from demijohn.testing.cookies import CookieJar
from demijohn.testing.driver import Driver
from demijohn.testing.errors import TooManyRedirects, WebSocketRefused
from demijohn.testing.exchange import Exchange
from demijohn.testing.outgoing import (
    HandshakeOptions,
    Outgoing,
    RequestOptions,
    build_handshake,
    build_request,
    parse_base_url,
)
from demijohn.testing.response import ClientResponse
from demijohn.testing.server import Application, InProcessServer, Interface, Mode
from demijohn.testing.stream import AsyncStreamedResponse, StreamedResponse
from demijohn.testing.websocket import AsyncWebSocketSession, WebSocketSession

__all__ = ["AsyncClient", "Client"]

_MOST_REDIRECTS = 10
_Answer = TypeVar("_Answer")


class _Methods(ABC, Generic[_Answer]):
    """Be what both clients share: how they are made, and one method for each of HTTP's."""

    def __init__(
        self,
        app: Application,
        *,
        browser: bool = True,
        config: Mapping[str, object] | None = None,
        mode: Mode = "test",
        interface: Interface = "rsgi",
        base_url: str = "http://testserver",
        timeout: float = 10.0,
        raise_server_errors: bool = True,
    ) -> None:
        self.timeout = timeout
        self._visitor = _Visitor(
            InProcessServer(
                app,
                config=config,
                mode=mode,
                interface=interface,
                timeout=timeout,
                raise_server_errors=raise_server_errors,
            ),
            base_url,
            browser=browser,
        )

    @property
    def cookies(self) -> CookieJar:
        """Return the cookies that are sent along. Without `browser` none are kept."""
        return self._visitor.cookies

    @abstractmethod
    def request(
        self, method: str, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]
    ) -> _Answer:
        """Send a request and return the whole answer."""

    # The verbs pass their options on as they are: the TypedDict checks them, and eight copies of it would say no more.

    def get(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a GET request."""
        return self.request("GET", url, follow_redirects=follow_redirects, **options)

    def head(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a HEAD request."""
        return self.request("HEAD", url, follow_redirects=follow_redirects, **options)

    def post(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a POST request."""
        return self.request("POST", url, follow_redirects=follow_redirects, **options)

    def put(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a PUT request."""
        return self.request("PUT", url, follow_redirects=follow_redirects, **options)

    def patch(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a PATCH request."""
        return self.request("PATCH", url, follow_redirects=follow_redirects, **options)

    def delete(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send a DELETE request."""
        return self.request("DELETE", url, follow_redirects=follow_redirects, **options)

    def options(self, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]) -> _Answer:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, follow_redirects=follow_redirects, **options)


class Client(_Methods[ClientResponse]):
    """Call an app from a test that is a plain function: `Client(app).get("/").text`.

    With `browser` it sends what a browser on the site itself would (evidence of the same origin, Accept with HTML
    first) and keeps cookies; without, Host and nothing else. `config` are settings that win over all other sources. The
    app is frozen in a private copy; start-up hooks run at the first request or on entering `with`, shut-down hooks on
    `close`. `def` handlers run in the thread of the test.

    As with Flask's TESTING, an exception that no error handler took is raised here, in the test; with
    `raise_server_errors=False` it is the answer 500 that a visitor would see. An answer that no server could send
    raises AssertionError, and one that takes longer than `timeout` seconds `ClientTimeout`.
    """

    @cached_property
    def _driver(self) -> Driver:
        return Driver(self.timeout)

    def __enter__(self) -> Self:
        self._driver.run(self._visitor.server.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Run the shut-down hooks, if start-up ran, and release the event loop."""
        if self._driver.is_closed:
            return
        try:
            self._driver.run(self._visitor.server.stop())
        finally:
            self._driver.close()

    def request(
        self, method: str, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]
    ) -> ClientResponse:
        """Send a request and return the whole answer, or with `follow_redirects` that at the end of the chain.

        Raises:
            ValueError: such a request cannot be sent.
            TooManyRedirects: more than ten redirects, or one to another site.
            ClientTimeout: there was no whole answer in time.
            AssertionError: the app answered as no server could.
        """
        return self._driver.run(self._visitor.request(method, url, options, follow_redirects=follow_redirects))

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> Iterator[StreamedResponse]:
        """Send a request and read the answer while it comes; leaving the block early disconnects.

        Raises:
            As `request` does.
        """
        stream = self._driver.run(self._visitor.open_stream(method, url, options))
        try:
            yield StreamedResponse(stream, self._driver)
        except BaseException:
            self._driver.run(stream.abandon())
            raise
        self._driver.run(stream.disconnect())

    @contextmanager
    def websocket(
        self, url: str, *, subprotocols: Sequence[str] = (), **options: Unpack[HandshakeOptions]
    ) -> Iterator[WebSocketSession]:
        """Open a WebSocket; leaving the block closes it.

        Raises:
            WebSocketRefused: the app answered with an HTTP status.
            ClientTimeout: it did not answer in time.
        """
        session = self._driver.run(self._visitor.open_websocket(url, subprotocols, options))
        try:
            yield WebSocketSession(session, self._driver)
        except BaseException:
            self._driver.run(session.abandon())
            raise
        self._driver.run(session.close())


class AsyncClient(_Methods[Coroutine[Any, Any, ClientResponse]]):
    """Call an app from a test that is an `async def`: `await AsyncClient(app).get("/")`, on the test's own event loop.

    Takes what `Client` takes and does what it does; requests may run side by side with `asyncio.gather`.
    """

    async def __aenter__(self) -> Self:
        await self._visitor.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Run the shut-down hooks, if start-up ran."""
        await self._visitor.server.stop()

    async def request(
        self, method: str, url: str, *, follow_redirects: bool = False, **options: Unpack[RequestOptions]
    ) -> ClientResponse:
        """Send a request and return the whole answer, or with `follow_redirects` that at the end of the chain.

        Raises:
            As `Client.request` does.
        """
        return await self._visitor.request(method, url, options, follow_redirects=follow_redirects)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, **options: Unpack[RequestOptions]
    ) -> AsyncIterator[AsyncStreamedResponse]:
        """Send a request and read the answer while it comes; leaving the block early disconnects.

        Raises:
            As `Client.request` does.
        """
        stream = await self._visitor.open_stream(method, url, options)
        try:
            yield stream
        except BaseException:
            await stream.abandon()
            raise
        await stream.disconnect()

    @asynccontextmanager
    async def websocket(
        self, url: str, *, subprotocols: Sequence[str] = (), **options: Unpack[HandshakeOptions]
    ) -> AsyncIterator[AsyncWebSocketSession]:
        """Open a WebSocket; leaving the block closes it.

        Raises:
            WebSocketRefused: the app answered with an HTTP status.
            ClientTimeout: it did not answer in time.
        """
        session = await self._visitor.open_websocket(url, subprotocols, options)
        try:
            yield session
        except BaseException:
            await session.abandon()
            raise
        await session.close()


class _Visitor:
    """Do what a browser does between the address bar and the wire: cookies and redirects."""

    def __init__(self, server: InProcessServer, base_url: str, *, browser: bool) -> None:
        self.server = server
        self._base = parse_base_url(base_url)
        self._browser = browser
        self.cookies = CookieJar(self._base.host)

    async def request(
        self, method: str, url: str, options: RequestOptions, *, follow_redirects: bool
    ) -> ClientResponse:
        outgoing = build_request(method, url, self._base, options, browser=self._browser)
        response = await self._fetch(outgoing)
        history: list[ClientResponse] = []
        while follow_redirects and response.status in (301, 302, 303, 307, 308) and response.location is not None:
            history.append(response)
            if len(history) > _MOST_REDIRECTS:
                chain = " -> ".join(hop.url for hop in history)
                raise TooManyRedirects(f"More than {_MOST_REDIRECTS} redirects: {chain}.")
            outgoing = outgoing.redirected(response.status, self._own_location(response))
            response = await self._fetch(outgoing)
            response.history = tuple(history)
        return response

    async def open_stream(self, method: str, url: str, options: RequestOptions) -> AsyncStreamedResponse:
        outgoing = build_request(method, url, self._base, options, browser=self._browser)
        exchange = await self.server.open_request(self._with_cookies(outgoing))
        await exchange.wait(lambda: exchange.reply.status > 0, "the beginning of the answer")
        return AsyncStreamedResponse(exchange, self._receive(outgoing, exchange).headers)

    async def open_websocket(
        self, url: str, subprotocols: Sequence[str], options: HandshakeOptions
    ) -> AsyncWebSocketSession:
        outgoing = build_handshake(url, self._base, subprotocols, options, browser=self._browser)
        exchange, link = await self.server.open_websocket(self._with_cookies(outgoing), subprotocols)
        await exchange.wait(lambda: link.is_accepted or exchange.reply.ended, "the answer to the handshake")
        if not link.is_accepted:
            await exchange.finish("the end of the handler, after it had refused the WebSocket,")
            raise WebSocketRefused(self._receive(outgoing, exchange))
        return AsyncWebSocketSession(exchange, link)

    async def _fetch(self, outgoing: Outgoing) -> ClientResponse:
        exchange = await self.server.open_request(self._with_cookies(outgoing))
        await exchange.finish("the whole answer (an endless one is read with client.stream)")
        return self._receive(outgoing, exchange)

    def _with_cookies(self, outgoing: Outgoing) -> Outgoing:
        if not self._browser:
            return outgoing
        base = outgoing.base
        header = self.cookies.header_for(host=base.host, path=outgoing.raw_path, secure=base.scheme == "https")
        return outgoing.with_cookies(header)

    def _receive(self, outgoing: Outgoing, exchange: Exchange) -> ClientResponse:
        reply, base = exchange.reply, outgoing.base
        headers = Headers(reply.headers)
        jar = self.cookies if self._browser else CookieJar(base.host)
        return ClientResponse(
            reply.status,
            headers,
            b"".join(reply.chunks),
            method=outgoing.method,
            url=outgoing.url,
            cookies=jar.receive(
                headers.getlist("set-cookie"), host=base.host, path=outgoing.raw_path, secure=base.scheme == "https"
            ),
        )

    def _own_location(self, response: ClientResponse) -> str:
        target = urljoin(response.url, response.location or "")
        host = urlsplit(target).hostname or ""
        if host != self._base.host and not host.endswith("." + self._base.host):
            raise TooManyRedirects(
                f"{response.url} redirects to {target}, which this app does not serve. Ask without follow_redirects "
                "and look at response.location."
            )
        return target
