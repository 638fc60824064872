"""Read a request's body within its limits of size and time, before the handler runs. Parsing it is http/'s matter.

No server here bounds the size of a body or the patience with a slow one (docs/server-behaviour.md), so this does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from demijohn.errors import HTTPError
from demijohn.http.form_limits import FormLimits
from demijohn.http.request import Request
from demijohn.pipeline.threads import WorkerPool
from demijohn.security.limits import Limits

__all__ = ["BodyInterrupted", "BodyReader"]

_CLOSE = {"connection": "close"}
_PIECE = 256 * 1024
# Each HTTP chunk costs 60 microseconds, however small: 8 MB of two-byte chunks kept a worker busy for 75 seconds. So
# beyond this many they must be of some size on average. A network packet is larger, and so is what any library sends.
_FREE_PIECES = 4000
_LEAST_PIECE = 256


class BodyInterrupted(RuntimeError):
    """Say that the body broke off: the client left or sent broken chunks. Granian's own is a RuntimeError, too."""


class BodyReader:
    """Read the bodies for one route.

    `takes_files` lets a multipart body go to disk as it arrives; without it file parts are refused.
    """

    __slots__ = ("_form_limits", "_limit", "_pool", "_rate", "_start", "_takes_files", "_time", "_upload_limit")

    def __init__(self, limits: Limits, *, takes_files: bool, pool: WorkerPool) -> None:
        self._limit = limits.body
        self._upload_limit = limits.upload if takes_files else limits.body
        self._start = limits.body_start
        self._rate = limits.body_rate
        self._time = limits.body_time
        self._takes_files = takes_files
        self._pool = pool
        self._form_limits = FormLimits(
            fields=limits.form_fields,
            files=limits.form_files,
            field_size=limits.form_field,
            name_size=limits.form_name,
            total=self._upload_limit,
            spool=limits.form_spool,
            file_parts=takes_files,
        )

    def announce(self, request: Request) -> None:
        """Refuse what is announced and cannot be taken, before a byte of it is asked for.

        Raises:
            HTTPError: 413 for a Content-Length over the limit, 400 for what is none, 415 for a compressed body.
        """
        length, limit = request.content_length, self._limit_for(request)
        if length is not None and length > limit:
            raise _too_large(limit)
        if request.fields_by_name.get("content-encoding", "identity").strip().lower() != "identity":
            raise HTTPError(
                415, "Compressed bodies are not taken. Send it plain.", code="body.encoding", headers=_CLOSE
            )

    async def read(self, request: Request) -> None:
        """Read the body to its end and keep it on the request.

        Raises:
            HTTPError: 413 too large, 408 too slow, 400 cut off, in crumbs, or a malformed form.
        """
        request.form_limits = self._form_limits
        if self._is_upload(request):
            await self._read_form(request)
            return
        chunks = [chunk async for chunk in self.chunks(request)]
        request.keep_body(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    async def _read_form(self, request: Request) -> None:
        from demijohn.http.multipart import FormParser  # most services never see a form

        parser = FormParser(request.fields_by_name["content-type"], self._form_limits)
        try:
            async for chunk in _gathered(self.chunks(request)):
                await self._pool.run(partial(parser.feed, chunk))  # it may write to disk
            request.keep_form(*parser.finish())
        except BaseException:
            parser.abort()
            raise

    def chunks(self, request: Request) -> AsyncIterator[bytes]:
        """Return an iterator over the body as it comes, which counts bytes and watches the clock.

        Raises:
            HTTPError: as for `read`.
        """
        length = request.content_length
        if "transfer-encoding" in request.fields_by_name:  # it counts where both came (RFC 9112, 6.3); h11 shows both
            length = None
        if length == 0:  # over ASGI a disconnect is looked for only once the body that was asked for has ended
            return _nothing()
        return self._counted(request.incoming(), length, self._limit_for(request))

    def _is_upload(self, request: Request) -> bool:
        return self._takes_files and request.content_type == "multipart/form-data"

    def _limit_for(self, request: Request) -> int:
        """Return what the body may have: more than others only where it goes to disk as it arrives."""
        return self._upload_limit if self._is_upload(request) else self._limit

    async def _counted(self, body: AsyncIterator[bytes], length: int | None, limit: int) -> AsyncIterator[bytes]:
        received, pieces, waited, clock = 0, 0, 0.0, asyncio.get_running_loop().time
        while received != length:  # to ask for what comes after the last byte costs a time-out and tells nothing
            # 10 seconds to begin, then an average of 500 bytes a second, and an end for everything. Only waiting for
            # the client counts: a handler that takes its time between two chunks is no fault of the client's.
            asked = clock()
            try:
                async with asyncio.timeout_at(asked + min(self._start + received / self._rate, self._time) - waited):
                    chunk = await anext(body)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise HTTPError(408, "The body came too slowly.", code="body.too_slow", headers=_CLOSE) from None
            except RuntimeError:
                raise HTTPError(400, "The body broke off.", code="body.incomplete", headers=_CLOSE) from None
            received += len(chunk)
            pieces += 1
            waited += clock() - asked
            if received > limit:
                raise _too_large(limit)
            if pieces > _FREE_PIECES and received < pieces * _LEAST_PIECE:
                raise HTTPError(400, "The body comes in crumbs.", code="body.fragmented", headers=_CLOSE)
            if chunk:
                yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks into pieces of some size, so that a large upload does not hop to a worker for each of them."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield b"".join(waiting)


def _too_large(limit: int) -> HTTPError:
    size = f"{limit / 1024 / 1024:.3g} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
    return HTTPError(413, f"The body is larger than {size}.", code="body.too_large", headers=_CLOSE)
