"""Find the project's static files, name them by their content, and answer requests for them.

Which names are served is in folders.py, names with a digest in names.py, compressed variants in variants.py.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import msgspec

from demijohn.errors import HTTPError
from demijohn.http.disposition import content_disposition
from demijohn.http.files import BYTES, CONTENT_TYPES, answer_with_file, resolve_below
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.logs import printable
from demijohn.staticfiles.errors import StaticFileError
from demijohn.staticfiles.folders import StaticFolder, is_refused, names_in
from demijohn.staticfiles.names import add_digest, split_digest
from demijohn.staticfiles.stamp import Stamp
from demijohn.staticfiles.variants import Variant, choose_variant, find_variants, source_of

__all__ = ["StaticFiles"]

_log = logging.getLogger("demijohn.staticfiles")

_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
# Only files that exist are remembered, so their number is the bound; a link to its own folder, or a file system that
# ignores case, would give one file names without end.
_MOST_REMEMBERED = 20_000
_MOST_LISTED = 5_000  # names of a folder, to find one that is near


class _File(msgspec.Struct, frozen=True):
    """Hold what is known of a file; `place` is where it was looked for, `path` where the links of that lead."""

    place: Path
    path: Path
    stamp: Stamp
    digest: str
    content_type: str | None
    variants: tuple[Variant, ...]
    url: str

    def is_current(self) -> bool:
        """Tell by one look at each whether the file and its variants are still what was read."""
        if Stamp.of(self.place) != self.stamp:
            return False
        return all(Stamp.of(variant.path) == variant.stamp for variant in self.variants)


class StaticFiles:
    """Know the static files of one app. Fulfils the contract `StaticUrls`.

    Where several folders have a file, the first one's counts. `reload`, for development, finds at once what was added,
    and sends files of a type that production would refuse as downloads. Content is read once, then again when the time
    or the size of a file has changed.
    """

    def __init__(self, folders: Sequence[StaticFolder], *, url_path: str = "/static", reload: bool = False) -> None:
        self.folders = tuple(folders)
        self._url_path = url_path.rstrip("/")
        self._reload = reload
        self._files: dict[str, _File] = {}
        self._digests: dict[tuple[int, int], tuple[Stamp, str]] = {}

    def url(self, name: str) -> str:
        """Return the address of a file, which has the digest of its content in it: `/static/style.3f2a9c1b8d.css`.

        Raises:
            StaticFileError: there is no such file, or it is never served.
        """
        known = None if self._reload else self._files.get(name)  # no look at the disk: a page may name many
        file = known or self._find(name)
        if file is None or file.content_type is None:
            raise StaticFileError(f"static({name!r}): {self._why_not(name, is_there=file is not None)}")
        return file.url

    def respond(self, request: Request, name: str) -> Response:
        """Answer a GET or HEAD for what stands behind `/static/`. Looks at files and may read one: call it in a worker.

        Raises:
            HTTPError: 404 for what is not served; 412 or 416, as the conditions of the request say.
        """
        file, caching = self._asked(name)
        response = _answer(request, file, _variant_for(request, file))
        fields = response.headers
        fields["cache-control"] = caching
        if file.variants:
            fields["vary"] = "accept-encoding"
        if file.content_type is None:
            fields["content-disposition"] = content_disposition(file.place.name)
        response.kind = "static"
        return response

    def _asked(self, name: str) -> tuple[_File, str]:
        """Return the file that an address names, and how long it may be kept."""
        parts = split_digest(name)
        stripped = self._current(parts[0]) if parts is not None else None
        if stripped is not None and parts is not None and stripped.digest.startswith(parts[1]):
            return stripped, _FOR_GOOD
        file = self._current(name)  # a bundler may have put a digest of its own into the name
        if file is not None:
            return file, _ASK_FIRST
        if stripped is None:
            raise HTTPError(404, "There is no such file.")
        # While a deployment goes from machine to machine, pages of one version ask a machine of the other. A style that
        # is slightly off is better than none; but nothing may keep it under an address that promises another content.
        return stripped, "no-store"

    def _current(self, name: str) -> _File | None:
        known = self._files.get(name)
        if known is not None and not self._reload and known.is_current():
            return known
        return self._find(name)

    def _find(self, name: str) -> _File | None:
        for folder in self.folders:
            if name.startswith(folder.prefix) and (file := self._read(folder, name)) is not None:
                if name in self._files or len(self._files) < _MOST_REMEMBERED:
                    self._files[name] = file
                return file
        self._files.pop(name, None)
        return None

    def _read(self, folder: StaticFolder, name: str) -> _File | None:
        below = name.removeprefix(folder.prefix)
        path = resolve_below(folder.path, below)
        content_type = CONTENT_TYPES.get(PurePosixPath(below).suffix.lower())
        if path is None or is_refused(below) or is_refused(path.name) or (content_type is None and not self._reload):
            return None
        source = source_of(below)
        if source is not None and resolve_below(folder.path, source) is not None:  # sent in that one's name
            return None
        stamp = Stamp.of(path)
        try:
            digest = self._digest(path, stamp) if stamp is not None else None
        except OSError as error:
            _log.warning("The static file %s cannot be read: %s", printable(str(path)), printable(str(error)))
            return None
        if stamp is None or digest is None:  # it went away just now
            return None
        address = quote(add_digest(name, digest), errors="surrogateescape")  # names on disk need not be UTF-8
        variants = find_variants(folder.path, below, stamp)
        url = f"{self._url_path}/{address}"
        return _File(folder.path.joinpath(below), path, stamp, digest, content_type, variants, url)

    def _digest(self, path: Path, stamp: Stamp) -> str:
        """Return the SHA-256 of a file, read only where it has changed; the stamp was taken before it is read."""
        known = self._digests.get(stamp[:2])
        if known is not None and known[0] == stamp:
            return known[1]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._digests[stamp[:2]] = (stamp, digest)
        return digest

    def _why_not(self, name: str, *, is_there: bool) -> str:
        if is_there:
            suffix = PurePosixPath(name).suffix
            return f"files that end in {suffix!r} have no known type, so production does not serve them."
        if is_refused(name):
            return "files of this kind are never served. Keep source, secrets and data out of static folders."
        source = source_of(name)
        if source is not None and self._find(source) is not None:
            return f"this is a compressed variant, which is sent by itself. Write static({source!r})."
        return f"there is no such file. {self._near(name)}Looked in: {self._places()}."

    def _near(self, name: str) -> str:
        import difflib  # for a mistake

        known = [
            folder.prefix + found for folder in self.folders for found in islice(names_in(folder.path), _MOST_LISTED)
        ]
        bare = name.removeprefix(self._url_path).lstrip("/").removeprefix("static/")
        near = [bare, *difflib.get_close_matches(name, known)]
        found = next((each for each in near if self._find(each) is not None), None)
        return f"Did you mean {found!r}? " if found else ""

    def _places(self) -> str:
        return ", ".join(f"{folder.path} ({folder.where})" for folder in self.folders) or "nowhere, there is no folder"


def _variant_for(request: Request, file: _File) -> Variant | None:
    if not file.variants or (request.method == "GET" and "range" in request.headers):  # parts are parts of the file
        return None
    return choose_variant(", ".join(request.headers.getlist("accept-encoding")), file.variants)


def _answer(request: Request, file: _File, variant: Variant | None) -> Response:
    etag, modified = f'"{file.digest[:32]}"', file.stamp.modified
    if variant is None:
        response = answer_with_file(request, file.path, etag=etag, modified=modified, size=file.stamp.size)
    else:
        etag = f'{etag[:-1]}-{variant.encoding}"'
        size = variant.stamp.size
        response = answer_with_file(request, variant.path, etag=etag, modified=modified, size=size, in_parts=False)
        if response.status == 200:
            response.headers["content-encoding"] = variant.encoding
    # Also with 304: browsers put its fields over those they have kept, and by its type a page gets the policy of pages.
    response.content_type = file.content_type or BYTES
    return response
