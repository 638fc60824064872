"""Define the settings of demijohn-announce. They become part of the site's own."""

from __future__ import annotations

from demijohn import Config

__all__ = ["AnnounceSettings"]


class AnnounceSettings(Config):
    """Hold the text that is announced, ANNOUNCEMENT in the environment; where it is empty, nothing is."""

    announcement: str = ""
