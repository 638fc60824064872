"""Write the debug page: one HTML document without scripts, style attributes or anything from elsewhere.

What is on it was collected and masked in failure.py and sections.py; here every text is escaped, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from demijohn.debug.failure import Excerpt, Failure, Frame
from demijohn.debug.sections import Section
from demijohn.debug.style import STYLE
from demijohn.debug.text import plain_traceback, summary
from demijohn.errors import Problem
from demijohn.http.escape import escape

__all__ = ["render_page"]


def render_page(
    chain: Sequence[Failure], sections: Sequence[Section], *, nonce: str, subject: str, footer: str, hint: str = ""
) -> str:
    """Return the page. `subject` says what failed, `footer` what the reader should know, `hint` what to do next."""
    first = chain[0]
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(_title(first))}</title>",
            f'<style nonce="{escape(nonce)}">{STYLE}</style></head><body>',
            f'<header><p class="faint">{escape(subject)}</p>',
            *_heading(first, hint),
            "</header><main>",
            *_chain(chain, level=2),
            *_plain(chain),
            *map(_section, sections),
            f'</main><footer><p class="faint">{escape(footer)}</p></footer></body></html>',
        )
    )


def _title(failure: Failure) -> str:
    if failure.problems:
        return _count(failure)
    line = summary(failure).split("\n")[0]
    return line if len(line) <= 100 else line[:100] + "…"


def _count(failure: Failure) -> str:
    count = len(failure.problems)
    return f"{count} mistakes stop the start" if count > 1 else "A mistake stops the start"


def _heading(failure: Failure, hint: str) -> Iterator[str]:
    if failure.problems:
        yield f"<h1>{_count(failure)}</h1>"
        yield f"<p><code>{escape(failure.kind)}</code></p>"
    else:
        yield f"<h1>{escape(failure.kind)}</h1>"
        yield f'<p class="message">{escape(failure.message)}</p>' if failure.message else ""
    if hint:
        yield f'<p class="remedy">{escape(hint)}</p>'


def _chain(chain: Sequence[Failure], *, level: int) -> Iterator[str]:
    for index, failure in enumerate(chain):
        if index:
            yield f'<section><h{level}>{escape(failure.link)}</h{level}><p class="message">'
            yield f"<b>{escape(failure.kind)}</b>"
            yield f": {escape(failure.message)}</p>" if failure.message and not failure.problems else "</p>"
        else:
            yield f"<section><h{level}>{'What to change' if failure.problems else 'Where it happened'}</h{level}>"
        yield from _failure(failure, level=level)
        yield "</section>"


def _failure(failure: Failure, *, level: int) -> Iterator[str]:
    yield from (f'<p class="message">{escape(note)}</p>' for note in failure.notes)
    if failure.install:
        yield f'<p class="remedy">Install it: <code>{escape(failure.install)}</code></p>'
    if failure.advice:
        yield f'<p class="remedy">{escape(failure.advice)}</p>'
    if failure.problems:
        yield f"<ul>{''.join(map(_problem, failure.problems))}</ul>"
    if failure.spot is not None:
        yield f"<details open><summary><code>{_place(failure.spot)}</code></summary>{_source(failure.spot)}</details>"
    if failure.frames:
        yield '<p class="faint">The innermost call comes first; calls in libraries are folded.</p>'
        yield from map(_frame, reversed(failure.frames))
    deeper = min(level + 1, 6)
    for number, member in enumerate(failure.members, 1):
        head = f"Exception {number} of the group: {summary(member[0])}"
        yield f"<details open><summary><h{deeper}>{escape(head)}</h{deeper}></summary>"
        yield from _chain(member, level=min(deeper + 1, 6))
        yield "</details>"


def _problem(problem: Problem) -> str:
    where = f"<code>{escape(problem.where)}</code>: " if problem.where else ""
    remedy = f'<p class="remedy">{escape(problem.remedy)}</p>' if problem.remedy else ""
    return f'<li>{where}<span class="message">{escape(problem.message)}</span>{remedy}</li>'


def _frame(frame: Frame) -> str:
    before = f'<p class="faint">{frame.left_out} more calls are not shown.</p>' if frame.left_out else ""
    head = f"<code>{_place(frame.excerpt)}</code> in <code>{escape(frame.function)}</code>"
    tail = "" if frame.is_project else ' <span class="faint">library</span>'
    opened = " open" if frame.is_project else ""
    inside = _source(frame.excerpt) + _variables(frame)
    return f"{before}<details{opened}><summary>{head}{tail}</summary>{inside}</details>"


def _variables(frame: Frame) -> str:
    if not frame.variables:
        return ""
    return (
        f"<details{' open' if frame.is_project else ''}><summary>Variables</summary>{_table(frame.variables)}</details>"
    )


def _place(excerpt: Excerpt) -> str:
    return f"{escape(excerpt.where)}:{excerpt.line}"


def _source(excerpt: Excerpt) -> str:
    note = f'<p class="message faint">{escape(excerpt.note)}</p>' if excerpt.note else ""
    lines = (
        f'<span class="line{" here" if number == excerpt.line else ""}"><span class="number">'
        f"{'&gt; ' if number == excerpt.line else ''}{number}</span> {escape(line)}</span>"
        for number, line in enumerate(excerpt.lines, excerpt.first)
    )
    # It scrolls, so it must be reachable by keyboard (WCAG 2.1.1).
    return f'<pre tabindex="0">{"".join(lines)}</pre>{note}' if excerpt.lines else note


def _section(section: Section) -> str:
    return f"<section><h2>{escape(section.title)}</h2>{_table(section.rows)}</section>"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    inside = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)
    return f'<div class="scroll" tabindex="0"><table>{inside}</table></div>'


def _plain(chain: Sequence[Failure]) -> Iterator[str]:
    yield "<section><h2>As text</h2><details><summary>Traceback, to be copied</summary>"
    yield f'<pre class="plain" tabindex="0">{escape(plain_traceback(chain))}</pre></details></section>'
