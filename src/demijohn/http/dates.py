"""Write and read the dates of HTTP headers. Comparing them with a request's conditions is in conditional.py."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

__all__ = ["http_date", "parse_http_date"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_CLOCK = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMATS = (  # RFC 9110 section 5.6.7: the one to send, and the two that must still be read
    re.compile(f"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} GMT"),
    re.compile(f"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_CLOCK} GMT"),
    re.compile(f"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_CLOCK} (?P<year>[0-9]{{4}})"),
)


def http_date(timestamp: float) -> str:
    """Write a POSIX timestamp as `Sun, 06 Nov 1994 08:49:37 GMT`; fractions of a second are cut.

    Raises:
        ValueError: the year is not one of 1 to 9999.
    """
    try:
        date = datetime.fromtimestamp(timestamp // 1, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{timestamp!r} seconds since 1970 is no date between the years 1 and 9999.") from None
    return (
        f"{_DAYS[date.weekday()]}, {date.day:02} {_MONTHS[date.month - 1]} {date.year:04} "
        f"{date.hour:02}:{date.minute:02}:{date.second:02} GMT"
    )


def parse_http_date(value: str) -> float | None:
    """Read a date in any of the three forms of RFC 9110 as a POSIX timestamp, or return None for anything else.

    A two-digit year is the nearest one that is at most 50 years ahead. The name of the day is not compared.
    """
    for form in _FORMATS:
        if found := form.fullmatch(value):
            break
    else:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        year = _full_year(year)
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second, which the standard allows
        return None
    try:
        date = datetime(year, _MONTHS.index(found["month"]) + 1, int(found["day"]), tzinfo=UTC)
    except ValueError:  # 30 February, year 0
        return None
    return date.timestamp() + hour * 3600 + minute * 60 + second


def _full_year(two_digits: int) -> int:
    this_year = time.gmtime().tm_year
    year = this_year - this_year % 100 + two_digits
    if year > this_year + 50:
        return year - 100
    return year + 100 if year <= this_year - 50 else year
