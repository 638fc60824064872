"""Keep what is known of a visitor between requests: `Session`, and the store that needs no database."""

from demijohn.sessions.cookie_store import CookieSessionStore, SessionTooLarge
from demijohn.sessions.session import Session

__all__ = ["CookieSessionStore", "Session", "SessionTooLarge"]
