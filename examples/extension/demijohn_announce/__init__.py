"""Show an announcement on every page of a site, until a visitor dismisses it: `app.use(Announce())`."""

from __future__ import annotations

from demijohn_announce.announcement import Announcement
from demijohn_announce.extension import Announce
from demijohn_announce.settings import AnnounceSettings

__all__ = ["Announce", "AnnounceSettings", "Announcement"]
