"""What follows for Demijohn from the cases: the last column of docs/server-behaviour.md, and the words around it."""

# ruff: noqa: E501
from __future__ import annotations

INTRODUCTION = """
# What the servers do

The gateways are shaped by what servers were seen to do, not by what their documentation says. Each row below is a case
in `tests/servers/`, sent over a raw socket to an application with no framework in it; the columns say what came back.
The page is made from the record that the tests compare with (`python -m tests.servers.table --write`), so a server
release that behaves differently fails a test before it surprises anybody.

How to read it: the status is the client's; `keeps` means that the connection served another request afterwards,
`closes` that it ended, `silence` that nothing came, `garbled` that what followed was no HTTP. `name=value` is what
the application saw (`h:` all values of a field, `g:` Granian's `headers.get`, `k:` how often `keys()` has the name), or with `r:` a field of the answer.
Other words after the status are events inside the application. `-` marks what a set-up cannot be asked.
One worker, asyncio unless uvloop is named, Granian with a kill timeout and a header timeout of 1 second.

What decides the shape of the gateways:

1. **Reading a body piece by piece over RSGI hides that it broke off.** A bad chunk or a client that left looks like the end of the
   body (two empty pieces instead of one; trailers look the same), and over HTTP/2 a reset stream gives empty pieces for ever, at full speed.
   `await proto()` raises in both cases, but has no limit of its own. So: compare with Content-Length, take a second empty
   piece over HTTP/1 and a third over HTTP/2 for a broken body, and use `await proto()` where Content-Length is within the limit.
2. **A status outside 100 to 999, or a WebSocket refused with such a status, kills the worker**, over ASGI as well. The core checks every status.
3. **Answers must be framed by us**: a wrong Content-Length is passed on, and over HTTP/2 a body is sent after HEAD, 204 and 304.
4. **Streams have back-pressure over ASGI alone, and only RSGI says when the client of a stream has gone** (by raising); over ASGI the gateway listens.
5. **No server cancels a handler when its client leaves**, and a half-closed connection counts as left, everywhere.
6. **`__rsgi_del__` and `lifespan.shutdown` come after open streams**, so they are too late to end them. SIGTERM can be seen at once: see Shut-down.
"""

SECTIONS = {
    "plain GET": "The target",
    "lower-case method": "The method and the version",
    "no Host": "The host",
    "several cookie fields": "Header fields",
    "complete body": "The body",
    "two pipelined": "Pipelining and Expect",
    "status 99": "What the application answers",
    "100 MB streamed to a client that does not read": "Slow and absent clients",
    "WebSocket refused without code": "WebSockets",
    "Unix socket": "Where the client is",
    "SIGTERM, idle": "Shut-down",
}

_PATH = "refuses the path (400): NUL, backslash, U+FFFD, dot and empty segments; never decodes again"
_HOST = "checks Host itself; missing, repeated or malformed is 400"
_AUTHORITY = "takes the host from the authority; 400 where Host says something else"
_STATUS = "checks every status (200 to 599) before it is sent"
_CR = "checks every field when it is set, and raises"
_READABLE = "refuses what is not ASCII (400) in both gateways"
_BROKEN = "counts against Content-Length; a second empty piece (HTTP/2: a third) is a broken body: 400, close"
_LENGTH = "frames the answer itself; a handler's Content-Length is dropped"
_ALIKE = "never sends a body with HEAD, 204, 304"
_DEL = "own event for the stop, set by a signal handler put in front of the server's at start"

