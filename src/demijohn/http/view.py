"""Define `View`, a class that answers a path with one method for each HTTP method."""

from __future__ import annotations

__all__ = ["VIEW_METHODS", "View"]

VIEW_METHODS = ("get", "post", "put", "patch", "delete")


class View:
    """Answer one path with methods named after HTTP's: `class NoteView(View): def get(self, id: int): ...`.

    Register it with `@app.route("/notes/<int:id>")` above the class, or `app.add_route(path, NoteView)`. Each request
    gets an instance of its own, made without arguments. Parameters, `def` and `async def` are as in functions.
    """

    @classmethod
    def http_methods(cls) -> list[str]:
        """Return the HTTP methods that the class answers, in upper case."""
        return [name.upper() for name in VIEW_METHODS if callable(getattr(cls, name, None))]
