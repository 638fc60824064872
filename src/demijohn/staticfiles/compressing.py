"""Write compressed variants beside static files, for `demijohn compress`. Sending them is in variants.py.

What is written depends on the content alone, so two builds of one version are equal.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from demijohn.http.files import CONTENT_TYPES
from demijohn.staticfiles.folders import names_in
from demijohn.staticfiles.variants import source_of

__all__ = ["Step", "has_brotli", "plan", "take"]

_SMALLEST = 500  # bytes; below, the answer fills one packet either way
_MOST_LEFT = 0.95  # of the size; what saves less is not worth the work of unpacking
_OTHER_TYPES = ("application/json", "application/manifest+json", "application/wasm", "application/xml", "image/svg+xml")

# A comment in the header of gzip (RFC 1952). A `.gz` without it may be a file of its own and is never removed.
_MARK = b"demijohn compress"
_GZIP_HEAD = b"\x1f\x8b\x08\x10" + bytes(4) + b"\x02\xff" + _MARK + b"\0"  # no time: the same content, the same bytes


class Step(msgspec.Struct, frozen=True):
    """Hold what is to be done about one variant. `content` is what to write; `original` the size of the file itself."""

    kind: Literal["keep", "write", "remove"]
    path: Path
    original: int = 0
    content: bytes = b""


def has_brotli() -> bool:
    """Tell whether the package brotli is installed."""
    return _brotli() is not None


def plan(folder: Path) -> Iterator[Step]:
    """Compare the variants below a folder with their files, and return what is to be done, in the order of names."""
    names = list(names_in(folder))
    known = set(names)
    for name in names:
        path = folder / name
        if path.is_symlink() or not path.is_file():  # nothing is written about links, and a pipe would never end
            continue
        source = source_of(name)
        if source is None:
            if _pays(name):
                yield from _steps(path)
        elif _is_left_over(path, source, known):
            yield Step("remove", path)


def take(step: Step) -> None:
    """Do what a step says. A variant is there whole or not at all, and never older than its file."""
    if step.kind == "remove":
        step.path.unlink(missing_ok=True)
    elif step.kind == "write":
        source = step.path.with_suffix("")
        unfinished = step.path.with_name(f".{step.path.name}.tmp")  # hidden names are never served
        unfinished.unlink(missing_ok=True)  # of a run that was ended; never written through, should it be a link
        with unfinished.open("xb") as file:
            file.write(step.content)
        shutil.copymode(source, unfinished)
        _make_no_older(unfinished, source)
        unfinished.replace(step.path)


def _pays(name: str) -> bool:
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "")
    return content_type.startswith("text/") or content_type in _OTHER_TYPES


def _is_left_over(path: Path, source: str, known: set[str]) -> bool:
    """Tell whether a variant has no file any more, or is an old one of a kind that is not written here."""
    suffix = path.suffix.lower()
    if source in known:
        return suffix == ".zst" and _is_older(path, path.with_suffix(""))
    if not _pays(source):
        return False
    return suffix != ".gz" or _is_ours(path)


def _steps(source: Path) -> Iterator[Step]:
    content = source.read_bytes()
    yield from _step(source, ".gz", content, _gzip, lambda data: zlib.decompress(data, wbits=31))
    brotli = _brotli()
    if brotli is not None:
        yield from _step(source, ".br", content, brotli.compress, brotli.decompress)
        return
    variant = source.with_name(source.name + ".br")
    if variant.exists():
        yield Step("remove" if _is_older(variant, source) else "keep", variant, len(content))


def _step(
    source: Path, suffix: str, content: bytes, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]
) -> Iterator[Step]:
    variant = source.with_name(source.name + suffix)
    packed: bytes | None = variant.read_bytes() if variant.is_file() else None
    is_fit = packed is not None and _saves(packed, content) and not _is_older(variant, source)
    if packed is not None and is_fit and _unpacked(packed, unpack) == content:
        yield Step("keep", variant, len(content), packed)
        return
    made = pack(content) if len(content) >= _SMALLEST else content
    if _saves(made, content):
        yield Step("write", variant, len(content), made)
    elif packed is not None and (suffix != ".gz" or packed.startswith(_GZIP_HEAD)):
        yield Step("remove", variant, len(content))


def _saves(packed: bytes, content: bytes) -> bool:
    return len(content) >= _SMALLEST and len(packed) <= len(content) * _MOST_LEFT


def _unpacked(packed: bytes, unpack: Callable[[bytes], bytes]) -> bytes | None:
    brotli = _brotli()
    broken: tuple[type[Exception], ...] = (zlib.error, *([brotli.error] if brotli is not None else []))
    try:
        return unpack(packed)
    except broken:
        return None


def _gzip(content: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflate.compress(content) + deflate.flush()
    end = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEAD + body + end


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP_HEAD)) == _GZIP_HEAD


def _is_older(variant: Path, source: Path) -> bool:
    return variant.stat().st_mtime_ns < source.stat().st_mtime_ns


def _make_no_older(variant: Path, source: Path) -> None:
    if _is_older(variant, source):  # the clock of another machine was ahead when the file was written
        status = source.stat()
        os.utime(variant, ns=(status.st_atime_ns, status.st_mtime_ns))


def _brotli() -> Any | None:  # Any: a module without types
    try:
        return import_module("brotli")
    except ImportError:
        return None
