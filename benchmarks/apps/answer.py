"""Hold the body and headers that a bare program answers with: Demijohn's own. overhead.py refuses a difference."""

from typing import Final

HEADERS: Final = [
    ("content-type", "application/json"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
]


def greeting() -> dict[str, str]:
    """Return what is encoded again for each request."""
    return {"message": "Hello, World!"}
