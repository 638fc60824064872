from __future__ import annotations

from demijohn import App, Extension
from demijohn.app_records import AppRecords


def test_records_start_empty_with_what_the_app_was_made_with() -> None:
    records = AppRecords(health="/up", static="/assets", limits=None, cors=None, headers={"x-a": None})
    assert (records.health, records.static, records.security_headers) == ("/up", "/assets", {"x-a": None})
    assert (records.extensions, records.mounts, records.settings_class) == ([], [], None)


def test_an_app_records_what_it_uses_and_where() -> None:
    app, extension = App("app"), Extension()
    app.use(extension)
    ((used, origin),) = app.app_records.extensions
    assert used is extension
    assert str(origin).startswith("tests/internal/test_app_records.py:")
