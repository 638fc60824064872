from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from demijohn.errors import HTTPError
from demijohn.http import multipart
from demijohn.http.request import Request
from demijohn.pipeline.bodies import BodyInterrupted, BodyReader
from demijohn.pipeline.threads import WorkerPool
from demijohn.security.limits import Limits

if TYPE_CHECKING:
    from tests.internal.pipeline.conftest import FakeTransport, MakeRequest

FORM = ("content-type", "multipart/form-data; boundary=x")
FILE = (
    b'--x\r\ncontent-disposition: form-data; name="doc"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n'
    b"hello\r\n--x--\r\n"
)


def reader(limits: Limits | None = None, *, takes_files: bool = False, pool: WorkerPool | None = None) -> BodyReader:
    inline = WorkerPool(1, 0)
    inline.inline = True
    return BodyReader(limits or Limits(), takes_files=takes_files, pool=pool or inline)


def read(request: Request, limits: Limits | None = None, *, takes_files: bool = False) -> Request:
    async def main() -> None:
        bodies = reader(limits, takes_files=takes_files)
        bodies.announce(request)
        await bodies.read(request)

    asyncio.run(main())
    return request


def refused(request: Request, limits: Limits | None = None, *, takes_files: bool = False) -> HTTPError:
    with pytest.raises(HTTPError) as refusal:
        read(request, limits, takes_files=takes_files)
    return refusal.value


async def never() -> None:
    await asyncio.Event().wait()


async def shortly(seconds: float = 0.02) -> None:
    """Wait for a moment, as a client does that is slow but not too slow."""
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(seconds, future.set_result, None)
    await future


def test_the_pieces_of_a_body_are_put_together(make_request: MakeRequest) -> None:
    assert read(make_request("POST", body=[b"ab", b"", b"cd"])).body == b"abcd"
    assert read(make_request("POST", body=[])).body == b""


TOO_LARGE = (413, "body.too_large")
NO_NUMBER = (400, "header.malformed")


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        ("11", TOO_LARGE),
        ("9" * 18, TOO_LARGE),
        ("9" * 5000, TOO_LARGE),
        *((length, NO_NUMBER) for length in ("-1", "1e3", "٣", "0x3", "+3", "1_0", "")),
    ],
)
def test_a_length_that_is_too_large_or_no_number_is_refused_before_anything_is_read(
    length: str, refusal: tuple[int, str], make_request: MakeRequest
) -> None:
    request = make_request("POST", headers=[("content-length", length)], body=[b"x"])
    error = refused(request, Limits(body=10))
    transport: Any = request.transport
    assert (error.status, error.code, error.headers) == (*refusal, {"connection": "close"})
    assert transport.asked == 0


def test_what_comes_is_counted_whatever_was_announced(make_request: MakeRequest) -> None:
    request = make_request("POST", headers=[("content-length", "3")], body=[b"x" * 6, b"x" * 5, b"never asked for"])
    assert refused(request, Limits(body=10)).code == "body.too_large"
    transport: Any = request.transport
    assert transport.asked == 2
    assert len(read(make_request("POST", body=[b"x" * 10]), Limits(body=10)).body) == 10


def test_only_a_route_with_files_takes_large_bodies(make_request: MakeRequest) -> None:
    limits = Limits(body=10, upload=1000)
    assert refused(make_request("POST", headers=[FORM], body=[FILE]), limits).status == 413
    request = read(make_request("POST", headers=[FORM], body=[FILE]), limits, takes_files=True)
    assert list(request.files) == ["doc"]
    request.close()


def test_compressed_bodies_are_refused(make_request: MakeRequest) -> None:
    error = refused(make_request("POST", headers=[("content-encoding", "gzip")], body=[b"x"]))
    assert (error.status, error.code) == (415, "body.encoding")
    assert read(make_request("POST", headers=[("content-encoding", " Identity ")], body=[b"x"])).body == b"x"


def test_a_body_that_does_not_begin_is_refused(make_request: MakeRequest) -> None:
    error = refused(make_request("POST", body=[never()]), Limits(body_start=0.01))
    assert (error.status, error.code, error.headers) == (408, "body.too_slow", {"connection": "close"})


def test_each_byte_that_comes_buys_time(make_request: MakeRequest) -> None:
    limits = Limits(body_start=0.01, body_rate=100)
    assert read(make_request("POST", body=[b"x" * 100, shortly(), b"x"]), limits).body
    assert refused(make_request("POST", body=[b"", shortly(), b"x"]), limits).code == "body.too_slow"


