"""Translate our options into Granian's arguments. What is done with them is in single.py and workers.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels

from demijohn.cli.server.address import BACKLOG
from demijohn.cli.server.options import ServerOptions

__all__ = ["common_arguments"]

_HEADER_READ_MILLISECONDS = 10_000  # also how long a kept-alive connection may be idle
_HEADER_BYTES = 65_536  # the default for HTTP/2 is 16 MiB
_OPEN_REQUESTS = 10_000  # a worker takes no more at a time; the default of 1,024 would be that many event streams

# Incremental, so that Granian changes levels only and leaves the handlers that the project or `configure_logging` set.
_LOGGING = {
    "version": 1,
    "incremental": True,
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"level": "INFO"}},
}


def common_arguments(options: ServerOptions, interface: Interfaces, *, quiet: bool) -> dict[str, Any]:  # Any: Granian's
    """Return the arguments that both of Granian's servers take."""
    return {
        "address": "127.0.0.1" if options.host == "localhost" else options.host,
        "port": options.port,
        "uds": Path(options.uds) if options.uds else None,
        "interface": interface,
        "http": HTTPModes(options.http_version),
        "http1_settings": HTTP1Settings(header_read_timeout=_HEADER_READ_MILLISECONDS, max_buffer_size=_HEADER_BYTES),
        "http2_settings": HTTP2Settings(max_headers_size=_HEADER_BYTES),
        "backlog": BACKLOG,
        "backpressure": _OPEN_REQUESTS,
        "ssl_cert": Path(options.tls_cert) if options.tls_cert else None,
        "ssl_key": Path(options.tls_key) if options.tls_key else None,
        "log_dictconfig": _LOGGING,
        "log_level": LogLevels.error if quiet else LogLevels.warning,
        "log_access": options.access_log,
        "log_access_format": '%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms',
    }
