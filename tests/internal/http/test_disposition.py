"""Test demijohn.http.disposition."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.http.disposition import clean_filename, content_disposition, is_device_name

HEADER = re.compile(
    r"(?:inline|attachment); filename=\"([^\"\\%]*)\"(?:; filename\*=UTF-8''([!#$&+.^_`|~0-9A-Za-z%-]+))?"
)
hostile_names = st.one_of(
    st.text(),
    st.text(st.sampled_from("a./\\: \r\n\"%é\u202e\u0301con.\0;'*")),
    st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)


# Cleaning


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("a b (1).txt", "a b (1).txt"),
        ("résumé.pdf", "résumé.pdf"),
        ("re\u0301sume\u0301.pdf", "résumé.pdf"),
        ("写真.jpg", "写真.jpg"),
        ("👩\u200d🚀.png", "👩\u200d🚀.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\x.txt", "x.txt"),
        ("/", "file"),
        ("a/", "file"),
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("...  ...", "file"),
        (".htaccess", "htaccess"),
        ("x.txt. . ", "x.txt"),
        ("x.txt:evil", "x.txt_evil"),
        ("x\r\nSet-Cookie: a=b", "xSet-Cookie_ a=b"),
        ("a\0.png", "a.png"),
        ("exe.\u202egpj.exe", "exe.gpj.exe"),
        ("a\u2028b\ufeff", "ab"),
        ("\udcff.png", "png"),
        ('a"b.txt', 'a"b.txt'),
        ("<script>.html", "<script>.html"),
    ],
)
def test_a_clients_name_becomes_fit_to_be_shown(name: str, clean: str) -> None:
    assert clean_filename(name) == clean


@pytest.mark.parametrize(
    "name", ["CON", "con", "nul.txt", "NUL.tar.gz", "aux .txt", "prn", "COM1", "lpt9.doc", "com¹.x", "CONIN$"]
)
def test_the_name_of_a_device_gets_an_underscore(name: str) -> None:
    assert is_device_name(name)
    assert clean_filename(name) == f"_{name}"
    assert clean_filename(f"con{' ' * 300}x") == "_con"


@pytest.mark.parametrize("name", ["console", "com10", "com", "nullable.txt", "x.con", "_con", "lpt", "auxiliary"])
def test_a_name_that_only_resembles_a_device_stays(name: str) -> None:
    assert not is_device_name(name)
    assert clean_filename(name) == name


def test_a_long_name_keeps_its_extension() -> None:
    assert clean_filename("é" * 5000 + ".jpeg") == "é" * 124 + ".jpeg"
    assert len(clean_filename("x." + "y" * 5000)) == 254
    assert len(clean_filename("a/" * 100_000 + "x" * 100_000)) == 254


@given(hostile_names)
def test_any_name_becomes_one_that_needs_no_more_cleaning(name: str) -> None:
    clean = clean_filename(name)
    assert 1 <= len(clean.encode()) <= 255
    assert not re.search(r"[\x00-\x1f\x7f-\x9f/\\:]", clean)
    assert clean == clean.strip(". ")
    assert unicodedata.is_normalized("NFC", clean)
    assert clean_filename(clean) == clean
    assert not is_device_name(clean)


# Content-Disposition


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("a b;c='d'.txt", "attachment; filename=\"a b;c='d'.txt\""),
        ("résumé.pdf", "attachment; filename=\"resume.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"),
        ("写真.jpg", "attachment; filename=\"__.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg"),
        ("€ rates.txt", "attachment; filename=\"_ rates.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt"),
        ('a"; x="b.txt', "attachment; filename=\"a_; x=_b.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22b.txt"),
        ("50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ("a\r\nSet-Cookie: b", 'attachment; filename="aSet-Cookie_ b"'),
        ("../x.txt", 'attachment; filename="x.txt"'),
        ("／etc／passwd", "attachment; filename=\"_etc_passwd\"; filename*=UTF-8''%EF%BC%8Fetc%EF%BC%8Fpasswd"),
        ("", 'attachment; filename="file"'),
    ],
)
def test_a_download_is_named_for_old_and_new_browsers(filename: str, header: str) -> None:
    assert content_disposition(filename) == header


def test_inline_is_named_too() -> None:
    assert content_disposition("a.png", inline=True) == 'inline; filename="a.png"'


@given(hostile_names)
def test_no_name_leaves_its_quotes_or_its_line_and_the_exact_name_is_read_back(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    found = HEADER.fullmatch(header)
    assert found
    exact = found[1] if found[2] is None else unquote(found[2], errors="strict")
    assert exact == clean_filename(name)
