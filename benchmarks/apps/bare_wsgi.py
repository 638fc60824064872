"""Answer with JSON over WSGI with nothing in between: what a framework on this interface cannot get below."""

from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec

from benchmarks.apps.answer import HEADERS, greeting

encode = msgspec.json.Encoder().encode


def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", list(HEADERS))
    return [encode(greeting())]
