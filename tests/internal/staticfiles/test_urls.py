from __future__ import annotations

import pytest

from demijohn.context import NoContextError, enter_scope
from demijohn.contracts import StaticUrls
from demijohn.staticfiles.errors import StaticFileError
from demijohn.staticfiles.files import StaticFiles
from demijohn.staticfiles.urls import static


class Command:
    def __init__(self, services: dict[type, object]) -> None:
        self.services = services


def test_an_address_needs_an_app_and_no_request(files: StaticFiles) -> None:
    with enter_scope(Command({StaticUrls: files})):
        assert static("style.css") == files.url("style.css")
    with pytest.raises(NoContextError, match="the address of a static file"):
        static("style.css")


def test_an_app_without_static_files_is_told_where_to_put_them() -> None:
    with enter_scope(Command({})), pytest.raises(StaticFileError, match="into a folder `static`"):
        static("style.css")
    with enter_scope(Command({StaticUrls: "nothing"})), pytest.raises(StaticFileError, match="has no url"):
        static("style.css")