def test_no_number_of_bytes_buys_more_time_than_there_is(make_request: MakeRequest) -> None:
    limits = Limits(body_start=10, body_rate=1, body_time=0.02)
    error = refused(make_request("POST", body=[b"x" * 1000, shortly(0.015), b"x", shortly(0.015), b"x"]), limits)
    assert error.code == "body.too_slow"


def test_a_handler_that_takes_its_time_is_not_held_against_the_client(make_request: MakeRequest) -> None:
    async def main() -> list[bytes]:
        seen = []
        async for chunk in reader(Limits(body_start=0.01, body_time=0.01)).chunks(
            make_request("POST", body=[b"a", b"b", b"c"])
        ):
            await shortly()
            seen.append(chunk)
        return seen

    assert asyncio.run(main()) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("error", [RuntimeError("Granian's own"), BodyInterrupted("ours")])
def test_a_body_that_breaks_off_is_refused(error: RuntimeError, make_request: MakeRequest) -> None:
    found = refused(make_request("POST", body=[b"half", error]))
    assert (found.status, found.code, found.headers) == (400, "body.incomplete", {"connection": "close"})


def test_an_error_of_whoever_reads_is_not_taken_for_a_broken_body(make_request: MakeRequest) -> None:
    async def main() -> None:
        async for _ in reader().chunks(make_request("POST", body=[b"a", b"b"])):
            raise RuntimeError("the handler's own")

    with pytest.raises(RuntimeError, match="the handler's own"):
        asyncio.run(main())


def test_a_reader_that_is_cancelled_is_cancelled(
    make_request: MakeRequest, spin: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    async def main() -> None:
        request = make_request("POST", body=[b"a", never()])
        transport: FakeTransport = request.transport  # type: ignore[assignment]  # make_request made it so
        reading = asyncio.ensure_future(reader().read(request))
        await spin(lambda: transport.asked == 2)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(main())


def test_an_upload_is_parsed_as_it_comes(make_request: MakeRequest) -> None:
    request = read(make_request("POST", headers=[FORM], body=[FILE[:50], FILE[50:]]), takes_files=True)
    assert request.holds_files
    assert request.files["doc"][0].read() == b"hello"
    request.close()
    assert request.files["doc"][0].file.closed


@pytest.mark.parametrize("end", [RuntimeError("cut off"), b"", "cancelled"])
def test_an_upload_that_breaks_off_leaves_no_file_behind(
    end: Any,
    make_request: MakeRequest,
    monkeypatch: pytest.MonkeyPatch,
    spin: Callable[[Callable[[], bool]], Awaitable[None]],
) -> None:
    aborted = set()
    abort = multipart.FormParser.abort

    def note(parser: multipart.FormParser) -> None:
        aborted.add(parser)
        abort(parser)

    monkeypatch.setattr(multipart.FormParser, "abort", note)

    async def main() -> None:
        body = [FILE[:-10], never() if end == "cancelled" else end]
        request = make_request("POST", headers=[FORM], body=body)
        transport: FakeTransport = request.transport  # type: ignore[assignment]  # as above
        reading = asyncio.ensure_future(reader(takes_files=True).read(request))
        if end == "cancelled":
            await spin(lambda: transport.asked == 2)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        else:
            with pytest.raises(HTTPError):
                await reading
        assert not request.holds_files

    asyncio.run(main())
    assert len(aborted) == 1


def test_an_upload_in_small_chunks_hops_to_a_worker_rarely(
    make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> int:
        pool = WorkerPool(1, 0)
        hops = []
        submit = pool.submit

        def note(call: Callable[[], object]) -> asyncio.Future[object]:
            hops.append(call)
            return submit(call)

        monkeypatch.setattr(pool, "submit", note)
        request = make_request("POST", headers=[FORM], body=[FILE[index : index + 1] for index in range(len(FILE))])
        await reader(takes_files=True, pool=pool).read(request)
        request.close()
        await pool.close()
        return len(hops)

    assert asyncio.run(main()) == 1


def test_an_empty_body_is_not_asked_for(make_request: MakeRequest) -> None:
    request = make_request("POST", headers=[("content-length", "0")], body=[RuntimeError("it was asked for")])
    assert read(request).body == b""


def test_chunks_count_where_a_length_came_with_them(make_request: MakeRequest) -> None:
    fields = [("content-length", "2"), ("transfer-encoding", "chunked")]
    assert read(make_request("POST", headers=fields, body=[b"ab", b"cd"])).body == b"abcd"
