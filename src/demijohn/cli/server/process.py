"""Run one server process: load the app, freeze it, choose the interface, serve. The command line is not loaded."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import msgspec

from demijohn.app import App
from demijohn.cli.errors import CommandError
from demijohn.cli.location import find_app, freeze_app, load_app
from demijohn.cli.server.address import reserve_address
from demijohn.cli.server.options import ServerOptions
from demijohn.context import starting_mode
from demijohn.errors import DemijohnError
from demijohn.logs import configure_logging
from demijohn.security.hosts import LOOPBACK_HOSTS

__all__ = ["main"]

_log = logging.getLogger("demijohn")


def main(encoded: str) -> int:
    """Serve as the options, a JSON object, say; return the exit status."""
    options = msgspec.json.decode(encoded, type=ServerOptions)
    configure_logging(form=options.log_form)
    if options.mode == "development":
        from demijohn.cli.server.request_log import show_requests

        show_requests()
        from demijohn.debug.reach import listening_on

        listening_on.set("" if options.uds else options.host)
    starting_mode.set(options.mode)
    try:
        return _serve(options)
    except DemijohnError as error:
        from demijohn.cli.failure import report_failure  # a server that starts has no use for it

        return report_failure(error, with_traceback=options.with_traceback)
    except KeyboardInterrupt:  # before the server has taken the signal over
        return 130


def load_frozen(options: ServerOptions) -> App:
    """Return the app, ready to serve. A worker process that was not forked calls this, too."""
    app = load_app(find_app(options.target, Path.cwd()))
    config: dict[str, object] = {}
    if options.mode == "production" and options.is_loopback:
        settings = app.settings
        if not (settings.allowed_hosts or settings.site_url or settings.unsafe_any_host):
            config["allowed_hosts"] = list(LOOPBACK_HOSTS)
    freeze_app(app, options.mode, config=config, only=options.only)
    return app


def _serve(options: ServerOptions) -> int:
    options = reserve_address(options)
    try:
        app = load_frozen(options)
    except Exception as error:
        if options.mode != "development":
            raise
        from demijohn.cli.server.failed import serve_failure  # the browser is told, too

        return serve_failure(error, options)
    asgi = options.interface == "asgi" or (options.interface == "auto" and app.pipeline.needs_asgi)
    if options.interface == "rsgi" and app.pipeline.needs_asgi:
        _log.warning(
            "This app streams or speaks WebSocket in ways that RSGI does not carry well; --interface asgi does."
        )
    # From here on Granian is needed, which costs as much to import as all the rest.
    from granian.constants import Interfaces

    interface = Interfaces.ASGI if asgi else Interfaces.RSGI
    if options.mode == "production":
        workers = f"{options.workers} workers" if options.workers > 1 else "one process"
        _log.info("Serving %s on %s over %s, %s.", options.target or "the app", options.address, interface, workers)
    try:
        if options.workers > 1:
            from demijohn.cli.server.workers import serve_workers

            return serve_workers(app, options, interface, load_frozen)
        from demijohn.cli.server.single import serve_single

        return serve_single(app.pipeline, options, interface)
    except ssl.SSLError as error:
        remedy = "Both must be PEM files, the certificate first in its file, the key without a password."
        raise CommandError(f"{options.tls_cert} and {options.tls_key} are no pair: {error.reason}.", remedy) from error
