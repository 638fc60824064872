"""Summarise the paired ratios of a run: the median, and how far the rest lies from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Self


@dataclass(frozen=True, slots=True)
class Spread:
    """Hold the median of a series with its quartiles and extremes."""

    median: float
    low: float
    high: float
    first_quartile: float
    third_quartile: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise at least two values."""
        first, _, third = quantiles(values, n=4, method="inclusive")
        return cls(median(values), min(values), max(values), first, third)
