"""Run the benchmarks and print the page: `python -m benchmarks.measure`. overhead.py and footprint.py measure."""

import argparse
from pathlib import Path
from typing import Final

from benchmarks.footprint import measure_footprint
from benchmarks.overhead import measure_overhead
from benchmarks.report import render

PAGE: Final = Path("docs/benchmarks.md")


def main() -> None:
    """Measure what was asked for, print it, and write it where `--write` says so."""
    parser = argparse.ArgumentParser(description="Measure Demijohn beside the bare server and Flask.")
    parser.add_argument("--only", choices=("overhead", "footprint"), help="measure this part alone")
    parser.add_argument("--rounds", type=int, default=9, help="pairs to take; fewer than 7 say little (default: 9)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement (default: 2)")
    parser.add_argument("--write", action="store_true", help=f"write the page to {PAGE}, too")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds: a ratio needs at least 2 pairs")

    costs = [] if options.only == "footprint" else measure_overhead(options.rounds, options.seconds)
    comparison = None if options.only == "overhead" else measure_footprint(options.rounds, 1.0)
    page = render(costs, comparison, options.rounds)
    print(page)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
