"""Keep secret values out of reprs, logs and answers. Where a secret is read from is in sources.py."""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

__all__ = ["DEVELOPMENT_PREFIX", "MASK", "Secret", "development_secret", "masked"]

MASK = "**********"

# Marks a key as made for development, so that production refuses it without seeing the file it came from:
# `check_secret_key` in signing.py takes "insecure" for a placeholder.
DEVELOPMENT_PREFIX = "insecure-development-"

_SECRET_NAME = re.compile(r"pass|secret|token|key|credential|dsn|private", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)([^/?#\s:@]*):[^/?#\s]*@")

_T_co = TypeVar("_T_co", covariant=True)


class Secret(Generic[_T_co]):
    """Wrap a value that must not be shown: repr, str and format are masked, JSON and pickle refuse it.

    `.reveal()` is the one way to the value, and easy to find by grep. Comparing takes the same time whatever differs.
    """

    __slots__ = ("_value",)

    def __init__(self, value: _T_co) -> None:
        if isinstance(value, Secret):
            raise TypeError("This is a Secret already. Pass it on, or wrap what .reveal() returns.")
        self._value = value

    def reveal(self) -> _T_co:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = self._value, other._value
        import hmac  # for the rare comparison; it loads OpenSSL

        return type(mine) is type(theirs) and hmac.compare_digest(_comparable(mine), _comparable(theirs))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not pickled, for a pickle shows it. Take .reveal() where that is meant.")

    def __copy__(self) -> Secret[_T_co]:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret[_T_co]:
        return self


def _comparable(value: object) -> bytes:
    return value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")


def masked(name: str, value: object) -> str:
    """Return `value` as it may be shown: masked where it is a Secret or `name` speaks of one, passwords of URLs out."""
    if value is None:
        return "None"
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, list | tuple | set | frozenset) and any(isinstance(item, Secret) for item in value):
        return f"{MASK} ({len(value)} values)"
    if value and _SECRET_NAME.search(name):
        return MASK
    return _URL_PASSWORD.sub(rf"\1:{MASK}@", value if isinstance(value, str) else repr(value))


def development_secret(root: Path) -> Secret[str]:
    """Return the development key of the project at `root`: 32 random bytes, made once in `.demijohn/secret_key` (0600).

    The folder ignores itself in git. Where nothing can be written, the key lasts for this process only.
    """
    path = root / ".demijohn" / "secret_key"
    try:
        return Secret(_read_key(path) or _make_key(path))
    except OSError as error:
        logging.getLogger("demijohn").warning(
            "No development key could be kept in %s (%s): sessions end with this process.", path, error.strerror
        )
        return Secret(_new_key())


def _new_key() -> str:
    import secrets

    return DEVELOPMENT_PREFIX + secrets.token_urlsafe(32)


def _read_key(path: Path) -> str | None:
    """Return the kept key, with its file closed to others, or None where there is none or what stands there is none."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    if path.stat().st_mode & 0o077 and os.name == "posix":
        path.chmod(0o600)
    return key if key.startswith(DEVELOPMENT_PREFIX) and len(key) >= len(DEVELOPMENT_PREFIX) + 40 else None


def _make_key(path: Path) -> str:
    """Write a new key so that of two processes that start together both get the same one."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    draft = path.with_name(f".secret_key-{os.urandom(8).hex()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_new_key() + "\n")
    try:
        if path.exists() and _read_key(path) is None:
            path.unlink()  # what stands there is no key of ours
        with suppress(FileExistsError):  # unlike a rename, a link fails where another process was first
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read_key(path) or _new_key()
