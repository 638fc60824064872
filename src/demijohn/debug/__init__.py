"""Show a developer what went wrong: the debug page, the page of a start that failed, blocked sources of pages.

Nothing of this is loaded in production, and nothing of it is shown to another machine (reach.py).
"""
