"""Define `ClientResponse`, what a client of the test kit received. One that comes piece by piece is in stream.py."""

from __future__ import annotations

from typing import Any

import msgspec

from demijohn.datastructures import Headers
from demijohn.testing.cookies import SetCookie

__all__ = ["ClientResponse"]


class ClientResponse:
    """Hold a whole answer. `cookies` are those that it sets, by name; `history` the redirects that led here."""

    __slots__ = ("body", "cookies", "headers", "history", "method", "status", "url")

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes = b"",
        *,
        method: str,
        url: str,
        cookies: dict[str, SetCookie] | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.method = method
        self.url = url
        self.cookies = cookies or {}
        self.history: tuple[ClientResponse, ...] = ()

    def __repr__(self) -> str:
        kind = self.content_type or "no content type"
        return f"<ClientResponse {self.status} {kind}, {len(self.body)} bytes, {self.method} {self.url}>"

    @property
    def content_type(self) -> str:
        """Return the media type in lower case without its parameters, empty where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def location(self) -> str | None:
        """Return where a redirect leads, as the header says it."""
        return self.headers.get("location")

    @property
    def text(self) -> str:
        """Return the body as text, in the charset of its content type, else UTF-8."""
        _, _, charset = self.headers.get("content-type", "").lower().partition("charset=")
        return self.body.decode(charset.partition(";")[0].strip(" \"'") or "utf-8")

    def json(self) -> Any:  # Any: JSON has no one type, and a test compares it with a literal
        """Return the body decoded as JSON.

        Raises:
            ValueError: the body is not JSON.
        """
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise ValueError(
                f"The {self.status} answer to {self.method} {self.url} is no JSON ({error}). It is "
                f"{self.content_type or 'of no content type'} and begins {self.body[:200]!r}."
            ) from error
