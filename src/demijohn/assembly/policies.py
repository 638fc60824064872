"""Make the policies of a frozen app from its settings. Each policy itself is in security/ and sessions/."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from demijohn.app_records import AppRecords
from demijohn.config import Config, development_secret
from demijohn.errors import ConfigError, Problem
from demijohn.http.own_cookies import OwnCookies
from demijohn.pipeline.csrf import CsrfRules
from demijohn.pipeline.finish import Finisher
from demijohn.pipeline.intake import Intake
from demijohn.pipeline.pipeline import Mode
from demijohn.pipeline.session_cookie import SessionCookie
from demijohn.security.csp import Allowance, ContentSecurityPolicy
from demijohn.security.csrf import CsrfPolicy, CsrfTokens
from demijohn.security.headers import SecurityHeaders
from demijohn.security.hosts import HostPolicy, machine_addresses
from demijohn.security.limits import Limits
from demijohn.security.optouts import OptOut
from demijohn.security.origins import canonical_origin, split_url
from demijohn.security.proxies import ProxyPolicy

if TYPE_CHECKING:
    from demijohn.sessions.cookie_store import CookieSessionStore

__all__ = ["Policies"]

_T = TypeVar("_T")

_NEW_KEY = "python3 -c 'import secrets; print(\"SECRET_KEY=\" + secrets.token_urlsafe(32))'"


class Policies(msgspec.Struct, frozen=True):
    """Hold the policies that all routes of one frozen app share."""

    limits: Limits
    intake: Intake
    csrf: CsrfRules
    security: SecurityHeaders
    finisher: Finisher
    keys: tuple[bytes, ...]
    own_origins: frozenset[str]
    cookies: OwnCookies
    opt_outs: tuple[OptOut, ...]

    @classmethod
    def of(
        cls, records: AppRecords, config: Config, mode: Mode, root: Path, allowances: Sequence[Allowance] = ()
    ) -> Policies:
        """Return the policies; `allowances` are what extensions add to the Content-Security-Policy.

        Raises:
            ConfigError: a setting cannot work, or production lacks one that it needs.
        """
        limits = records.limits or Limits()
        cors = records.cors
        trusted = [*config.trusted_origins, *(cors.trusted_origins if cors is not None else ())]
        problems: list[Problem] = []  # of all of them, so that nobody mends one to be told of the next
        hosts = _attempt(lambda: _host_policy(config, mode), problems)
        proxies = _attempt(lambda: _proxy_policy(config), problems)
        keys = _attempt(lambda: _keys(config, mode, root), problems)
        own = frozenset(filter(None, [canonical_origin(config.site_url or "")]))
        csrf = _attempt(lambda: CsrfPolicy(trusted, own=own, disabled=config.unsafe_disable_csrf), problems)
        security = _attempt(lambda: _security_headers(records, mode, allowances), problems)
        if hosts is None or proxies is None or keys is None or csrf is None or security is None:
            raise ConfigError(problems)
        found = [*hosts.opt_outs(), *proxies.opt_outs(), *csrf.opt_outs(), *security.opt_outs()]
        if cors is not None:
            found += cors.opt_outs()
        return cls(
            limits=limits,
            intake=Intake(hosts, proxies, limits),
            csrf=CsrfRules(csrf, knows_tls=proxies.active),
            security=security,
            finisher=Finisher(security, cors=cors, sessions=SessionCookie(allows_http=mode != "production")),
            keys=tuple(keys),
            own_origins=own,
            cookies=OwnCookies(plain_http=mode != "production"),
            opt_outs=tuple(found),
        )

    def session_store(self) -> CookieSessionStore:
        """Make the store of sessions; an app that never asks for a session has none."""
        from demijohn.sessions.cookie_store import CookieSessionStore
        from demijohn.signing import Signer

        return CookieSessionStore(Signer(self.keys, "session"))

    def csrf_tokens(self) -> CsrfTokens:
        """Make what signs and checks the tokens of forms."""
        return CsrfTokens(self.keys)


def _attempt(make: Callable[[], _T], problems: list[Problem]) -> _T | None:
    try:
        return make()
    except ConfigError as error:
        problems += error.problems
        return None


def _proxy_policy(config: Config) -> ProxyPolicy:
    return ProxyPolicy(config.trusted_proxies, host_header=config.trust_forwarded_host, family=config.forwarded_headers)


def _security_headers(records: AppRecords, mode: Mode, allowances: Sequence[Allowance]) -> SecurityHeaders:
    policy = records.csp or ContentSecurityPolicy()
    policy.freeze()
    if allowances or mode == "development":
        policy = policy.extended(allowances)
    if mode == "development" and policy.report_to is None:
        from demijohn.debug.csp_reports import PATH  # tells in the terminal what was blocked

        policy.report_to = PATH
    return SecurityHeaders(policy, https_hsts=mode == "production", overrides=records.security_headers)


def _host_policy(config: Config, mode: Mode) -> HostPolicy:
    allowed = list(config.allowed_hosts)
    if config.site_url is not None:
        parts = split_url(config.site_url)
        if parts is not None:
            allowed.append(parts[1].name)
    if mode == "development":
        allowed += machine_addresses()  # a phone in the same network may look, too
    if mode == "test":
        allowed += ["testserver", "localhost", "127.0.0.1"]
    policy = HostPolicy(allowed, any_host=config.unsafe_any_host, development=mode != "production")
    if not policy:
        remedy = "Name the hosts this site answers for: ALLOWED_HOSTS=example.com, or SITE_URL=https://example.com"
        raise ConfigError([Problem("Neither ALLOWED_HOSTS nor SITE_URL is set.", "", remedy)])
    return policy


def _keys(config: Config, mode: Mode, root: Path) -> list[bytes]:
    """Return the signing keys, newest first; none where production has none, since not every app signs."""
    if config.secret_key is None:
        if mode == "development":
            return [development_secret(root).reveal().encode()]
        return [os.urandom(32)] if mode == "test" else []
    keys = [config.secret_key, *config.secret_key_fallbacks]
    if mode == "production":
        from demijohn.signing import check_secret_key

        problems = []
        for index, key in enumerate(keys):
            name = "SECRET_KEY" if index == 0 else f"SECRET_KEY_FALLBACKS, entry {index},"
            remedy = f"Make a new one: {_NEW_KEY}"
            problems += [Problem(f"{name} {weakness}", "", remedy) for weakness in check_secret_key(key.reveal())]
        if problems:
            raise ConfigError(problems)
    return [key.reveal().encode() for key in keys]
