"""Hold the bodies and headers that a bare program answers with: Demijohn's own. A difference stops the run."""

from typing import Final

_EVERYWHERE: Final = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
]
_PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

HEADERS: Final = [
    ("content-type", "application/json"),
    *_EVERYWHERE,
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
]
PAGE_HEADERS: Final = [
    ("content-type", "text/html; charset=utf-8"),
    *_EVERYWHERE,
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", _PAGE_POLICY),
]


def greeting() -> dict[str, str]:
    """Return what is encoded again for each request."""
    return {"message": "Hello, World!"}
