"""Pages from Jinja templates. Handlers return `render(...)` (page.py); environment.py makes the text.

Only environment.py and what it needs import Jinja, at the first page: declaring and JSON services never pay for it.
"""
