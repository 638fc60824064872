"""What each set-up did with each case: rsgi, asgi, h2, uvicorn. Written by `python -m tests.servers.table --write`

with granian 2.8.7 and uvicorn 0.54.0.
"""

from __future__ import annotations

OUTCOMES: dict[str, tuple[str, str, str, str]] = {
    'plain GET': (
        '200 path="/a" query="b=c" version="1.1" scheme="http" server="127.0.0.1:PORT" client="127.0.0.1:PORT" authority=null keeps',  # noqa: E501
        '200 path="/a" query="b=c" version="1.1" scheme="http" server=["127.0.0.1", "PORT"] client=["127.0.0.1", "PORT"] keeps',  # noqa: E501
        '200 path="/a" query="b=c" version="2" scheme="http" server="127.0.0.1:PORT" client="127.0.0.1:PORT" authority="localhost" keeps',  # noqa: E501
        '200 path="/a" query="b=c" version="1.1" scheme="http" server=["127.0.0.1", PORT] client=["127.0.0.1", PORT] keeps',  # noqa: E501
    ),
    'percent-coded target': (
        '200 path="/a/b c%" keeps',  # noqa: E501
        '200 path="/a/b c%" raw_path="/a%2fb%20c%25" keeps',  # noqa: E501
        '200 path="/a/b c%" keeps',  # noqa: E501
        '200 path="/a/b c%" raw_path="/a%2fb%20c%25" keeps',  # noqa: E501
    ),
    'dot segments': (
        '200 path="/a/../b/./c" keeps',  # noqa: E501
        '200 path="/a/../b/./c" keeps',  # noqa: E501
        '200 path="/a/../b/./c" keeps',  # noqa: E501
        '200 path="/a/../b/./c" keeps',  # noqa: E501
    ),
    'coded dot segments': (
        '200 path="/a/../../b" keeps',  # noqa: E501
        '200 path="/a/../../b" keeps',  # noqa: E501
        '200 path="/a/../../b" keeps',  # noqa: E501
        '200 path="/a/../../b" keeps',  # noqa: E501
    ),
    'empty segments': (
        '200 path="//evil.test//a" keeps',  # noqa: E501
        '200 path="//evil.test//a" keeps',  # noqa: E501
        '200 path="//evil.test//a" keeps',  # noqa: E501
        '200 path="//evil.test//a" keeps',  # noqa: E501
    ),
    '%00 in the target': (
        '200 path="/a\\u0000b" keeps',  # noqa: E501
        '200 path="/a\\u0000b" keeps',  # noqa: E501
        '200 path="/a\\u0000b" keeps',  # noqa: E501
        '200 path="/a\\u0000b" keeps',  # noqa: E501
    ),
    'bad UTF-8 in the target': (
        '200 path="/\\ufffd\\ufffd" keeps',  # noqa: E501
        '200 path="/\\ufffd\\ufffd" keeps',  # noqa: E501
        '200 path="/\\ufffd\\ufffd" keeps',  # noqa: E501
        '200 path="/\\ufffd\\ufffd" keeps',  # noqa: E501
    ),
    'bad percent escape': (
        '200 path="/a%zz%" keeps',  # noqa: E501
        '200 path="/a%zz%" keeps',  # noqa: E501
        '200 path="/a%zz%" keeps',  # noqa: E501
        '200 path="/a%zz%" keeps',  # noqa: E501
    ),
    'raw bytes above 127 in the target': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'backslash': (
        '200 path="/a\\\\b" keeps',  # noqa: E501
        '200 path="/a\\\\b" keeps',  # noqa: E501
        '200 path="/a\\\\b" keeps',  # noqa: E501
        '200 path="/a\\\\b" keeps',  # noqa: E501
    ),
    'fragment': (
        '200 path="/a" query="" keeps',  # noqa: E501
        '200 path="/a" query="" keeps',  # noqa: E501
        '200 path="/a" query="" keeps',  # noqa: E501
        '200 path="/a" query="" keeps',  # noqa: E501
    ),
    'target of 8,300 bytes': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'target of 70,000 bytes': (
        '414 closes',  # noqa: E501
        '414 closes',  # noqa: E501
        '431 keeps',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'space in the target': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'NUL in the target': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'target without slash': (
        '200 path="" keeps',  # noqa: E501
        '200 path="" keeps',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'empty :path': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'absolute form, same host': (
        '200 path="/a" authority="localhost" h:host=["localhost"] keeps',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
    ),
    'absolute form, other host': (
        '200 path="/a" authority="evil.test" h:host=["localhost"] keeps',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
    ),
    'absolute form, userinfo': (
        '200 path="/a" authority="u:p@evil.test" h:host=["localhost"] keeps',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 path="/a" h:host=["localhost"] keeps',  # noqa: E501
    ),
    'OPTIONS *': (
        '200 method="OPTIONS" path="*" keeps',  # noqa: E501
        '200 method="OPTIONS" path="*" keeps',  # noqa: E501
        '200 method="OPTIONS" path="*" keeps',  # noqa: E501
        '200 method="OPTIONS" path="*" keeps',  # noqa: E501
    ),
    'lower-case method': (
        '200 method="get" keeps',  # noqa: E501
        '200 method="get" keeps',  # noqa: E501
        '200 method="get" keeps',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'TRACE': (
        '200 method="TRACE" keeps',  # noqa: E501
        '200 method="TRACE" keeps',  # noqa: E501
        '200 method="TRACE" keeps',  # noqa: E501
        '200 method="TRACE" keeps',  # noqa: E501
    ),
    'CONNECT': (
        '200 closes',  # noqa: E501
        '200 closes',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'unknown method': (
        '200 method="BREW" keeps',  # noqa: E501
        '200 method="BREW" keeps',  # noqa: E501
        '200 method="BREW" keeps',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'method with a bad character': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'HTTP/1.0 without Host': (
        '200 version="1" h:host=[] closes',  # noqa: E501
        '200 version="1" h:host=[""] closes',  # noqa: E501
        '-',  # noqa: E501
        '200 version="1.0" h:host=[] closes',  # noqa: E501
    ),
    'HTTP/1.2': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'HTTP/9.9': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'HTTP/0.9': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '200 closes',  # noqa: E501
    ),
    'h2 preface on a plain connection': (
        'closes',  # noqa: E501
        'closes',  # noqa: E501
        '-',  # noqa: E501
        '400',  # noqa: E501
    ),
    'TLS hello on a plain connection': (
        '400',  # noqa: E501
        '400',  # noqa: E501
        '-',  # noqa: E501
        '400',  # noqa: E501
    ),
    'no Host': (
        '200 h:host=[] authority=null keeps',  # noqa: E501
        '200 h:host=[""] keeps',  # noqa: E501
        '200 h:host=[] authority=null keeps',  # noqa: E501
        '200 h:host=[] keeps',  # noqa: E501
    ),
    'two Hosts': (
        '200 h:host=["a.test", "b.test"] g:host="a.test" keeps',  # noqa: E501
        '200 h:host=["a.test", "b.test"] g:host="-" keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 h:host=["a.test", "b.test"] g:host="-" keeps',  # noqa: E501
    ),
    'empty Host': (
        '200 h:host=[""] authority=null keeps',  # noqa: E501
        '200 h:host=[""] keeps',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '200 h:host=[""] keeps',  # noqa: E501
    ),
    'userinfo in Host': (
        '200 h:host=["a@evil.test"] authority=null keeps',  # noqa: E501
        '200 h:host=["a@evil.test"] keeps',  # noqa: E501
        '200 h:host=[] authority="a@evil.test" keeps',  # noqa: E501
        '200 h:host=["a@evil.test"] keeps',  # noqa: E501
    ),
    'path in Host': (
        '200 h:host=["a.test/evil?x"] authority=null keeps',  # noqa: E501
        '200 h:host=["a.test/evil?x"] keeps',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '200 h:host=["a.test/evil?x"] keeps',  # noqa: E501
    ),
    'authority and host disagree': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        '200 h:host=["b.test"] authority="localhost" keeps',  # noqa: E501
        '-',  # noqa: E501
    ),
    'host alone': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        '200 h:host=["b.test"] authority=null keeps',  # noqa: E501
        '-',  # noqa: E501
    ),
    'several cookie fields': (
        '200 h:cookie=["a=1", "b=2"] g:cookie="a=1" keeps',  # noqa: E501
        '200 h:cookie=["a=1", "b=2"] g:cookie="-" keeps',  # noqa: E501
        '200 h:cookie=["a=1", "b=2"] g:cookie="a=1" keeps',  # noqa: E501
        '200 h:cookie=["a=1", "b=2"] g:cookie="-" keeps',  # noqa: E501
    ),
    'non-ASCII value, only field': (
        '200 h:x-a=[] g:x-a=null k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["caf\\u00e9"] g:x-a="-" k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=[] g:x-a=null k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["caf\\u00e9"] g:x-a="-" k:x-a=1 keeps',  # noqa: E501
    ),
    'non-ASCII value, first of two': (
        '200 h:x-a=["b"] g:x-a=null k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["\\u00e9", "b"] g:x-a="-" k:x-a=2 keeps',  # noqa: E501
        '200 h:x-a=["b"] g:x-a=null k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["\\u00e9", "b"] g:x-a="-" k:x-a=2 keeps',  # noqa: E501
    ),
    'non-ASCII value, second of two': (
        '200 h:x-a=["b"] g:x-a="b" k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["b", "\\u00e9"] g:x-a="-" k:x-a=2 keeps',  # noqa: E501
        '200 h:x-a=["b"] g:x-a="b" k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["b", "\\u00e9"] g:x-a="-" k:x-a=2 keeps',  # noqa: E501
    ),
    'UTF-8 value': (
        '200 h:x-a=[] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["\\u00c3\\u00a9"] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=[] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["\\u00c3\\u00a9"] k:x-a=1 keeps',  # noqa: E501
    ),
    'tab in a value': (
        '200 h:x-a=["a\\tb"] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["a\\tb"] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["a\\tb"] k:x-a=1 keeps',  # noqa: E501
        '200 h:x-a=["a\\tb"] k:x-a=1 keeps',  # noqa: E501
    ),
    'DEL in a value': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'NUL in a value': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'underscore in a name': (
        '200 h:x_forwarded_for=["1.1.1.1"] keeps',  # noqa: E501
        '200 h:x_forwarded_for=["1.1.1.1"] keeps',  # noqa: E501
        '200 h:x_forwarded_for=["1.1.1.1"] keeps',  # noqa: E501
        '200 h:x_forwarded_for=["1.1.1.1"] keeps',  # noqa: E501
    ),
    'upper-case name': (
        '200 h:x-upper=["V"] keeps',  # noqa: E501
        '200 h:x-upper=["V"] keeps',  # noqa: E501
        '200 h:x-upper=["V"] keeps',  # noqa: E501
        '200 h:x-upper=["V"] keeps',  # noqa: E501
    ),
    'one field of 20,000 bytes': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'one field of 70,000 bytes': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '431 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    '99 more fields': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    '130 more fields': (
        '431 closes',  # noqa: E501
        '431 closes',  # noqa: E501
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'te: trailers': (
        '200 h:te=["trailers"] keeps',  # noqa: E501
        '200 h:te=["trailers"] keeps',  # noqa: E501
        '200 h:te=["trailers"] keeps',  # noqa: E501
        '200 h:te=["trailers"] keeps',  # noqa: E501
    ),
    'connection: keep-alive': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'bad character in a name': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'space before the colon': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'folded line': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'CR alone in a value': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        'goaway 1',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'bare LF line ends': (
        '200 path="/a" h:x-a=["b"] keeps',  # noqa: E501
        '200 path="/a" h:x-a=["b"] keeps',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'head of garbage': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'complete body': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'body not read by the application': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    '100 kB body not read': (
        '200 closes',  # noqa: E501
        '200 closes',  # noqa: E501
        '-',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'half body, then silence': (
        'silence',  # noqa: E501
        'silence',  # noqa: E501
        '-',  # noqa: E501
        'silence',  # noqa: E501
    ),
    'body longer than Content-Length': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 then 400',  # noqa: E501
    ),
    'two equal Content-Lengths': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'two different Content-Lengths': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'Content-Length: 3, 3': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'Content-Length: +3': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'Content-Length: -1': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'Content-Length of 30 digits': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'no length at all': (
        '200 length=0 keeps',  # noqa: E501
        '200 length=0 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=0 keeps',  # noqa: E501
    ),
    'length and chunked': (
        '200 length=3 h:content-length=[] closes',  # noqa: E501
        '200 length=3 h:content-length=[] closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'chunked': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'chunk extension': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'chunk extension of 20,000 bytes': (
        '500 closes',  # noqa: E501
        '500 closes',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'trailers': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'bad chunk size': (
        '500 closes body RSGIProtocolClosed',  # noqa: E501
        '500 closes body 3 then disconnect',  # noqa: E501
        '-',  # noqa: E501
        '400 closes body 3 then disconnect',  # noqa: E501
    ),
    'bad chunk size, read in pieces': (
        '200 closes body 3 and a plain end after 2 empty',  # noqa: E501
        '500 closes body 3 then disconnect',  # noqa: E501
        '-',  # noqa: E501
        '400 closes body 3 then disconnect',  # noqa: E501
    ),
    'chunk longer than its size': (
        '500 closes body RSGIProtocolClosed',  # noqa: E501
        '500 closes body 3 then disconnect',  # noqa: E501
        '-',  # noqa: E501
        '400 closes body 3 then disconnect',  # noqa: E501
    ),
    'gzip, chunked': (
        '200 length=3 h:transfer-encoding=[] keeps',  # noqa: E501
        '200 length=3 h:transfer-encoding=[] keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 h:transfer-encoding=[] keeps',  # noqa: E501
    ),
    'gzip alone': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'xchunked': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '400 closes',  # noqa: E501
    ),
    'chunked in HTTP/1.0 with keep-alive': (
        '400 closes',  # noqa: E501
        '400 closes',  # noqa: E501
        '-',  # noqa: E501
        '200 length=3 closes',  # noqa: E501
    ),
    'GET with a body': (
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
        '200 length=3 keeps',  # noqa: E501
    ),
    'h2: length above the body': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: length below the body': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: half body, then silence': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'silence',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: transfer-encoding': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: unknown pseudo header': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'goaway 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: pseudo header after a field': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'h2: two :path': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'stream reset 1',  # noqa: E501
        '-',  # noqa: E501
    ),
    'two pipelined': (
        '200 path="/a" 200 path="/b" keeps',  # noqa: E501
        '200 path="/a" 200 path="/b" keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 path="/a" 200 path="/b" keeps',  # noqa: E501
    ),
    'fifty pipelined, last shown': (
        '50 times 200 keeps',  # noqa: E501
        '50 times 200 keeps',  # noqa: E501
        '-',  # noqa: E501
        '50 times 200 keeps',  # noqa: E501
    ),
    'pipelined behind a POST whose body is not read': (
        '200 path="/echo" 200 path="/b" keeps',  # noqa: E501
        '200 path="/echo" 200 path="/b" keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 path="/echo" 200 path="/b" keeps',  # noqa: E501
    ),
    'expect: 100-continue, refused before reading': (
        '413 closes',  # noqa: E501
        '413 closes',  # noqa: E501
        '-',  # noqa: E501
        '413 then 400',  # noqa: E501
    ),
    'expect: something else': (
        '200 keeps',  # noqa: E501
        '200 keeps',  # noqa: E501
        '-',  # noqa: E501
        '200 keeps',  # noqa: E501
    ),
    'status 99': (
        'closes the server is dead',  # noqa: E501
        'closes the server is dead',  # noqa: E501
        'closed the server is dead',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'status 0': (
        'closes the server is dead',  # noqa: E501
        'closes the server is dead',  # noqa: E501
        'closed the server is dead',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'status 1000': (
        'closes the server is dead',  # noqa: E501
        'closes the server is dead',  # noqa: E501
        'closed the server is dead',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'status 999': (
        '999 keeps',  # noqa: E501
        '999 keeps',  # noqa: E501
        '999 keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'status 70000': (
        '500 keeps',  # noqa: E501
        '500 keeps',  # noqa: E501
        '500 keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'status 101 without upgrade': (
        '101 closes',  # noqa: E501
        '101 closes',  # noqa: E501
        'broken framing: ProtocolError',  # noqa: E501
        '101 garbled',  # noqa: E501
    ),
    'status 100': (
        '500 closes',  # noqa: E501
        '500 closes',  # noqa: E501
        'broken framing: ProtocolError',  # noqa: E501
        '100 garbled',  # noqa: E501
    ),
    'CR LF in an answer header': (
        '200 r:x-hostile=[] r:x-injected=[] r:x-after=["1"] keeps',  # noqa: E501
        '500 r:x-hostile=[] r:x-injected=[] r:x-after=[] keeps',  # noqa: E501
        '200 r:x-hostile=[] r:x-injected=[] r:x-after=["1"] keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'LF in an answer header': (
        '200 r:x-hostile=[] r:x-after=["1"] keeps',  # noqa: E501
        '500 r:x-hostile=[] r:x-after=[] keeps',  # noqa: E501
        '200 r:x-hostile=[] r:x-after=["1"] keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'NUL in an answer header': (
        '200 r:x-hostile=[] r:x-after=["1"] keeps',  # noqa: E501
        '500 r:x-hostile=[] r:x-after=[] keeps',  # noqa: E501
        '200 r:x-hostile=[] r:x-after=["1"] keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'latin-1 in an answer header': (
        '200 r:x-hostile=["caf\\u00c3\\u00a9"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["caf\\u00e9"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["caf\\u00c3\\u00a9"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["caf\\u00e9"] r:x-after=["1"] keeps',  # noqa: E501
    ),
    'beyond latin-1 in an answer header': (
        '200 r:x-hostile=["\\u00e2\\u0082\\u00ac"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["\\u00e2\\u0082\\u00ac"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["\\u00e2\\u0082\\u00ac"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["\\u00e2\\u0082\\u00ac"] r:x-after=["1"] keeps',  # noqa: E501
    ),
    'tab in an answer header': (
        '200 r:x-hostile=["a\\tb"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["a\\tb"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["a\\tb"] r:x-after=["1"] keeps',  # noqa: E501
        '200 r:x-hostile=["a\\tb"] r:x-after=["1"] keeps',  # noqa: E501
    ),
    'bad answer header name': (
        '200 r:bad name=[] r:x-after=["1"] keeps',  # noqa: E501
        '500 r:bad name=[] r:x-after=[] keeps',  # noqa: E501
        '200 r:bad name=[] r:x-after=["1"] keeps',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'two set-cookie fields': (
        '200 r:set-cookie=["a=1", "b=2"] keeps',  # noqa: E501
        '200 r:set-cookie=["a=1", "b=2"] keeps',  # noqa: E501
        '200 r:set-cookie=["a=1", "b=2"] keeps',  # noqa: E501
        '200 r:set-cookie=["a=1", "b=2"] keeps',  # noqa: E501
    ),
    'headers the server adds': (
        '200 r:server=["granian"] r:content-length=["6"] r:transfer-encoding=[] keeps',  # noqa: E501
        '200 r:server=["granian"] r:content-length=["6"] r:transfer-encoding=[] keeps',  # noqa: E501
        '200 r:server=["granian"] r:content-length=["6"] r:transfer-encoding=[] keeps',  # noqa: E501
        '200 r:server=["uvicorn"] r:content-length=[] r:transfer-encoding=["chunked"] keeps',  # noqa: E501
    ),
    'HEAD answered with a body': (
        '200 r:content-length=["6"] bytes=0 keeps',  # noqa: E501
        '200 r:content-length=["6"] bytes=0 keeps',  # noqa: E501
        'broken framing: InvalidBodyLengthError',  # noqa: E501
        '200 r:content-length=[] bytes=0 keeps',  # noqa: E501
    ),
    'HEAD answered empty, with a length': (
        '200 r:content-length=["6"] keeps',  # noqa: E501
        '200 r:content-length=["6"] keeps',  # noqa: E501
        '200 r:content-length=["6"] keeps',  # noqa: E501
        '200 r:content-length=["6"] keeps',  # noqa: E501
    ),
    'server and date of our own': (
        '200 r:server=["mine"] r:date=["never"] keeps',  # noqa: E501
        '200 r:server=["mine"] r:date=["never"] keeps',  # noqa: E501
        '200 r:server=["mine"] r:date=["never"] keeps',  # noqa: E501
        '200 r:server=["uvicorn", "mine"] r:date=["Sun, 22 Nov 2026 16:46:54 GMT", "never"] keeps',  # noqa: E501
    ),
    '204 with a body': (
        '204 r:content-length=[] bytes=0 keeps',  # noqa: E501
        '204 r:content-length=[] bytes=0 keeps',  # noqa: E501
        '204 r:content-length=["6"] bytes=6 keeps',  # noqa: E501
        '204 r:content-length=[] bytes=0 closes',  # noqa: E501
    ),
    '304 with a body': (
        '304 r:content-length=[] bytes=0 keeps',  # noqa: E501
        '304 r:content-length=[] bytes=0 keeps',  # noqa: E501
        '304 r:content-length=["6"] bytes=6 keeps',  # noqa: E501
        '304 r:content-length=[] bytes=0 closes',  # noqa: E501
    ),
    '205 with a body': (
        '205 r:content-length=["6"] bytes=6 keeps',  # noqa: E501
        '205 r:content-length=["6"] bytes=6 keeps',  # noqa: E501
        '205 r:content-length=["6"] bytes=6 keeps',  # noqa: E501
        '205 r:content-length=[] bytes=6 keeps',  # noqa: E501
    ),
    'content-length above the body': (
        'silence',  # noqa: E501
        'silence',  # noqa: E501
        'broken framing: InvalidBodyLengthError',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'content-length below the body': (
        '200 bytes=3 garbled',  # noqa: E501
        '200 bytes=3 garbled',  # noqa: E501
        'broken framing: InvalidBodyLengthError',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'content-length that is no number': (
        'garbled',  # noqa: E501
        'garbled',  # noqa: E501
        'broken framing: ProtocolError',  # noqa: E501
        'closes',  # noqa: E501
    ),
    'file': (
        '200 r:content-type=[] r:x-mine=["1"] keeps',  # noqa: E501
        '200 r:content-type=[] r:x-mine=["1"] keeps',  # noqa: E501
        '200 r:content-type=[] r:x-mine=["1"] keeps',  # noqa: E501
        '501 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
    ),
    'file that is missing': (
        '404 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
        '404 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
        '404 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
        '501 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
    ),
    'file that is a folder': (
        'closes',  # noqa: E501
        'closes',  # noqa: E501
        'stream reset 2',  # noqa: E501
        '501 r:content-type=[] r:x-mine=[] keeps',  # noqa: E501
    ),
    'no answer at all': (
        '500 bytes=0 keeps',  # noqa: E501
        '500 bytes=21 keeps',  # noqa: E501
        '500 bytes=0 keeps',  # noqa: E501
        '500 bytes=21 closes',  # noqa: E501
    ),
    'exception': (
        '500 bytes=0 keeps',  # noqa: E501
        '500 bytes=21 keeps',  # noqa: E501
        '500 bytes=0 keeps',  # noqa: E501
        '500 bytes=21 closes',  # noqa: E501
    ),
    'two answers': (
        '200 bytes=5 keeps twice no error',  # noqa: E501
        '200 bytes=5 keeps twice RuntimeError',  # noqa: E501
        '200 bytes=5 keeps twice no error',  # noqa: E501
        '200 bytes=5 keeps twice RuntimeError',  # noqa: E501
    ),
    'answer, then a stream': (
        '200 bytes=5 keeps twice RSGIProtocolError',  # noqa: E501
        '200 bytes=5 keeps twice RuntimeError',  # noqa: E501
        '200 bytes=5 keeps twice RSGIProtocolError',  # noqa: E501
        '200 bytes=5 keeps twice RuntimeError',  # noqa: E501
    ),
    'answer from another thread': (
        '200 thread=true keeps',  # noqa: E501
        '200 thread=true keeps',  # noqa: E501
        '200 thread=true keeps',  # noqa: E501
        '200 thread=true keeps',  # noqa: E501
    ),
    '100 MB streamed to a client that does not read': (
        'all accepted from the application, memory +100 MB',  # noqa: E501
        'holds back the application, memory below +30 MB',  # noqa: E501
        'all accepted from the application, memory +100 MB',  # noqa: E501
        'holds back the application, memory below +30 MB',  # noqa: E501
    ),
    '50 MB sent to a handler that does not read': (
        'stops taking, memory below +30 MB',  # noqa: E501
        'stops taking, memory below +30 MB',  # noqa: E501
        '- (the window bounds it)',  # noqa: E501
        'stops taking, memory below +30 MB',  # noqa: E501
    ),
    '50 MB sent to a handler that reads one piece': (
        'stops taking, memory below +30 MB',  # noqa: E501
        'stops taking, memory below +30 MB',  # noqa: E501
        '- (the window bounds it)',  # noqa: E501
        'stops taking, memory below +30 MB',  # noqa: E501
    ),
    'handler waits for a disconnect, client stays': (
        'held; hold not told; late accepted; client got 200',  # noqa: E501
        'held; hold not told; late accepted; client got 200',  # noqa: E501
        'held; hold not told; late accepted; client got 200',  # noqa: E501
        'held; hold not told; late accepted; client got 200',  # noqa: E501
    ),
    'handler waits, client closes': (
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
    ),
    'handler waits, client resets': (
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
        'held; hold gone; late accepted',  # noqa: E501
    ),
    'handler waits, client half-closes': (
        'held; hold gone; late accepted; client got no answer',  # noqa: E501
        'held; hold gone; late accepted; client got no answer',  # noqa: E501
        '-',  # noqa: E501
        'held; hold gone; late accepted; client got no answer',  # noqa: E501
    ),
    'handler waits, another request is pipelined': (
        'held; hold not told; late accepted; client got 200',  # noqa: E501
        'held; hold not told; late accepted; client got 200',  # noqa: E501
        '-',  # noqa: E501
        'held; hold not told; late accepted; client got 200',  # noqa: E501
    ),
    'handler sleeps, client closes': (
        'asleep; sleep over',  # noqa: E501
        'asleep; sleep over',  # noqa: E501
        'asleep; sleep over',  # noqa: E501
        'asleep; sleep over',  # noqa: E501
    ),
    'handler waits for a disconnect after its answer': (
        'after not told',  # noqa: E501
        'after told',  # noqa: E501
        'after not told',  # noqa: E501
        'after told',  # noqa: E501
    ),
    'client closes during an endless stream': (
        'drip RSGIProtocolClosed',  # noqa: E501
        'goes on, send raises nothing',  # noqa: E501
        'drip RSGIProtocolClosed',  # noqa: E501
        'goes on, send raises nothing',  # noqa: E501
    ),
    'body ends early': (
        'body RSGIProtocolClosed; client got 500',  # noqa: E501
        'body 3 then disconnect; client got 500',  # noqa: E501
        'body RSGIProtocolClosed',  # noqa: E501
        'body 3 then disconnect; client got nothing',  # noqa: E501
    ),
    'body ends early, read in pieces': (
        'body 3 and a plain end after 2 empty; client got 200',  # noqa: E501
        'body 3 then disconnect; client got 500',  # noqa: E501
        'body 3, then empty pieces without end',  # noqa: E501
        'body 3 then disconnect; client got nothing',  # noqa: E501
    ),
    'chunked body ends early, read in pieces': (
        'body 3 and a plain end after 2 empty; client got 200',  # noqa: E501
        'body 3 then disconnect; client got 500',  # noqa: E501
        'body 3, then empty pieces without end',  # noqa: E501
        'body 3 then disconnect; client got nothing',  # noqa: E501
    ),
    'whole chunked body, read in pieces': (
        'body 3 and a plain end after 1 empty; client got 200',  # noqa: E501
        'body 3; client got 200',  # noqa: E501
        'body 3 and a plain end after 1 empty',  # noqa: E501
        'body 3; client got 200',  # noqa: E501
    ),
    'whole chunked body with trailers, read in pieces': (
        'body 3 and a plain end after 2 empty; client got 200',  # noqa: E501
        'body 3; client got 200',  # noqa: E501
        '-',  # noqa: E501
        'body 3; client got 200',  # noqa: E501
    ),
    'HTTP/2 stream reset with NO_ERROR within the body': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'body 3, client gone',  # noqa: E501
        '-',  # noqa: E501
    ),
    'HTTP/2 body that ends with an empty frame, read in pieces': (
        '-',  # noqa: E501
        '-',  # noqa: E501
        'body 3 and a plain end after 2 empty',  # noqa: E501
        '-',  # noqa: E501
    ),
    'body one byte at a time': (
        '200, no limit on the time',  # noqa: E501
        '200, no limit on the time',  # noqa: E501
        '-',  # noqa: E501
        '200, no limit on the time',  # noqa: E501
    ),
    '100-continue, body read': (
        '100, then 200',  # noqa: E501
        '100, then 200',  # noqa: E501
        '-',  # noqa: E501
        '100, then 200',  # noqa: E501
    ),
    '100-continue, body not read': (
        '413 first',  # noqa: E501
        '413 first',  # noqa: E501
        '-',  # noqa: E501
        '413 first',  # noqa: E501
    ),
    'idle after an answer': (
        'closed after the 1 s set',  # noqa: E501
        'closed after the 1 s set',  # noqa: E501
        '-',  # noqa: E501
        'closed after the 1 s set',  # noqa: E501
    ),
    'idle from the start': (
        'closed after the 1 s set',  # noqa: E501
        'closed after the 1 s set',  # noqa: E501
        '-',  # noqa: E501
        'never closed (2 s tried)',  # noqa: E501
    ),
    'head that never ends': (
        'closed after the 1 s set',  # noqa: E501
        'closed after the 1 s set',  # noqa: E501
        '-',  # noqa: E501
        'never closed (2 s tried)',  # noqa: E501
    ),
    'WebSocket refused without code': (
        'refused with 403',  # noqa: E501
        'refused with 403',  # noqa: E501
        '-',  # noqa: E501
        'refused with 403',  # noqa: E501
    ),
    'WebSocket refused with status 403': (
        'refused with 403',  # noqa: E501
        'refused with 403',  # noqa: E501
        '-',  # noqa: E501
        'refused with 403',  # noqa: E501
    ),
    'WebSocket refused with close code 4003': (
        'InvalidMessage; the server is dead',  # noqa: E501
        'refused with 403',  # noqa: E501
        '-',  # noqa: E501
        'refused with 403',  # noqa: E501
    ),
    'WebSocket refused with status 99': (
        'InvalidMessage; the server is dead',  # noqa: E501
        'refused with 403',  # noqa: E501
        '-',  # noqa: E501
        'refused with 403',  # noqa: E501
    ),
    'WebSocket refused with an HTTP answer (extension)': (
        'accepted, subprotocol None',  # noqa: E501
        'refused with 401',  # noqa: E501
        '-',  # noqa: E501
        'refused with 401',  # noqa: E501
    ),
    'WebSocket neither accepted nor refused': (
        'refused with 403',  # noqa: E501
        'refused with 403',  # noqa: E501
        '-',  # noqa: E501
        'refused with 500',  # noqa: E501
    ),
    'WebSocket subprotocol': (
        'accepted, subprotocol None',  # noqa: E501
        "accepted, subprotocol 'b'",  # noqa: E501
        '-',  # noqa: E501
        "accepted, subprotocol 'b'",  # noqa: E501
    ),
    'WebSocket message of 70 kB': (
        'arrives (70000 bytes)',  # noqa: E501
        'arrives (70000 bytes)',  # noqa: E501
        '-',  # noqa: E501
        'arrives (70000 bytes)',  # noqa: E501
    ),
    'WebSocket message of 1 MB': (
        'arrives (1000000 bytes)',  # noqa: E501
        'arrives (1000000 bytes)',  # noqa: E501
        '-',  # noqa: E501
        'arrives (1000000 bytes)',  # noqa: E501
    ),
    'WebSocket message of 20 MB': (
        'the connection ends',  # noqa: E501
        'the connection ends',  # noqa: E501
        '-',  # noqa: E501
        'the connection ends',  # noqa: E501
    ),
    'WebSocket closed by the server with 4001': (
        'client sees 1005',  # noqa: E501
        'client sees 4001',  # noqa: E501
        '-',  # noqa: E501
        'client sees 4001',  # noqa: E501
    ),
    'WebSocket closed by the client with 4002': (
        'ws closed None',  # noqa: E501
        'ws closed 4002',  # noqa: E501
        '-',  # noqa: E501
        'ws closed 4002',  # noqa: E501
    ),
    'WebSocket client vanishes': (
        'ws RSGIProtocolClosed',  # noqa: E501
        'ws closed 1005',  # noqa: E501
        '-',  # noqa: E501
        'ws closed 1005',  # noqa: E501
    ),
    'WebSocket ping': (
        'pong',  # noqa: E501
        'pong',  # noqa: E501
        '-',  # noqa: E501
        'pong',  # noqa: E501
    ),
    'Unix socket': (
        "client=''",  # noqa: E501
        "client=['', '0']",  # noqa: E501
        "client=''",  # noqa: E501
        'client=None',  # noqa: E501
    ),
    'TLS': (
        "scheme='https' version='1.1'",  # noqa: E501
        "scheme='https' version='1.1'",  # noqa: E501
        "scheme='https' version='2'",  # noqa: E501
        "scheme='https' version='1.1'",  # noqa: E501
    ),
    'SIGTERM, idle': (
        'signal, del; exit 0',  # noqa: E501
        'signal, lifespan.shutdown; exit 0',  # noqa: E501
        'signal, del; exit 0',  # noqa: E501
        'signal, lifespan.shutdown; exit -15',  # noqa: E501
    ),
    'SIGTERM, idle, uvloop': (
        'signal, del; exit 0',  # noqa: E501
        'signal, lifespan.shutdown; exit 0',  # noqa: E501
        'signal, del; exit 0',  # noqa: E501
        'signal, lifespan.shutdown; exit -15',  # noqa: E501
    ),
    'SIGTERM, request in flight': (
        'signal, sleep over, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, sleep over, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        'signal, sleep over; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal, sleep over, lifespan.shutdown; exit -15; client: whole answer 200',  # noqa: E501
    ),
    'SIGTERM, handler waits for a disconnect': (
        'signal, hold not told, late accepted, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, hold not told, late accepted, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        'signal, hold not told, late accepted; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal, hold not told, late accepted, lifespan.shutdown; exit -15; client: whole answer 200',  # noqa: E501
    ),
    'SIGTERM, open stream': (
        'signal; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal, drip CancelledError, lifespan.shutdown; exit -15; client: cut',  # noqa: E501
    ),
    'SIGTERM, open stream that heeds the signal': (
        'signal, drip end, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit -15; client: whole answer 200',  # noqa: E501
    ),
    'SIGTERM, open stream that heeds it, uvloop': (
        'signal, drip end, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end; exit 0 (killed at the limit); client: cut',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit -15; client: whole answer 200',  # noqa: E501
    ),
    'SIGTERM, open WebSocket': (
        'signal, del; exit 0; client: closed, no code',  # noqa: E501
        'signal, lifespan.shutdown; exit 0; client: closed, no code',  # noqa: E501
        '-',  # noqa: E501
        'signal, ws closed 1012, lifespan.shutdown; exit -15; client: closed, code 1012',  # noqa: E501
    ),
    'SIGTERM, WebSocket told 0.3 s before the server': (
        'signal, ws told, del; exit 0; client: closed, no code',  # noqa: E501
        'signal, ws told, lifespan.shutdown; exit 0; client: closed, code 1001',  # noqa: E501
        '-',  # noqa: E501
        'signal, ws told, lifespan.shutdown; exit -15; client: closed, code 1001',  # noqa: E501
    ),
    'SIGTERM, WebSocket told before, uvloop': (
        'signal, ws told, del; exit 0; client: closed, no code',  # noqa: E501
        'signal, ws told, lifespan.shutdown; exit 0; client: closed, code 1001',  # noqa: E501
        '-',  # noqa: E501
        'signal, ws told, lifespan.shutdown; exit -15; client: closed, code 1001',  # noqa: E501
    ),
    'SIGTERM, stream told 0.3 s before the server': (
        'signal, drip end, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end; exit 0 (killed at the limit); client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit -15; client: whole answer 200',  # noqa: E501
    ),
    'SIGTERM, embedded, request in flight': (
        'signal, sleep over, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, sleep over, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        '-',  # noqa: E501
        '-',  # noqa: E501
    ),
    'SIGTERM, embedded, open stream': (
        'signal, drip end, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        '-',  # noqa: E501
        '-',  # noqa: E501
    ),
    'SIGTERM, embedded, open stream that heeds it': (
        'signal, drip end, del; exit 0; client: whole answer 200',  # noqa: E501
        'signal, drip end, lifespan.shutdown; exit 0; client: whole answer 200',  # noqa: E501
        '-',  # noqa: E501
        '-',  # noqa: E501
    ),
    'SIGTERM, embedded, open WebSocket': (
        'signal, del; exit 0; client: closed, no code',  # noqa: E501
        'signal, lifespan.shutdown; exit 0; client: closed, no code',  # noqa: E501
        '-',  # noqa: E501
        '-',  # noqa: E501
    ),
    'SIGTERM, embedded, WebSocket that heeds it': (
        'signal, ws told, del; exit 0; client: closed, no code',  # noqa: E501
        'signal, ws told, lifespan.shutdown; exit 0; client: closed, no code',  # noqa: E501
        '-',  # noqa: E501
        '-',  # noqa: E501
    ),
}
