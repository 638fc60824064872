from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from demijohn.app_records import MountRecord
from demijohn.assembly.mounts import as_mount, is_asgi
from demijohn.errors import DeclarationError
from demijohn.types import Origin


async def asgi_function(scope: object, receive: object, send: object) -> None: ...


def asgi_by_its_form(scope: object, receive: object, send: object) -> object: ...


def wsgi_function(environ: object, start_response: object) -> list[bytes]:
    return []


class AsgiObject:
    async def __call__(self, scope: object, receive: object, send: object) -> None: ...


class WsgiObject:
    def __call__(self, environ: object, start_response: object) -> list[bytes]:
        return []


def mounted(site: Any, guard: str = "plain") -> Any:
    return as_mount(MountRecord("/old", site, "full" if guard == "full" else "plain", Origin("app.py", 3)))


@pytest.mark.parametrize("site", [asgi_function, asgi_by_its_form, AsgiObject()])
def test_asgi_is_told_by_how_it_is_called(site: Callable[..., Any]) -> None:
    assert is_asgi(site)
    assert mounted(site).site is site


@pytest.mark.parametrize("site", [wsgi_function, WsgiObject(), dict])
def test_the_rest_is_wsgi(site: Callable[..., Any]) -> None:
    assert not is_asgi(site)


@pytest.mark.parametrize("site", [wsgi_function, WsgiObject()])
def test_wsgi_is_wrapped(site: Callable[..., Any]) -> None:
    mount = mounted(site)
    assert mount.site is not site
    assert is_asgi(mount.site)


def test_the_guard_says_who_protects() -> None:
    assert mounted(asgi_function).plain
    assert not mounted(asgi_function, "full").plain


def test_what_cannot_be_called_cannot_be_mounted() -> None:
    with pytest.raises(DeclarationError) as refused:
        mounted("not a site")
    (problem,) = refused.value.problems
    assert (problem.where, "'not a site'" in problem.message) == ("app.py:3", True)


def test_a_missing_adapter_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)
    with pytest.raises(DeclarationError) as refused:
        mounted(wsgi_function)
    assert "pip install 'demijohn[mount]'" in refused.value.problems[0].remedy
    assert mounted(asgi_function)
