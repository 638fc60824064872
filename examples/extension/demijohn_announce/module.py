"""Hold the routes and the command. Templates and static files are in the folders beside this file."""

from __future__ import annotations

from demijohn import Module, Response, Session, redirect, safe_next
from demijohn_announce.announcement import Announcement
from demijohn_announce.settings import AnnounceSettings

__all__ = ["announce"]

announce = Module(__name__, name="announce")


@announce.get("/announcement")
def show(announcement: Announcement) -> Announcement:
    """Answer with the announcement as JSON."""
    return announcement


@announce.post("/announcement/dismiss")
def dismiss(settings: AnnounceSettings, session: Session) -> Response:
    """Dismiss the announcement and go back to the page where it was, the form's `next`."""
    Announcement(settings.announcement).dismiss(session)
    return redirect(safe_next())


@announce.command("announce-show")
def print_announcement(settings: AnnounceSettings) -> None:
    """Print what the site announces."""
    print(settings.announcement or "Nothing is announced. Set ANNOUNCEMENT.")
