"""Serve over RSGI, Granian's own interface and the fastest one here. The same over ASGI is in asgi.py.

What this guards against (found by running it, see docs/server-behaviour.md): a header field with a non-ASCII byte is
missing from `items()`; over HTTP/2 the host is only in `authority` and cookies come as several fields. Streams, files,
mounted sites and WebSockets are in rsgi_long.py, which loads with the first of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from demijohn.gateway.fields import unreadable_field
from demijohn.gateway.rsgi_body import RSGIRequest
from demijohn.gateway.rsgi_protocol import RSGIHTTPProtocol, RSGIScope, RSGISocketProtocol
from demijohn.http.response import Response
from demijohn.lazy import lazy
from demijohn.pipeline.pipeline import Pipeline
from demijohn.pipeline.watch import ClientGone

if TYPE_CHECKING:
    from demijohn.gateway.rsgi_long import LongAnswers

__all__ = ["RSGIGateway"]


class RSGIGateway:
    """Be what Granian calls for each request of one frozen app."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._admit = pipeline.admit

    async def __call__(self, scope: RSGIScope, protocol: RSGIHTTPProtocol) -> None:
        """Answer one request, or hold one WebSocket conversation."""
        if scope.proto != "http":
            await self._long.converse(scope, cast(RSGISocketProtocol, protocol))
            return
        headers = scope.headers
        fields = headers.items()
        by_name = dict(fields)
        request = RSGIRequest(scope, fields, by_name, protocol, protocol.response_bytes)
        try:
            # A field that cannot be read is in keys() alone. What is there and unreadable is an error, never "absent".
            if len(headers.keys()) != len(by_name):
                raise unreadable_field()
            endpoint = self._admit(request, scope.authority)
            response = await endpoint.respond(request)
            if response is None:  # a worker has sent it
                pass
            elif response.is_long:
                await self._long.send(request, response, protocol)
            else:
                request.answer(response.status, response.fields or [], response.body)
        except ClientGone:
            pass
        except asyncio.CancelledError:  # the server stops and waits no longer
            self._refuse(request, self._pipeline.refuse_at_stop(request))
            raise
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            self._refuse(request, self._pipeline.refuse(error, request))
        if request.holds_files:
            request.close()

    @staticmethod
    def _refuse(request: RSGIRequest, refusal: Response) -> None:
        if request.method == "HEAD":  # it may have been refused before intake saw the method
            request.withhold_body()
        request.answer(refusal.status, refusal.fields or [], refusal.body)

    @lazy
    def _long(self) -> LongAnswers:
        from demijohn.gateway.rsgi_long import LongAnswers  # a service of plain answers never needs it

        return LongAnswers(self._pipeline)
