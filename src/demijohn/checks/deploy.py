"""Say what production must not have, or should know of. Settings that stop the start are refused when the app freezes;
here is what would start and should not.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from demijohn.app import App
from demijohn.assembly import project_folder
from demijohn.checks.finding import Finding
from demijohn.checks.source import SourceFile
from demijohn.config import Config, trace_config
from demijohn.config.names import environment_name
from demijohn.contracts import RateStore
from demijohn.pipeline.pipeline import Pipeline
from demijohn.security.origins import split_origin
from demijohn.security.throttle import MemoryRateStore, RateLimit
from demijohn.sessions.session import Session

__all__ = ["deployment_findings"]

_NEW_KEY = "python3 -c 'import secrets; print(\"SECRET_KEY=\" + secrets.token_urlsafe(32))'"

# The month in which the last security release of each Python comes (devguide.python.org/versions).
_LAST_RELEASE = {(3, 11): "2027-10", (3, 12): "2028-10", (3, 13): "2029-10", (3, 14): "2030-10"}

_SESSION_NAMES = frozenset({"demijohn.session", "demijohn.Session"})


def deployment_findings(app: App, pipeline: Pipeline | None, sources: Sequence[SourceFile]) -> Iterator[Finding]:
    """Return the findings of `--deploy`; `pipeline` is None where the app cannot be frozen at all."""
    root = project_folder(app)
    yield from _python(sys.version_info[:2], sys.version_info.releaselevel, time.strftime("%Y-%m", time.gmtime()))
    yield from _readable_files(root, os.environ, app)
    if pipeline is None:
        return
    settings = trace_config(type(pipeline.config), development=False, root=root, environ=os.environ, arguments={})
    places = {setting.name: setting.place for setting in settings}
    yield from _site_url(pipeline, places)
    yield from _secret_key(pipeline, sources)
    yield from _origins(app, pipeline, places)
    yield from _rate_store(pipeline)


def _site_url(pipeline: Pipeline, places: Mapping[str, str]) -> Iterator[Finding]:
    site_url = pipeline.config.site_url
    if site_url is None:
        remedy = "Set SITE_URL=https://example.com: absolute links and redirects to the site itself are made from it."
        yield Finding("W", "site_url.missing", "SITE_URL is not set.", "", remedy)
    elif not site_url.startswith("https://"):
        remedy = "Serve over TLS, with --tls-cert and --tls-key or behind a proxy, and write https://."
        message = "SITE_URL is not https: what visitors send, cookies among it, travels openly."
        yield Finding("E", "site_url.insecure", message, places["SITE_URL"], remedy)


def _secret_key(pipeline: Pipeline, sources: Sequence[SourceFile]) -> Iterator[Finding]:
    if pipeline.config.secret_key is not None:
        return
    remedy = f"Set SECRET_KEY in the environment. This prints one: {_NEW_KEY}"
    where = _first_session(pipeline, sources)
    if where is None:
        message = "SECRET_KEY is not set: sessions, signed tokens and CSRF tokens cannot be had."
        yield Finding("W", "secret_key.missing", message, "", remedy)
    else:
        message = "SECRET_KEY is not set, and this needs one: it would be an error 500."
        yield Finding("E", "secret_key.missing", message, where, remedy)


def _first_session(pipeline: Pipeline, sources: Sequence[SourceFile]) -> str | None:
    """Return where a session is asked for, as far as signatures and imports tell."""
    for served in pipeline.routes:
        if any(parameter.type is Session for parameter in served.plan.describe()):
            return str(served.route.origin)
    places = (source.first_import(_SESSION_NAMES) for source in sources)
    return next((str(place) for place in places if place is not None), None)


def _origins(app: App, pipeline: Pipeline, places: Mapping[str, str]) -> Iterator[Finding]:
    cors = app.app_records.cors
    named = [(origin, "TRUSTED_ORIGINS", places["TRUSTED_ORIGINS"]) for origin in pipeline.config.trusted_origins]
    if cors is not None:
        named += [(origin, "Cors", str(cors.declared_at)) for origin in sorted(cors.trusted_origins)]
    for origin, setting, where in named:
        scheme, host = split_origin(origin) or ("", None)
        if host is not None and _is_loopback(host.name):
            message = (
                f"{setting} names {origin}: whatever runs on a visitor's machine may use this site as the visitor."
            )
            yield Finding("W", "origin.loopback", message, where, "Name it in development only.")
        elif scheme == "http":
            message = f"{setting} names {origin}: whoever can change plain http on its way may speak for that site."
            yield Finding("W", "origin.insecure", message, where, "Write https://, and serve that site so.")


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _rate_store(pipeline: Pipeline) -> Iterator[Finding]:
    limited = [served for served in pipeline.routes if any(isinstance(it, RateLimit) for it in served.endpoint.guards)]
    if limited and isinstance(pipeline.services[RateStore], MemoryRateStore):
        remedy = "With --workers 1 that is exact; with more, divide the rates, or install a battery that shares counts."
        message = "Rates are counted in the memory of each worker, so N workers let N times as many requests through."
        yield Finding("W", "rate_limit.memory", message, str(limited[0].route.origin), remedy)


def _python(version: tuple[int, ...], release: str, month: str) -> Iterator[Finding]:
    name = ".".join(map(str, version))
    last = _LAST_RELEASE.get((version[0], version[1]))
    if last is not None and month > last:
        message = f"Python {name} gets no security releases any more since {last}."
        yield Finding("W", "python.unsupported", message, "", "Move to a newer Python; Demijohn needs nothing else.")
    if release != "final":
        message = f"Python {name} is a {release} release, which is not meant for production."
        yield Finding("W", "python.unsupported", message, "", "Use a final release.")


def _readable_files(root: Path, environ: Mapping[str, str], app: App) -> Iterator[Finding]:
    """Find files with secrets that other users of the machine may read (POSIX)."""
    if os.name != "posix":
        return
    fields = dataclasses.fields(app.app_records.settings_class or Config)
    names = [f"{environment_name(field.name)}_FILE" for field in fields]
    paths = [
        root / ".env",
        root / ".demijohn" / "secret_key",
        *(Path(environ[name]) for name in names if name in environ),
    ]
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError:  # there is none, or the settings have said so
            continue
        if mode & 0o044:
            message = "This file holds secrets, and other users of the machine may read it."
            yield Finding("W", "file.readable", message, str(path), f"chmod 600 {path}")
