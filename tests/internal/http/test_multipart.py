"""Test demijohn.http.multipart."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import NamedTuple
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.datastructures import FormData
from demijohn.errors import HTTPError
from demijohn.http.form_limits import FormLimits
from demijohn.http.multipart import FormParser, parse_form
from demijohn.http.uploads import Files

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
WITH_FILES = FormLimits(file_parts=True)

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
names = st.text(st.characters(exclude_characters='\0\\%\r\n"', exclude_categories=["Cs"]), max_size=20)


class Part(NamedTuple):
    name: str
    content: bytes = b""
    filename: str | None = None
    headers: str = ""


def multipart(*parts: Part) -> bytes:
    body = b""
    for part in parts:
        file = "" if part.filename is None else f'; filename="{part.filename}"'
        head = f'--b\r\nContent-Disposition: form-data; name="{part.name}"{file}\r\n{part.headers}\r\n'
        body += head.encode() + part.content + b"\r\n"
    return body + b"--b--\r\n"


def refused(content_type: str, body: bytes, limits: FormLimits = WITH_FILES, *, cut: int = 0) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        fed(content_type, [body[:cut], body[cut:]], limits)
    return caught.value.status, caught.value.code


def fed(content_type: str, chunks: list[bytes], limits: FormLimits = WITH_FILES) -> tuple[FormData, Files]:
    parser = FormParser(content_type, limits)
    for chunk in chunks:
        parser.feed(chunk)
    return parser.finish()


def contents(files: Files) -> dict[str, list[bytes]]:
    found = {name: [file.read() for file in uploads] for name, uploads in files.items()}
    files.close()
    return found


# What is read


def test_an_urlencoded_form_is_read() -> None:
    form, files = parse_form(URLENCODED, b"a=1&b=two+words&a=%C3%A9&c", FormLimits())
    assert form.multi_items() == [("a", "1"), ("b", "two words"), ("a", "é"), ("c", "")]
    assert files == {}


def test_a_multipart_form_is_read() -> None:
    body = multipart(
        Part("a", b"1"),
        Part("é", "zwölf\r\n".encode()),
        Part("up", b"\x00\xff", "../../x.PNG", "Content-Type: image/png\r\n"),
        Part("a", b"2"),
        Part("up", b"--b", "y.txt"),
    )
    form, files = parse_form(MULTIPART, body, WITH_FILES)
    assert form.multi_items() == [("a", "1"), ("é", "zwölf\r\n"), ("a", "2")]
    first, second = files["up"]
    assert (first.filename, first.content_type, first.size) == ("x.PNG", "image/png", 2)
    assert (second.filename, second.content_type, second.size) == ("y.txt", "application/octet-stream", 3)
    assert contents(files) == {"up": [b"\x00\xff", b"--b"]}


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/form-data; boundary="b"',
        "Multipart/Form-Data;BOUNDARY=b",
        "multipart/form-data; charset=utf-8; boundary=b",
        "multipart/form-data ;boundary=b ; ",
    ],
)
def test_the_boundary_is_found_however_it_is_written(content_type: str) -> None:
    assert parse_form(content_type, multipart(Part("a", b"1")), FormLimits())[0] == {"a": "1"}


def test_empty_forms_are_empty() -> None:
    for content_type, body in ((URLENCODED, b""), (MULTIPART, b"--b--\r\n")):
        form, files = parse_form(content_type, body, FormLimits())
        assert not form
        assert not files


def test_a_file_field_without_a_file_is_left_out_even_where_files_are_refused() -> None:
    body = multipart(Part("a", b"1"), Part("up", b"", "", "Content-Type: application/octet-stream\r\n"))
    form, files = parse_form(MULTIPART, body, FormLimits())
    assert form == {"a": "1"}
    assert files == {}


def test_large_files_are_spooled_and_small_ones_kept_in_memory() -> None:
    limits = FormLimits(file_parts=True, spool=1000)
    _, files = parse_form(MULTIPART, multipart(Part("a", b"x" * 1000, "a"), Part("b", b"x" * 1001, "b")), limits)
    # A spooled file has a descriptor of its own only once it is on disk, and asking for one would put it there.
    on_disk = {name: getattr(uploads[0].file, "_rolled", None) for name, uploads in files.items()}
    assert on_disk == {"a": False, "b": True}
    assert contents(files) == {"a": [b"x" * 1000], "b": [b"x" * 1001]}


def test_memory_does_not_grow_with_the_file() -> None:
    parser = FormParser(MULTIPART, WITH_FILES)
    parser.feed(b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n')
    tracemalloc.start()
    try:
        for _ in range(20 * 16):
            parser.feed(b"\r\n--" + b"x" * 65_532)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        parser.abort()
    assert peak < 3_500_000  # the spool of 1 MiB while it grows and moves, and a few chunks; the file has 20 MiB


# What is refused


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/mixed; boundary=b", ";"])
def test_another_body_is_not_a_form(content_type: str) -> None:
    assert refused(content_type, b"") == (415, "form.content_type")


@pytest.mark.parametrize(
    ("content_type", "answer"),
    [
        ("multipart/form-data", (400, "form.boundary")),
        ("multipart/form-data; boundary=", (400, "form.malformed")),
        ('multipart/form-data; boundary=""', (400, "form.boundary")),
        ("multipart/form-data; boundary=" + "b" * 71, (400, "form.boundary")),
        ("multipart/form-data; boundary=b; boundary=c", (400, "form.malformed")),
        ("multipart/form-data; boundary=b; BOUNDARY=b", (400, "form.malformed")),
        ('multipart/form-data; boundary="b', (400, "form.malformed")),
        ("multipart/form-data; boundary=b c", (400, "form.malformed")),
        ("multipart/form-data; boundary*=UTF-8''b", (400, "form.boundary")),
        ("multipart/form-data; boundary=b; charset=utf-7", (415, "form.charset")),
        (f"{URLENCODED}; charset=latin-1", (415, "form.charset")),
        (f"{URLENCODED}; {'a' * 100_000}", (400, "form.malformed")),
    ],
)
def test_a_bad_content_type_is_refused(content_type: str, answer: tuple[int, str]) -> None:
    assert refused(content_type, b"") == answer


def part_with(headers: str) -> bytes:
    return f"--b\r\n{headers}\r\n\r\n1\r\n--b--\r\n".encode("latin-1")


DISPOSITION = 'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", (400, "form.malformed")),
        (b"--b", (400, "form.malformed")),
        (b"--b\r\n", (400, "form.malformed")),
        (multipart(Part("a", b"1"))[:-6], (400, "form.malformed")),
        (multipart(Part("a", b"1")).replace(b"\r\n", b"\n"), (400, "form.malformed")),
        (b"preamble\r\n" + multipart(Part("a")), (400, "form.malformed")),
        (multipart(Part("a")) + b"epilogue", (400, "form.malformed")),
        (multipart(Part("a")) + multipart(Part("b")), (400, "form.malformed")),
        (b"--c\r\n--c--\r\n", (400, "form.malformed")),
        (multipart(Part("a", b"1\r\n--bb")), (400, "form.malformed")),
        (part_with("X-A: 1"), (400, "form.malformed")),
        (part_with('Content-Disposition: attachment; name="a"'), (400, "form.malformed")),
        (part_with("Content-Disposition: form-data"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\n folded: 1"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nno colon"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nbad name: 1"), (400, "form.malformed")),
        (part_with('Content-Disposition: form-data; name="é"'), (400, "form.malformed")),  # latin-1 bytes
        (part_with(f"{DISPOSITION}\r\nContent-Length: -1"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nContent-Length: +1"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nContent-Length: 0x1"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nContent-Length: 2"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nContent-Length: 0"), (400, "form.malformed")),
        (part_with(f"{DISPOSITION}\r\nContent-Length: {10**12}"), (400, "form.part_headers")),
        (part_with(DISPOSITION + "".join(f"\r\nX-{n}: 1" for n in range(8))), (400, "form.part_headers")),
        (part_with(f"{DISPOSITION}\r\nX-A: {'x' * 4096}"), (400, "form.part_headers")),
        (f"--b\r\n{DISPOSITION}{'x' * 100_000}".encode(), (400, "form.part_headers")),
        (part_with(f"{DISPOSITION}; filename*=UTF-8''x"), (400, "form.part_headers")),
        (part_with(f"{DISPOSITION}\r\n{DISPOSITION}"), (400, "form.part_headers")),
        (part_with(f"{DISPOSITION}\r\nContent-Transfer-Encoding: base64"), (400, "form.encoding")),
        (part_with(f"{DISPOSITION}\r\nContent-Type: text/plain; charset=utf-7"), (415, "form.charset")),
        (multipart(Part("a", b"\xff")), (400, "form.malformed")),
        (multipart(Part("a", b"x\0")), (400, "form.malformed")),
        (multipart(Part("a", b"x", "")), (400, "form.malformed")),
    ],
)
def test_a_bad_multipart_body_is_refused_however_it_is_cut(body: bytes, answer: tuple[int, str]) -> None:
    for cut in {0, 1, 3, 5, 20, len(body) // 2, max(0, len(body) - 3)}:
        assert refused(MULTIPART, body, cut=cut) == answer


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"%00=1", b"a=\0", b"a=%ED%A0%80"])
def test_an_urlencoded_body_that_is_no_text_is_refused(body: bytes) -> None:
    assert refused(URLENCODED, body) == (400, "form.malformed")


def test_only_an_ampersand_separates_urlencoded_fields() -> None:
    assert parse_form(URLENCODED, b"a=1;admin=1", FormLimits())[0].multi_items() == [("a", "1;admin=1")]


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for body in (part_with("evil evil"), part_with('Content-Disposition: evil; name="a"'), b"evil" * 10):
        with pytest.raises(HTTPError) as caught:
            parse_form(MULTIPART, body, FormLimits())
        assert "evil" not in caught.value.detail


# Limits: the same for both encodings

LIMITS = FormLimits(fields=3, files=2, field_size=10, name_size=5, total=1000, file_parts=True)


def both(*pairs: tuple[str, str]) -> list[tuple[str, bytes]]:
    parts = [Part(name, value.encode()) for name, value in pairs]
    return [(URLENCODED, urlencode(pairs).encode()), (MULTIPART, multipart(*parts))]


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1")] * 3,
        [("a", "x" * 10)],
        [("a", "é" * 5)],
        [("é" * 2, "1")],
        [("abcde", "&" * 10)],
    ],
)
def test_a_form_may_reach_its_limits(pairs: list[tuple[str, str]]) -> None:
    for content_type, body in both(*pairs):
        assert parse_form(content_type, body, LIMITS)[0].multi_items() == pairs


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("a", "1")] * 4, "form.too_many_fields"),
        ([("a", "1")] * 10, "form.too_many_fields"),
        ([("a", "x" * 11)], "form.field_too_large"),
        ([("a", "é" * 6)], "form.field_too_large"),
        ([("abcdef", "1")], "form.name_too_long"),
        ([("é" * 3, "1")], "form.name_too_long"),
    ],
)
def test_a_form_may_not_pass_its_limits(pairs: list[tuple[str, str]], code: str) -> None:
    for content_type, body in both(*pairs):
        assert refused(content_type, body, LIMITS) == (413, code)


def test_the_defaults_are_those_of_the_policy() -> None:
    limits = FormLimits()
    assert (limits.fields, limits.files, limits.field_size, limits.name_size) == (1000, 20, 1 << 20, 256)
    assert (limits.total, limits.spool, limits.file_parts) == (25 << 20, 1 << 20, False)


@pytest.mark.parametrize("count", [1000, 1001])
def test_a_thousand_fields_are_the_most(count: int) -> None:
    for content_type, body in both(*[("a", "1")] * count):
        if count == 1000:
            assert len(parse_form(content_type, body, FormLimits())[0].getlist("a")) == 1000
        else:
            assert refused(content_type, body, FormLimits()) == (413, "form.too_many_fields")


def test_the_whole_may_not_pass_its_limit() -> None:
    body = b"a=" + b"x" * 10
    limits = FormLimits(total=12)
    assert parse_form(URLENCODED, body, limits)[0] == {"a": "x" * 10}
    assert refused(URLENCODED, body + b"x", limits) == (413, "body.too_large")
    upload = multipart(Part("a", b"x" * 1000, "a"))
    assert refused(MULTIPART, upload, LIMITS, cut=500) == (413, "body.too_large")
    assert refused(MULTIPART, b"--b--" + b"\r\n" * 1000, LIMITS, cut=500) == (413, "body.too_large")


def test_files_are_counted_and_refused_where_they_are_not_expected() -> None:
    file = Part("a", b"1", "a.txt")
    _, files = parse_form(MULTIPART, multipart(file, file), LIMITS)
    files.close()
    assert refused(MULTIPART, multipart(file, file, file), LIMITS) == (413, "form.too_many_files")
    assert refused(MULTIPART, multipart(file), FormLimits()) == (415, "form.files_refused")


def test_file_fields_left_empty_count_as_fields() -> None:
    assert refused(MULTIPART, multipart(*[Part("a", b"", "")] * 6), LIMITS) == (413, "form.too_many_fields")


def test_a_refusal_and_abort_close_the_files() -> None:
    def parser_with_a_file() -> FormParser:
        parser = FormParser(MULTIPART, FormLimits(file_parts=True, spool=10))
        parser.feed(multipart(Part("a", b"x" * 100, "a")).removesuffix(b"--b--\r\n"))
        return parser

    def abort(parser: FormParser) -> None:
        parser.abort()

    def feed_garbage(parser: FormParser) -> None:
        with pytest.raises(HTTPError):
            parser.feed(b"--b\r\nX\r\n\r\n")

    def finish_early(parser: FormParser) -> None:
        with pytest.raises(HTTPError):
            parser.finish()

    for end in (abort, feed_garbage, finish_early):
        parser = parser_with_a_file()
        file = parser._body.files["a"][0].file
        end(parser)
        assert file.closed


# Properties


@given(
    st.lists(st.tuples(names, text), max_size=5),
    st.lists(st.tuples(names, st.binary(max_size=60)), max_size=3),
    st.lists(st.integers(0, 600), max_size=6),
)
def test_a_form_is_read_back_in_both_encodings_however_it_is_cut(
    pairs: list[tuple[str, str]], uploads: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    files = [Part(name, content, "x") for name, content in uploads if b"\r\n--b" not in content]
    body = multipart(*[Part(name, value.encode()) for name, value in pairs if "\r\n--b" not in value], *files)
    pairs = [(name, value) for name, value in pairs if "\r\n--b" not in value]
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    form, found = fed(MULTIPART, [body[start:stop] for start, stop in itertools.pairwise(edges)])
    assert form.multi_items() == pairs
    expected: dict[str, list[bytes]] = {}
    for part in files:
        expected.setdefault(part.name, []).append(part.content)
    assert contents(found) == expected
    encoded = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    assert parse_form(URLENCODED, encoded.encode(), FormLimits())[0].multi_items() == pairs


pieces = st.sampled_from(
    [
        *[b"--b", b"\r\n", b"--", b"\r", b"\n", b": ", b";", b'"', b"\\", b"%", b"\0", b"\xff", b"=", b"&", b"x", b" "],
        *[b"\r\n--b\r\n", b"\r\n--b--", b"\r\n\r\n", b"Content-Disposition: form-data", b'; name="a"', b"; filename="],
        *[b"Content-Type: ", b"text/plain", b"; charset=", b"Content-Length: ", b"-1", b"filename*=", b"%00", b"%f"],
        b'--b\r\nContent-Disposition: form-data; name="a"',
    ]
)


@given(st.sampled_from([URLENCODED, MULTIPART]), st.lists(st.one_of(pieces, st.binary(max_size=5))))
def test_any_body_is_read_or_refused_and_the_cuts_make_no_difference(content_type: str, chunks: list[bytes]) -> None:
    def outcome(cut: list[bytes]) -> object:
        try:
            form, files = fed(content_type, cut)
        except HTTPError as error:
            return error.status in (400, 413, 415)
        return form.multi_items(), contents(files)

    body = b"".join(chunks)
    assert outcome(chunks) == outcome([body]) == outcome([body[at : at + 1] for at in range(len(body))])


@given(
    st.one_of(st.text(), st.text(st.sampled_from('; boundary="b\\=\t')).map(lambda end: f"multipart/form-data;{end}"))
)
def test_any_content_type_is_read_or_refused(content_type: str) -> None:
    try:
        FormParser(content_type, FormLimits())
    except HTTPError as error:
        assert error.code in ("form.boundary", "form.malformed", "form.charset", "form.content_type")  # noqa: PT017  # any of these is right for a malformed form; none is another error
