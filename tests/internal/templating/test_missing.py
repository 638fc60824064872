from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment, UndefinedError

from demijohn import Request, request, session
from demijohn.context import enter_scope
from demijohn.contracts import SessionStore
from demijohn.templating.missing import Missing

ENVIRONMENT = Environment(autoescape=True, undefined=Missing)


class Note:
    title = "Milk"
    other = None

    @property
    def broken(self) -> str:
        return str(self.other.title)  # type: ignore[attr-defined]  # the mistake that is looked for


def rendered(source: str, **values: Any) -> str:
    return ENVIRONMENT.from_string(source).render(**values)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if user %}yes{% else %}no{% endif %}", "no"),
        ("{% if not user %}no{% endif %}", "no"),
        ("{{ user or 'nobody' }}", "nobody"),
        ("{{ user.name if user else 'nobody' }}", "nobody"),
        ("{{ 'checked' if user }}", ""),
        ("{{ user is defined }} {{ user is undefined }}", "False True"),
        ("{{ user|default('nobody') }}", "nobody"),
        ("{{ note.color|default('red') }} {{ note['color']|default('red') }}", "red red"),
        ("{% if note.color %}{% endif %}", ""),
    ],
)
def test_what_is_missing_can_be_asked_for(source: str, text: str) -> None:
    assert rendered(source, note=Note()) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ user }}",
        "{{ user.name }}",
        "{{ user['name'] }}",
        "{{ user() }}",
        "{{ user.name() }}",
        "{% for each in user %}{% endfor %}",
        "{{ user|length }}",
        "{{ user|upper }}",
        "{{ user + 1 }}",
        "{{ user == 1 }}",
        "{{ 1 in user }}",
        "{{ 'a' ~ user }}",
    ],
)
def test_what_is_missing_can_be_used_for_nothing(source: str) -> None:
    with pytest.raises(UndefinedError, match="'user' is undefined"):
        rendered(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ note.titel }}", r"^Note has no 'titel'\. Did you mean 'title'\?$"),
        ("{{ note['titel'] }}", r"^Note has no 'titel'\. Did you mean 'title'\?$"),
        ("{{ row.titel }}", r"^dict has no 'titel'\. Did you mean 'title'\?$"),
        ("{{ row.zzz }}", r"^dict has no 'zzz'$"),
        ("{{ rows[3] }}", r"has no element 3"),
        ("{{ note.broken }}", r"^Note\.broken is there, but reading it raised AttributeError$"),
        ("{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}", r"parameter 'a' was not provided"),
    ],
)
def test_the_message_names_what_there_is(source: str, message: str) -> None:
    with pytest.raises(UndefinedError, match=message):
        rendered(source, note=Note(), row={"title": 1, 2: 3}, rows=[])


class NothingStored:
    def load(self, cookie: str) -> None:
        return None


def test_request_and_session_are_called_by_their_names(current: Request) -> None:
    current.services = {SessionStore: NothingStored()}
    with enter_scope(current):
        with pytest.raises(UndefinedError, match=r"^request has no 'pth'\. Did you mean 'path'\?$"):
            rendered("{{ request.pth }}", request=request)
        with pytest.raises(UndefinedError, match=r"^session has no 'user' for this visitor; \{% if session\.user %\}"):
            rendered("{{ session.user }}", session=session)
        assert rendered("{{ session.user|default('nobody') }}", session=session) == "nobody"
