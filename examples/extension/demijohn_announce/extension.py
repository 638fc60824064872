"""Plug demijohn-announce into an app. No other file of the package knows `Setup`."""

from __future__ import annotations

from collections.abc import Mapping

from demijohn import Extension, Problem, Request, Setup, request
from demijohn.contracts import SessionStore
from demijohn_announce.announcement import Announcement, no_announcement
from demijohn_announce.module import announce
from demijohn_announce.settings import AnnounceSettings

__all__ = ["Announce"]

_LONGEST = 200  # characters


class Announce(Extension):
    """Show the announcement of the settings: `app.use(Announce())`, and include `announce/bar.html` in the pages."""

    name = "announce"
    requires = (SessionStore,)  # sessions remember who has dismissed what
    settings = AnnounceSettings

    def setup(self, setup: Setup) -> None:
        """Add the module, the parameter `Announcement`, the name for templates, a check and a panel."""
        announcement = Announcement(setup.settings(AnnounceSettings).announcement)

        def load(asked: Request) -> Announcement | None:
            return announcement if announcement.is_due(asked) else None

        def too_long() -> list[Problem]:
            if len(announcement.text) <= _LONGEST:
                return []
            message = (
                f"The announcement has {len(announcement.text)} characters; few visitors read more than {_LONGEST}."
            )
            return [Problem(message, remedy="Shorten ANNOUNCEMENT, and let it name a page that says the rest.")]

        def rows(asked: Request) -> Mapping[str, object]:
            return {"text": announcement.text, "shown to this visitor": announcement.is_due(asked)}

        setup.include(announce)
        setup.provide(Announcement, load, absent=no_announcement)
        setup.template_global("announcement", lambda: load(request))  # the request that the page is for
        setup.check(too_long)
        setup.panel("Announcement", rows)
