"""Define `Announcement`, which handlers may take as a parameter, and remember who has dismissed it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar

from demijohn import HTTPError, Request, Session

__all__ = ["Announcement", "no_announcement"]

_DISMISSED = "announce.dismissed"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Hold what is announced to the visitor of this request."""

    text: str

    # What the error says where a handler takes an Announcement and the site does not use the extension.
    __demijohn_provided__: ClassVar[str] = "app.use(Announce())"

    @property
    def digest(self) -> str:
        """Return what stands for the text in a session: short, and another one once the text changes."""
        return sha256(self.text.encode()).hexdigest()[:16]

    def is_due(self, request: Request) -> bool:
        """Say whether to show it: there is a text, and this visitor has not dismissed it."""
        return bool(self.text) and request.session.get(_DISMISSED) != self.digest

    def dismiss(self, session: Session) -> None:
        """Show it to this visitor no more."""
        session[_DISMISSED] = self.digest


def no_announcement(request: Request) -> HTTPError:
    """Refuse a request whose handler cannot do without an announcement."""
    return HTTPError(404, "There is no announcement.", code="announce.none")
