"""Hold the style sheet of the debug page. The page allows it by its nonce, and needs nothing else from anywhere."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1d2126; --paper: #fff; --faint: #5b6470; --line: #d5dae0; --wash: #f4f6f8;
  --mark: #fff0c2; --red: #b3261e; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #15181c; --faint: #a0a9b4; --line: #3a4149;
  --wash: #1e2329; --mark: #4d4117; --red: #ff8a80; --link: #8cc0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .5rem; color: var(--red); overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; }
code, pre, td, .message { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; font-size: .875rem; }
.message { white-space: pre-wrap; overflow-wrap: anywhere; }
header .message { font-size: 1rem; }
.faint { color: var(--faint); }
.remedy { border-left: .25rem solid var(--link); padding: .25rem .75rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .375rem; margin: .5rem 0; background: var(--wash); }
details details { margin: .5rem; background: var(--paper); }
summary { padding: .5rem .75rem; cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible, pre:focus-visible, div:focus-visible { outline: .1875rem solid var(--link);
  outline-offset: 1px; }
pre { margin: 0; padding: .5rem 0; overflow-x: auto; background: var(--paper); border-top: 1px solid var(--line); }
pre.plain { padding: .75rem; border: 0; }
.line { display: block; padding: 0 .75rem; min-width: max-content; }
.line.here { background: var(--mark); font-weight: 600; }
.number { display: inline-block; min-width: 3.5rem; color: var(--faint); user-select: none; }
.here .number { color: var(--ink); }
.scroll { overflow-x: auto; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; background: var(--paper); }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: .875rem; white-space: nowrap; }
td { overflow-wrap: anywhere; width: 100%; }
li { margin: .75rem 0; }
@media (max-width: 40rem) { th, td { display: block; width: auto; } th { border-bottom: 0; padding-bottom: 0;
  white-space: normal; } .number { min-width: 2.5rem; } }
""".strip()
