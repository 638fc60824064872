"""Run the benchmarks and print the page: `python -m benchmarks.measure`.

overhead.py, peers.py and footprint.py measure; report.py writes.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Final

from benchmarks.footprint import measure_footprint
from benchmarks.overhead import measure_overhead
from benchmarks.peers import measure_peers
from benchmarks.report import render
from benchmarks.report_peers import render_quote

PAGE: Final = Path("docs/benchmarks.md")
README: Final = Path("README.md")
MARKER: Final = "<!-- bench -->"
# These are few, and nearer to what was promised, so each is measured for longer.
OVERHEAD_LENGTH: Final = 2


def main() -> None:
    """Measure what was asked for, print it, and write it where `--write` says so."""
    parser = argparse.ArgumentParser(description="Measure Demijohn beside the bare server and other frameworks.")
    parser.add_argument("--only", choices=("overhead", "peers", "footprint"), help="measure this part alone")
    parser.add_argument("--rounds", type=int, default=7, help="pairs to take; fewer than 7 say little (default: 7)")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="length of one (default: 1; overhead takes twice that)"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write {PAGE}, too, and the table between the {MARKER} of {README}"
    )
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds: a ratio needs at least 2 pairs")

    parts = (options.only,) if options.only else ("overhead", "peers", "footprint")
    costs = measure_overhead(options.rounds, OVERHEAD_LENGTH * options.seconds) if "overhead" in parts else []
    series = measure_peers(options.rounds, options.seconds) if "peers" in parts else []
    comparison = measure_footprint(options.rounds, 1.0) if "footprint" in parts else None
    page = render(costs, series, comparison, options.rounds)
    quote = render_quote(series) if series else ""
    print(page, quote, sep="\n")
    if options.write and options.only:
        print(f"{PAGE} was left as it is: it holds all parts, and one was measured.", file=sys.stderr)
    elif options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
        README.write_text(quote_between(README.read_text(encoding="utf-8"), quote), encoding="utf-8")


def quote_between(text: str, quote: str) -> str:
    """Return the text with this table between its two markers, or as it was where it has none."""
    return re.sub(
        rf"({MARKER}\n).*?({MARKER})", lambda found: f"{found[1]}\n{quote}\n\n{found[2]}", text, flags=re.DOTALL
    )


if __name__ == "__main__":
    main()
