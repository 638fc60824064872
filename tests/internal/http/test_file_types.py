"""Test that a file counts as a type only where its name and its first bytes agree."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.http.file_types import KNOWN_TYPES, is_type, unknown_types

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
WEBP = b"RIFF\x10\0\0\0WEBPVP8 "
MP4 = b"\0\0\0\x18ftypmp42"


@pytest.mark.parametrize(
    ("content", "filename", "types"),
    [
        (PNG, "a.png", {"png"}),
        (PNG, "A.PNG", {"jpeg", "png"}),
        (b"\xff\xd8\xff\xe0", "photo.jpg", {"jpeg"}),
        (b"\xff\xd8\xff\xe0", "photo.jpeg", {"jpeg"}),
        (WEBP, "a.webp", {"webp"}),
        (MP4, "film.mp4", {"mp4"}),
        (b"%PDF-1.7", "a.pdf", {"pdf"}),
        (b"name,age\n", "people.csv", {"csv"}),
        (b"", "empty.txt", {"txt"}),
    ],
)
def test_a_file_whose_name_and_bytes_agree_is_of_its_type(content: bytes, filename: str, types: set[str]) -> None:
    assert is_type(io.BytesIO(content), filename, frozenset(types))


@pytest.mark.parametrize(
    ("content", "filename", "types"),
    [
        (b"<script>alert(1)</script>", "a.png", {"png"}),
        (PNG, "a.html", {"png"}),
        (PNG, "a.jpg", {"jpeg", "png"}),
        (PNG, "png", {"jpeg"}),
        (b"a\0b", "a.txt", {"txt"}),
        (b"", "a.png", {"png"}),
        (b"RIFF\x10\0\0\0WAVE", "a.webp", {"webp"}),
        (PNG, "a.png.exe", {"png"}),
        (PNG, "", {"png"}),
    ],
)
def test_a_file_whose_name_or_bytes_say_otherwise_is_not(content: bytes, filename: str, types: set[str]) -> None:
    assert not is_type(io.BytesIO(content), filename, frozenset(types))


def test_looking_leaves_the_file_at_its_start() -> None:
    file = io.BytesIO(PNG)
    is_type(file, "a.png", frozenset({"png"}))
    assert file.read() == PNG


@given(st.binary(max_size=64), st.text(max_size=20))
def test_no_content_and_no_name_raises(content: bytes, filename: str) -> None:
    is_type(io.BytesIO(content), filename, KNOWN_TYPES)


def test_an_unknown_type_is_named_with_its_nearest() -> None:
    assert unknown_types(frozenset({"jpg", "png"})) == [
        "'jpg' is no file type that can be told by its bytes. Did you mean 'jpeg'?"
    ]
    assert "Known are" in unknown_types(frozenset({"quux"}))[0]
    assert unknown_types(KNOWN_TYPES) == []
