"""Say how a module that is not installed gets installed: the table of what our extras bring."""

from __future__ import annotations

__all__ = ["install_line"]

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
