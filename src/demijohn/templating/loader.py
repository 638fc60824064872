"""Give Jinja the sources of templates. Where they are looked for is in folders.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound

from demijohn.templating.errors import TemplateError
from demijohn.templating.folders import TemplateFolder, find_template

__all__ = ["FolderLoader"]


class FolderLoader(BaseLoader):
    """Load templates from folders, already in the order in which they are looked into."""

    def __init__(self, folders: Sequence[TemplateFolder]) -> None:
        self._folders = folders

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the source, the file and what tells whether both are still right.

        Raises:
            TemplateNotFound: no folder holds it; Jinja needs its own error for `{% include ... ignore missing %}`.
            TemplateError: the file is not UTF-8.
        """
        path = find_template(self._folders, template)
        if path is None:
            raise TemplateNotFound(template)
        version = _version(path)
        try:
            source = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise TemplateError(f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None

        def is_up_to_date() -> bool:
            return find_template(self._folders, template) == path and _version(path) == version

        return source, str(path), is_up_to_date


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # it is gone
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
