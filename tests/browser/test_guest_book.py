"""Sign the guest book in a real Chromium, against the served demonstration. The browser is driven by chromium.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, Tab, find_chromium, start_chromium
from tests.examples.conftest import EXAMPLES, Served, serve

READY = "!document.querySelector('#chat').hidden && events.readyState === EventSource.OPEN"
NEWEST = "(document.querySelector('#entries li:first-child') || document.body).innerText"


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    path = find_chromium()
    if path is None:
        told = "NOT TESTED: the pages in a browser. There is no Chromium here; the package chromium has one."
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            sys.stderr.write(f"\n{told}\n")  # a skipped test says nothing by itself
        pytest.skip(told)
    with start_chromium(path, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def served(browser: Chromium) -> Iterator[Served]:
    with serve(EXAMPLES / "demo", "dev", "--port", "0") as demo:
        yield demo
        browser.close_tabs()


def visit(browser: Chromium, served: Served) -> Tab:
    tab = browser.open(served.address + "/")
    tab.wait_for(READY)
    return tab


def sign(tab: Tab, name: str, message: str) -> None:
    tab.type_into("#name", name)
    tab.type_into("#message", message)
    tab.click(".sign button")


def test_a_visitor_signs_and_another_sees_it_at_once(browser: Chromium, served: Served) -> None:
    ann, bob = visit(browser, served), visit(browser, served)
    assert "Nobody has signed yet." in ann.text("#entries")
    bob.evaluate("window.stays = true")
    sign(ann, "Ann <b>Lee</b>", "Good wine.\nGood bread.")
    ann.wait_for("document.querySelector('.flash') !== null")
    assert ann.text(".flash") == "Thank you, Ann <b>Lee</b>."
    assert ann.text("#entries li .message") == "Good wine.\nGood bread."
    bob.wait_for(f"{NEWEST}.includes('Good wine.')")
    bob.wait_for("document.querySelector('#news').textContent === 'Ann <b>Lee</b> has signed the book.'")
    assert bob.evaluate("window.stays")  # it was not loaded anew
    assert bob.evaluate("document.querySelectorAll('#entries li').length") == 1
    ann.wait_for(READY)
    ann.go_to(served.address + "/")
    assert ann.evaluate("document.querySelector('.flash')") is None
    assert ann.complaints == bob.complaints == []


def test_the_browser_holds_back_an_empty_form_and_the_app_one_of_spaces(browser: Chromium, served: Served) -> None:
    ann = visit(browser, served)
    ann.click(".sign button")
    assert ann.evaluate("document.activeElement.id") == "name"
    assert ann.evaluate("document.activeElement.validity.valueMissing")
    sign(ann, "   ", "Good wine.")
    ann.wait_for("document.querySelector('.mistakes') !== null")
    assert ann.evaluate("document.querySelector('#message').value") == "Good wine."
    assert ann.text("#name-mistake") == "Please enter your name."
    ann.click(".mistakes a")
    assert ann.evaluate("location.hash") == "#name"
    ann.wait_for(READY)
    assert len(ann.complaints) == 1
    assert "422" in ann.complaints[0]  # Chromium complains of each such answer


def test_people_chat_and_whoever_leaves_is_not_counted(browser: Chromium, served: Served) -> None:
    ann = visit(browser, served)
    bob = visit(browser, served)
    ann.type_into("#line", "<i>Hello!</i>")
    ann.click("#say button")
    bob.wait_for("document.querySelector('#talk').innerText.includes('<i>Hello!</i>')")
    bob.go_to(served.address + "/entries.html")  # Chromium keeps the page that was left, for the way back
    ann.wait_for("document.querySelector('#talk li:last-child').textContent === '1 here.'")
    bob.evaluate("history.back()")
    ann.wait_for("document.querySelector('#talk li:last-child').textContent === '2 here.'")
    assert ann.complaints == []


def test_an_injected_script_does_not_run_and_is_complained_of(browser: Chromium, served: Served) -> None:
    ann = visit(browser, served)
    ann.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'hacked = 1'}))")
    assert ann.evaluate("typeof hacked") == "undefined"
    assert any("Content Security Policy" in complaint for complaint in ann.complaints)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_a_phone_and_follows_the_theme(browser: Chromium, served: Served, theme: str) -> None:
    ann = browser.open("about:blank")
    ann.set_theme(theme)
    ann.resize(360, 800)
    ann.go_to(served.address + "/")
    ann.wait_for(READY)
    sign(ann, "W" * 60, "x" * 500)
    ann.wait_for("document.querySelector('.flash') !== null")
    assert ann.evaluate("document.documentElement.scrollWidth") <= 360
    red = int(ann.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]"))
    assert red < 64 if theme == "dark" else red > 192
