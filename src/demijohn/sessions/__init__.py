"""Keep what is known of a visitor between requests: `Session` (session.py), and a store that needs no database.

Nothing is imported here: cookie_store.py brings the signing along, which most services never need.
"""
