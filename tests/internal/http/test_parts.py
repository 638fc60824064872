"""Test demijohn.http.parts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import MultipartSegment

from demijohn.errors import HTTPError
from demijohn.http.parts import Framing, PartHead, checked_boundary, malformed_form, read_part_head

BODY = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


def head(disposition: str, *more: tuple[str, str]) -> PartHead:
    return read_part_head(MultipartSegment([("Content-Disposition", disposition), *more]))


def framed(body: bytes, *cuts: int) -> bytes:
    framing = Framing(b"b")
    edges = [0, *sorted(cuts), len(body)]
    return b"".join(framing.pass_on(body[start:stop]) for start, stop in itertools.pairwise(edges))


@pytest.mark.parametrize("boundary", ["b", "-" * 70, "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a b", "'()+_,-./:=?"])
def test_a_boundary_may_have_seventy_characters_of_the_standard(boundary: str) -> None:
    assert checked_boundary(boundary) == boundary.encode()


@pytest.mark.parametrize("boundary", [None, "", "-" * 71, "a ", "a\r\n", "é", "a\0", "a;b", 'a"', "a\\b", "b\n"])
def test_any_other_boundary_is_refused(boundary: str | None) -> None:
    with pytest.raises(HTTPError) as caught:
        checked_boundary(boundary)
    assert (caught.value.status, caught.value.code) == (400, "form.boundary")


def test_a_malformed_form_says_why() -> None:
    assert malformed_form("it is late").detail == "The form cannot be read: it is late."


# Heads of parts


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="a"', "a", None),
        ('form-data; name="a"; filename="b.txt"', "a", "b.txt"),
        ('form-data; filename="b.txt"; name="a"', "a", "b.txt"),
        ('form-data; name="a"; filename=""', "a", ""),
        ("form-data; name=a; filename=b.txt", "a", "b.txt"),
        ('Form-Data ;name="a"', "a", None),
        ('form-data; name="a;filename=b"', "a;filename=b", None),
        ('form-data; name="a; filename=\\"b\\""', 'a; filename="b"', None),
        ('form-data; name="a%22b"', 'a"b', None),
        ('form-data; name="é[]"', "é[]", None),
        ('form-data; name="a"; filename="C:\\\\x\\\\y.txt"', "a", "y.txt"),
        ('form-data; name=""', "", None),
    ],
)
def test_names_are_read_as_browsers_write_them(disposition: str, name: str, filename: str | None) -> None:
    found = head(disposition)
    assert (found.name, found.filename) == (name, filename)


@pytest.mark.parametrize(
    "disposition",
    [
        'form-data; name="a"; name="b"',
        'form-data; name="a"; NAME="b"',
        'form-data; name="a"; filename="b"; filename="c"',
        "form-data; name=\"a\"; filename*=UTF-8''b",
        'form-data; name="a"; filename="b"; filename*=UTF-8\'\'c',
        "form-data; name*=UTF-8''a",
        'form-data; name="a',
        'form-data; x="unclosed; name="a"; filename="b"',
        'form-data; name="a"b; filename="c"',
        'form-data; name="a\\"; filename="b"',
        "form-data; name=a b",
        'form-data; name="a", filename="b"',
        'form-data, name="a"',
        'form-data; name="a\0"',
        'form-data; name="a"; filename="b\0.png"',
        "form-data; name",
        "form-data;" + " name=a;" * 1000,
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(disposition: str) -> None:
    with pytest.raises(HTTPError) as caught:
        head(disposition)
    assert (caught.value.status, caught.value.code) == (400, "form.part_headers")


@pytest.mark.parametrize("name", ["Content-Disposition", "Content-Type", "X-A"])
def test_a_repeated_header_is_refused(name: str) -> None:
    with pytest.raises(HTTPError) as caught:
        head('form-data; name="a"', (name, 'form-data; name="a"'), (name, "text/plain"))
    assert caught.value.code == "form.part_headers"


@pytest.mark.parametrize("encoding", ["base64", "BASE64", "quoted-printable", "x-uuencode", "", "gzip"])
def test_encoded_parts_are_refused(encoding: str) -> None:
    with pytest.raises(HTTPError) as caught:
        head('form-data; name="a"', ("Content-Transfer-Encoding", encoding))
    assert (caught.value.status, caught.value.code) == (400, "form.encoding")


@pytest.mark.parametrize("encoding", ["binary", "8bit", "7BIT "])
def test_an_encoding_that_changes_nothing_is_taken(encoding: str) -> None:
    assert head('form-data; name="a"', ("Content-Transfer-Encoding", encoding)).name == "a"


def test_text_must_be_utf8_and_files_may_be_anything() -> None:
    assert head('form-data; name="a"', ("Content-Type", "text/plain; charset=UTF-8")).name == "a"
    latin = ("Content-Type", "text/plain; charset=utf-7")
    assert head('form-data; name="a"; filename="b"', latin).content_type == "text/plain"
    with pytest.raises(HTTPError) as caught:
        head('form-data; name="a"', latin)
    assert (caught.value.status, caught.value.code) == (415, "form.charset")


@pytest.mark.parametrize("content_type", ["", "image", "<script>", "a/b/c", "text/html\t", "é/x"])
def test_a_content_type_that_is_none_becomes_bytes(content_type: str) -> None:
    found = head('form-data; name="a"; filename="b"', ("Content-Type", content_type))
    assert found.content_type in ("application/octet-stream", "text/html")


# The frame


@given(st.lists(st.integers(0, len(BODY)), max_size=8))
def test_the_cuts_make_no_difference(cuts: list[int]) -> None:
    assert framed(BODY, *cuts) == BODY.removesuffix(b"\r\n")
    for bad in (BODY + b"x", b"x" + BODY, b"preamble\r\n" + BODY, BODY + BODY):
        with pytest.raises(HTTPError) as caught:
            framed(bad, *cuts)
        assert (caught.value.status, caught.value.code) == (400, "form.malformed")


@pytest.mark.parametrize("body", [b"--b--", b"--b--\r\n\r\n", b"\r\n--b--", b"\r\n" + BODY])
def test_an_empty_form_and_a_line_end_in_front_are_taken(body: bytes) -> None:
    for cut in range(len(body)):
        assert framed(body, cut) == body.rstrip(b"\r\n")


def test_a_boundary_that_only_begins_another_word_does_not_end_the_body() -> None:
    body = b"--b\r\n\r\n--c--\r\n--b-\r\n --b--\r\n"
    assert framed(body, 5) == body
