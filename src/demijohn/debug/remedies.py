"""Say how a module that is not installed gets installed, and which name was meant. Those of Flask are in habits.py."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["install_line", "near_line"]

# The name by which it is imported, to what pip is given: what our extras bring, and well-known modules. No other name
# is guessed: it may be a misspelt module of the project, and there may well be a distribution of that name.
_INSTALLED_BY = {
    "a2wsgi": "'demijohn[mount]'",
    "brotli": "'demijohn[fast]'",
    "rich": "'demijohn[dev]'",
    "uvloop": "'demijohn[fast]'",
    "watchfiles": "'demijohn[dev]'",
    "winloop": "'demijohn[fast]'",
    "alembic": "alembic",
    "argon2": "argon2-cffi",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "httpx": "httpx",
    "jinja2": "jinja2",
    "jwt": "pyjwt",
    "PIL": "pillow",
    "pydantic": "pydantic",
    "psycopg": "'psycopg[binary]'",
    "psycopg2": "psycopg2-binary",
    "redis": "redis",
    "requests": "requests",
    "sklearn": "scikit-learn",
    "sqlalchemy": "sqlalchemy",
    "yaml": "pyyaml",
}


def install_line(error: BaseException) -> str:
    """Return the command that installs what an import missed; empty for other errors and for modules not known here."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    wanted = _INSTALLED_BY.get(error.name.partition(".")[0])
    return f"pip install {wanted}" if wanted else ""


def near_line(error: BaseException) -> str:
    """Return a question with the name that a misspelt one is near to; empty for other errors."""
    if not isinstance(error, NameError | AttributeError) or not error.name or "Did you mean" in str(error):
        return ""
    known = _names_at(error) if isinstance(error, NameError) else _names_of(error.obj)
    near = difflib.get_close_matches(error.name, [name for name in known if not name.startswith("_")], n=1)
    return f"Did you mean {near[0]!r}?" if near and near[0] != error.name else ""


def _names_at(error: NameError) -> Iterable[str]:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return [] if trace is None else [*trace.tb_frame.f_locals, *trace.tb_frame.f_globals, *trace.tb_frame.f_builtins]


def _names_of(owner: object) -> Iterable[str]:
    try:
        return dir(owner)
    except Exception:  # noqa: BLE001  # the project's own __dir__
        return []
