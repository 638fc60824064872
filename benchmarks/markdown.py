"""Write tables and ratios in Markdown, for report.py and report_peers.py."""

from collections.abc import Sequence

from benchmarks.spread import Spread


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def factor(value: float) -> str:
    """Return a ratio, set in bold."""
    return f"**{value:.2f}**"


def range_of(spread: Spread) -> str:
    """Return the extremes."""
    return f"{spread.low:.2f} to {spread.high:.2f}"


def spread_of(spread: Spread) -> str:
    """Return the extremes, and the quartiles between which the middle half lies."""
    return f"{range_of(spread)} ({spread.first_quartile:.2f} to {spread.third_quartile:.2f})"
