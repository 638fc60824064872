"""Pages and static files are the same whatever serves them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.live.setups import Live

STYLE = Path(__file__).parent / "static" / "live.css"


@pytest.mark.parametrize("path", ["/page", "/page/def"])
def test_a_page_is_escaped_and_its_script_has_the_nonce_of_the_policy(live: Live, path: str) -> None:
    answer = live.get(f"{path}?text=%3Cscript%3E&count=2")
    text = answer.body.decode()
    assert (answer.status, answer.values("content-type")) == (200, ["text/html; charset=utf-8"])
    assert "<li>0 &lt;script&gt;</li><li>1 &lt;script&gt;</li>" in text
    assert text.count("<script") == 1
    nonce = re.findall('<script nonce="([0-9a-f]{32})">', text)
    assert len(nonce) == 1
    (policy,) = answer.values("content-security-policy")
    assert f"script-src 'self' 'nonce-{nonce[0]}'" in policy
    assert nonce[0] not in live.get(path).body.decode()


def test_a_page_is_rendered_in_a_worker_and_a_block_of_it_alone(live: Live) -> None:
    assert live.get("/page/rows?count=1").body == b"<li>0 row</li>"
    assert live.get("/page/thread").body == b"<li>0 on the loop: False</li>"


@pytest.mark.parametrize("path", ["/page", "/page/def", "/page/rows"])
def test_head_of_a_page_says_what_get_would(live: Live, path: str) -> None:
    got, asked = live.get(path), live.ask("HEAD", path)
    assert (asked.status, asked.body) == (200, b"")
    assert asked.values("content-type") == got.values("content-type")


def test_a_page_that_fails_is_a_500_and_the_next_one_is_not(live: Live) -> None:
    answer = live.get("/page/broken")
    assert (answer.status, answer.values("content-type")) == (500, ["application/problem+json"])
    assert b"three" not in answer.body
    assert live.get("/page").status == 200


def test_a_large_page_comes_whole(live: Live) -> None:
    answer = live.get("/page/rows?count=50000")
    assert answer.body.count(b"<li>") == 50_000
    assert answer.body.endswith(b"<li>49999 row</li>")


def test_a_static_file_is_kept_for_good_under_the_address_in_the_page(live: Live) -> None:
    found = re.search('href="(/static/live[.][0-9a-f]{10}[.]css)"', live.get("/page").body.decode())
    assert found is not None
    answer = live.get(found[1])
    assert (answer.status, answer.body) == (200, STYLE.read_bytes())
    assert answer.values("content-type") == ["text/css; charset=utf-8"]
    assert answer.values("cache-control") == ["public, max-age=31536000, immutable"]
    assert answer.values("content-length") == [str(STYLE.stat().st_size)]
    assert answer.values("cross-origin-resource-policy") == ["cross-origin"]


def test_parts_and_conditions_of_static_files(live: Live) -> None:
    whole = live.get("/static/live.css")
    etag = whole.values("etag")[0]
    assert whole.values("cache-control") == ["no-cache"]
    part = live.get("/static/live.css", ("range", "bytes=2-6"))
    assert (part.status, part.body) == (206, STYLE.read_bytes()[2:7])
    assert part.values("content-range") == [f"bytes 2-6/{len(whole.body)}"]
    unchanged = live.get("/static/live.css", ("if-none-match", etag))
    assert (unchanged.status, unchanged.body) == (304, b"")
    head = live.ask("HEAD", "/static/live.css")
    assert (head.status, head.body, head.values("etag")) == (200, b"", [etag])
    assert live.get("/static/live.css", ("range", "bytes=999999-")).status == 416


@pytest.mark.parametrize(
    "path",
    ["nothing.css", "..%2ftemplates%2flive_page.html", "%2e%2e/live_app.py", ".hidden", "live.css%00", "", "live.css/"],
)
def test_nothing_else_is_served(live: Live, path: str) -> None:
    answer = live.get(f"/static/{path}")
    assert answer.status in (400, 404, 308)
    assert b"import" not in answer.body


def test_a_message_waits_for_the_next_page_and_is_told_once(live: Live) -> None:
    https = ("x-forwarded-proto", "https")
    kept = live.ask("POST", "/page/flash", https, body=b"")
    assert kept.status == 303
    cookie = kept.values("set-cookie")[0].partition(";")[0]
    page = live.get("/page", https, ("cookie", cookie))
    assert b'<p role="status">Kept for the next page.</p>' in page.body
    assert page.values("cache-control") == ["private, no-cache"]
    after = page.values("set-cookie")[0].partition(";")[0]
    assert b"Kept" not in live.get("/page", https, ("cookie", after)).body