VERDICTS = {
    "plain GET": "parses `ip:port` (RSGI) and pairs (ASGI; Granian's port is a string)",
    "percent-coded target": "the raw path exists over ASGI only, so nothing depends on it",
    "dot segments": _PATH,
    "coded dot segments": _PATH,
    "empty segments": _PATH,
    "%00 in the target": _PATH,
    "bad UTF-8 in the target": _PATH,
    "bad percent escape": "a literal % in the path is allowed; the query parser refuses what is malformed",
    "backslash": _PATH,
    "target of 8,300 bytes": "own limit, 414",
    "target without slash": "a path that does not begin with / is 400",
    "absolute form, same host": _AUTHORITY,
    "absolute form, other host": _AUTHORITY + "; ASGI does not show it",
    "absolute form, userinfo": _AUTHORITY,
    "OPTIONS *": "answers `*` without a route",
    "lower-case method": "methods are compared exactly; unknown is 501",
    "TRACE": "405",
    "CONNECT": "405",
    "unknown method": "501",
    "HTTP/1.0 without Host": '400; an empty Host over ASGI counts as missing; the version is "1" on Granian',
    "HTTP/0.9": "no Host, so 400",
    "no Host": _HOST + "; Granian ASGI invents an empty one",
    "two Hosts": _HOST,
    "empty Host": _HOST,
    "userinfo in Host": _HOST,
    "path in Host": _HOST,
    "authority and host disagree": _AUTHORITY,
    "host alone": "takes Host where there is no authority",
    "several cookie fields": "joins them with `; `",
    "non-ASCII value, only field": "a name in keys() that items() lacks is 400; ASGI refuses the same",
    "non-ASCII value, first of two": _READABLE + "; over RSGI seen only by get() being None",
    "non-ASCII value, second of two": _READABLE + "; over RSGI it cannot be seen at all",
    "UTF-8 value": _READABLE,
    "underscore in a name": "drops fields with an underscore",
    "one field of 20,000 bytes": "own limit, 431",
    "one field of 70,000 bytes": "own limit, 431; Granian's buffer of 64 KiB does not stop it",
    "99 more fields": "own limit of 100, 431",
    "130 more fields": "own limit of 100, 431",
    "bare LF line ends": "nothing possible above the server; document the proxy in front",
    "100 kB body not read": "a refusal closes the connection; expect it",
    "half body, then silence": "own limits of time for the body, 408",
    "h2: half body, then silence": "own limits of time for the body, 408",
    "body longer than Content-Length": "the rest is the next request",
    "length and chunked": "reads what the server framed, sends `connection: close`",
    "chunk extension of 20,000 bytes": "the reading error is 400, not 500",
    "bad chunk size": "never a handler call; 400, close",
    "bad chunk size, read in pieces": _BROKEN,
    "chunk longer than its size": "never a handler call; 400, close",
    "gzip, chunked": "501 would need the field, which Granian and uvicorn hide or leave; the body is taken as it came",
    "chunked in HTTP/1.0 with keep-alive": "closes",
    "GET with a body": "reads it only where the route wants one",
    "two pipelined": "one request a connection at a time; nothing to do",
    "expect: 100-continue, refused before reading": "checks the announced length before it reads",
    "status 99": _STATUS,
    "status 0": _STATUS,
    "status 1000": _STATUS,
    "status 999": _STATUS,
    "status 70000": _STATUS,
    "status 101 without upgrade": _STATUS,
    "status 100": _STATUS,
    "CR LF in an answer header": _CR,
    "LF in an answer header": _CR,
    "NUL in an answer header": _CR,
    "bad answer header name": _CR,
    "latin-1 in an answer header": "ASCII alone is allowed: RSGI would send UTF-8, ASGI latin-1",
    "beyond latin-1 in an answer header": "ASCII alone is allowed",
    "headers the server adds": "gives Content-Length over ASGI, or uvicorn sends chunks",
    "HEAD answered with a body": _ALIKE + " (HTTP/2 would send it)",
    "HEAD answered empty, with a length": "HEAD is answered so",
    "server and date of our own": "sets `server` itself where it is not to be named",
    "204 with a body": _ALIKE,
    "304 with a body": _ALIKE,
    "content-length above the body": _LENGTH,
    "content-length below the body": _LENGTH,
    "content-length that is no number": _LENGTH,
    "file that is missing": "opens or stats the file first, and owns the 404",
    "file that is a folder": "checks that it is a file first",
    "no answer at all": "always answers; the server's own 500 has none of our headers",
    "exception": "always answers",
    "two answers": "answers once; RSGI drops the second without a word",
    "answer, then a stream": "answers once",
    "answer from another thread": "workers answer over RSGI; over ASGI the coroutine would run in the thread as well, but no standard says so: hop back",
    "100 MB streamed to a client that does not read": "streams over ASGI; over RSGI from a file, or bounded",
    "50 MB sent to a handler that does not read": "nothing; reading has back-pressure",
    "50 MB sent to a handler that reads one piece": "nothing; reading has back-pressure",
    "handler waits, client closes": "listens for the disconnect and cancels; a late answer does no harm",
    "handler waits, client half-closes": "documents that a client must not half-close",
    "handler sleeps, client closes": "cancels the handler itself",
    "handler waits for a disconnect after its answer": "never waits for it after the answer; over RSGI that waits as long as the connection lives",
    "client closes during an endless stream": "over ASGI listens while it streams; over RSGI catches what send raises",
    "body ends early": "never a handler call",
    "body ends early, read in pieces": _BROKEN,
    "chunked body ends early, read in pieces": _BROKEN,
    "whole chunked body with trailers, read in pieces": "looks like a broken body over RSGI: 400 as well",
    "HTTP/2 stream reset with NO_ERROR within the body": "counts against Content-Length; without one the client has gone and no answer arrives",
    "HTTP/2 body that ends with an empty frame, read in pieces": "two empty pieces are a good end over HTTP/2",
    "body one byte at a time": "own limits of time, 408",
    "100-continue, body not read": "refuses before it reads, and 100 is never sent",
    "idle from the start": "`--http 1` on Granian, not auto; document the proxy for uvicorn",
    "WebSocket refused with status 403": "refuses by status over RSGI",
    "WebSocket refused with close code 4003": "never passes a close code before accept",
    "WebSocket refused with status 99": _STATUS,
    "WebSocket refused with an HTTP answer (extension)": "refuses so over ASGI; over RSGI a status without a body",
    "WebSocket neither accepted nor refused": "always accepts or refuses",
    "WebSocket subprotocol": "serves over ASGI where a route has subprotocols",
    "WebSocket message of 20 MB": "own limit of 64 KiB, closed with 1009",
    "WebSocket closed by the server with 4001": "serves over ASGI where codes matter",
    "WebSocket closed by the client with 4002": "serves over ASGI where codes matter",
    "WebSocket client vanishes": "both are a disconnect without a code",
    "Unix socket": 'an empty or missing client is the trusted entry "unix"',
    "TLS": "takes wss for https as well",
    "SIGTERM, idle": "the exit status of uvicorn is the signal's",
    "SIGTERM, handler waits for a disconnect": "the server's stop is no disconnect: " + _DEL,
    "SIGTERM, open stream": _DEL,
    "SIGTERM, open stream that heeds the signal": _DEL,
    "SIGTERM, open WebSocket": "Granian drops them at once: tell them before the server is told",
    "SIGTERM, WebSocket told 0.3 s before the server": "owns SIGTERM in the worker, tells, waits, then sends the worker SIGINT, which Granian takes for the same",
    "SIGTERM, stream told 0.3 s before the server": "the same",
    "SIGTERM, embedded, open stream": "there is no kill timeout: needs one of its own",
    "SIGTERM, embedded, open WebSocket": "stop() is our call: tell first",
}
