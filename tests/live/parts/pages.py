"""Answer with pages made of templates, and with messages for the next page."""

from __future__ import annotations

import threading

from demijohn import Module, Page, Response, flash, redirect, render

routes = Module("pages")


@routes.get("/page")
async def page(text: str = "<b>", count: int = 3) -> Page:
    return render("live_page.html", text=text, count=count)


@routes.get("/page/def")
def page_in_worker(text: str = "<b>", count: int = 3) -> Page:
    return render("live_page.html", text=text, count=count)


@routes.get("/page/rows")
async def rows(count: int = 3) -> Page:
    return render("live_page.html#rows", text="row", count=count)


class Telling:
    """Tell, as it is rendered, whether that holds up the event loop."""

    def __str__(self) -> str:
        return f"on the loop: {threading.current_thread() is threading.main_thread()}"


@routes.get("/page/thread")
async def thread() -> Page:
    return render("live_page.html#rows", text=Telling(), count=1)


@routes.get("/page/broken")
async def broken() -> Page:
    return render("live_page.html", text="x", count="three")


@routes.post("/page/flash")
def keep() -> Response:
    flash("Kept for the next page.")
    return redirect("/page")
