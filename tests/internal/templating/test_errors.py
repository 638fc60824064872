from __future__ import annotations

from demijohn.errors import DemijohnError
from demijohn.templating.errors import TemplateError, TemplateMissing, TemplateSpot


def test_an_error_holds_the_line_where_there_is_one() -> None:
    spot = TemplateSpot("a.html", "templates/a.html", 3)
    assert TemplateError("x", spot).template is spot
    assert TemplateError("x").template is None
    assert (spot.source_lines, spot.context_names) == ((), {})


def test_what_is_missing_can_be_caught_as_a_lookup() -> None:
    assert issubclass(TemplateMissing, (TemplateError, LookupError))
    assert issubclass(TemplateError, DemijohnError)
