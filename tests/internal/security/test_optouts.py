"""Check optouts.py: an opt-out is a plain record."""

from demijohn.security.optouts import OptOut
from demijohn.types import Origin


def test_an_opt_out_says_what_why_and_where() -> None:
    out = OptOut("csrf.exempt", "csrf=False", "webhook", Origin("app.py", 3))
    assert (out.code, out.detail, out.reason, str(out.origin), out.grave) == (
        "csrf.exempt",
        "csrf=False",
        "webhook",
        "app.py:3",
        False,
    )
