"""Check limits.py: sizes of targets and header fields, and the mark that changes limits for a route."""

from pathlib import Path

import msgspec
import pytest

from demijohn.errors import DeclarationError, HTTPError
from demijohn.marks import marks_of
from demijohn.security.limits import Limits, RouteLimits, limits, parse_size


def refused(items: list[tuple[str, str]]) -> str | None:
    try:
        Limits().check_headers(items)
    except HTTPError as error:
        return error.code if error.status == 431 else str(error)
    return None


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], None),
        ([("a", "b")] * 100, None),
        ([("a", "b")] * 101, "header.too_many"),
        ([("cookie", "x" * (8192 - 6))], None),
        ([("cookie", "x" * (8192 - 5))], "header.too_large"),
        ([("n" * 8193, "")], "header.too_large"),
        ([("ab", "x" * 4094)] * 8, None),  # 32 KiB in all
        ([("ab", "x" * 4094)] * 8 + [("a", "")], "header.too_large"),
        ([("accept", "x"), ("cookie", "x" * 9000), ("host", "a")], "header.too_large"),
    ],
)
def test_header_fields_are_counted_and_measured(items: list[tuple[str, str]], code: str | None) -> None:
    assert refused(items) == code


@pytest.mark.parametrize(("path", "query", "ok"), [("/", "", True), ("/", "x" * 8191, True), ("/", "x" * 8192, False)])
def test_the_target_is_measured(path: str, query: str, ok: bool) -> None:
    if ok:
        Limits().check_target(path, query)
        return
    with pytest.raises(HTTPError) as caught:
        Limits().check_target(path, query)
    assert (caught.value.status, caught.value.code) == (414, "uri.too_long")


def test_a_long_path_is_refused_like_a_long_query() -> None:
    with pytest.raises(HTTPError):
        Limits().check_target("/" + "x" * 8192, "")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (1, 1), ("1", 1), ("10B", 10), ("50MB", 50_000_000), ("50 mb", 50_000_000), ("64KiB", 65536),
        ("1.5MiB", 1572864), ("2g", 2_000_000_000), ("1GiB", 1024**3), (" 3k ", 3000),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(text: int | str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "-1", "1,5MB", "5TB", "5 M B", "1e3", "0", 0, -1, "0.0001k", "٣MB", "9" * 16]
)
def test_what_is_no_size_is_refused(text: int | str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


def test_a_route_changes_what_it_names_and_nothing_else() -> None:
    @limits(body="50MB", files=3, message="128KiB")
    def upload() -> None: ...

    changed = RouteLimits.of(marks_of(upload))
    assert changed is not None
    applied = changed.applied_to(Limits())
    assert (applied.body, applied.upload, applied.form_files) == (50_000_000, 50_000_000, 3)
    assert applied.websocket_message == 128 * 1024
    kept = {"body", "upload", "form_files", "websocket_message"}
    for field in msgspec.structs.fields(Limits):
        assert field.name in kept or getattr(applied, field.name) == getattr(Limits(), field.name)


def test_raised_limits_are_listed_with_their_place_and_lowered_ones_are_not() -> None:
    @limits(body="50MB", files=3, field="1KiB")
    def upload() -> None: ...

    changed = RouteLimits.of(marks_of(upload))
    assert changed is not None
    assert Path(changed.origin.file) == Path(__file__)
    found = changed.opt_outs(Limits())
    assert [out.detail.partition("=")[0] for out in found] == ["body", "upload"]
    assert all(out.code == "limits.raised" and out.origin == changed.origin for out in found)


def test_the_outermost_decorator_wins_and_without_one_there_is_nothing() -> None:
    @limits(body=2)
    @limits(body=1)
    def upload() -> None: ...

    changed = RouteLimits.of(marks_of(upload))
    assert changed is not None
    assert changed.body == 2
    assert RouteLimits.of(marks_of(parse_size)) is None


def test_a_wrong_number_says_where_and_what_to_write() -> None:
    with pytest.raises(DeclarationError, match="50MB"):
        limits(body="many")
    with pytest.raises(DeclarationError, match=r"files=0.*\n.*Leave it out"):
        limits(files=0)
    with pytest.raises(DeclarationError, match=Path(__file__).name):
        limits(body_time=-1.0)
