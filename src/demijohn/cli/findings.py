"""Collect what `demijohn check` has to say about an app. Writing it to the terminal is in commands/check.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from demijohn.app import App
from demijohn.cli.location import freeze_app
from demijohn.config import Config
from demijohn.errors import ConfigError, DeclarationError
from demijohn.pipeline.pipeline import Pipeline

__all__ = ["Finding", "findings_of"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding. An `E` stops a deployment, a `W` is something to know; `place` is a file and line, or empty."""

    level: Literal["E", "W"]
    code: str
    message: str
    place: str = ""
    remedy: str = ""


def findings_of(app: App, *, deploy: bool) -> list[Finding]:
    """Return the findings, errors first. With `deploy` the app is read as production has it.

    Mistakes that keep the app from starting hide the rest, which can only be seen in an app that starts.
    """
    try:
        pipeline = freeze_app(app, "production" if deploy else "development")
    except DeclarationError as error:
        code = "config" if isinstance(error, ConfigError) else "declaration"
        return [Finding("E", code, problem.message, problem.where, problem.remedy) for problem in error.problems]
    found = list(_opt_outs(pipeline, deploy=deploy))
    if deploy:
        found += _deployment(pipeline.config)
    return sorted(found, key=lambda finding: finding.level)


def _opt_outs(pipeline: Pipeline, *, deploy: bool) -> Iterator[Finding]:
    for out in pipeline.opt_outs:
        message = f"{out.detail}; because: {out.reason}" if out.reason else out.detail
        yield Finding("E" if out.grave and deploy else "W", out.code, message, str(out.origin or ""))


def _deployment(config: Config) -> Iterator[Finding]:
    if config.site_url is None:
        remedy = "Set SITE_URL=https://example.com: links in mail and redirects to the site itself are built from it."
        yield Finding("W", "site_url.missing", "SITE_URL is not set.", remedy=remedy)
    elif not config.site_url.startswith("https://"):
        remedy = "Serve the site over TLS, with --tls-cert and --tls-key or behind a proxy, and write https://."
        yield Finding(
            "E", "site_url.insecure", "SITE_URL is not https: cookies and passwords travel openly.", "", remedy
        )
    if config.secret_key is None:
        remedy = "Set SECRET_KEY as soon as something signs: sessions, CSRF tokens, links in mail."
        yield Finding("W", "secret_key.missing", "SECRET_KEY is not set, so nothing can be signed.", "", remedy)
