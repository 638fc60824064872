"""Choose the media type that a client prefers from its Accept header (RFC 9110 section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["MediaRange", "accepts", "best_match", "prefers_html"]

_MAX_LENGTH = 500  # security.md 6; browsers send 130
_NAME = "[!#$%&'+\\-.^_`|~0-9A-Za-z]+"  # token, RFC 9110 section 5.6.2, without the `*` of a wildcard
_RANGE = re.compile(rf"{_NAME}/(?:{_NAME}|\*)|\*/\*")
_QUALITY = re.compile(r"[01]|[01]?\.[0-9]{0,9}")
_HTML = ("text/html", "application/xhtml+xml")
_JSON = ("application/json", "application/problem+json")


class MediaRange(NamedTuple):
    """Name what a client accepts, `text/html`, `text/*` or `*/*` in lower case, and how much, from 0 (not) to 1."""

    media: str
    quality: float

    def matches(self, media: str) -> bool:
        """Tell whether a media type without parameters, in lower case, lies in this range."""
        if self.media == media or self.media == "*/*":
            return True
        return self.media.endswith("/*") and media.startswith(self.media[:-1])

    @property
    def specificity(self) -> int:
        """Rank how closely the range names a type: 2 for `text/html`, 1 for `text/*`, 0 for `*/*`."""
        return 2 - self.media.count("*")


def accepts(header: str | None) -> list[MediaRange]:
    """Read an Accept header, in the order sent. Only its first 500 bytes are read, cut after a whole element.

    Elements that are malformed are skipped; parameters other than `q` are not looked at; a lone `*` (old Java
    clients) is `*/*`.
    """
    if not header:
        return []
    if len(header) > _MAX_LENGTH:
        header = header[:_MAX_LENGTH].rpartition(",")[0]
    ranges = (_read_range(element) for element in header.split(","))
    return [found for found in ranges if found is not None]


def best_match(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that the client likes best, or None if it accepts none of them.

    An offer may have parameters (`text/html; charset=utf-8`); they do not count. Of offers with equal quality the one
    named more closely wins, then the earlier one. Without a header, or with none that can be read, the first wins.
    """
    ranges = accepts(header)
    if not ranges:
        return offers[0] if offers else None
    best: str | None = None
    best_rank = (0.0, 0)
    for offer in offers:
        rank = _rank(ranges, offer.partition(";")[0].strip().lower())
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = offer, rank
    return best


def prefers_html(header: str | None) -> bool:
    """Tell whether an answer should be a page: HTML is named, not only covered by `*/*`, and JSON not liked more.

    So a browser gets a page, and curl, fetch() and API clients, which send `*/*` or nothing, get JSON.
    """
    ranges = accepts(header)
    html = max((found.quality for found in ranges if found.media in _HTML), default=0.0)
    return html > 0 and html >= max(_rank(ranges, media)[0] for media in _JSON)


def _read_range(element: str) -> MediaRange | None:
    media, *parameters = element.split(";")
    media = media.strip(" \t").lower()
    if media == "*":
        media = "*/*"
    if not _RANGE.fullmatch(media):
        return None
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip(" \t").lower() == "q":
            value = value.strip(" \t")
            if not _QUALITY.fullmatch(value) or value == "." or float(value) > 1:
                return None
            quality = float(value)
    return MediaRange(media, quality)


def _rank(ranges: Sequence[MediaRange], media: str) -> tuple[float, int]:
    """Return the quality of the closest range that covers a media type, and how close it is."""
    covering = [(found.specificity, found.quality) for found in ranges if found.matches(media)]
    specificity, quality = max(covering, default=(0, 0.0))
    return quality, specificity
