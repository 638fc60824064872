"""Hold what every program shows on its page, and the checks of a note for frameworks that have none of their own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict, TypeGuard

TEMPLATES: Final = Path(__file__).parent / "templates"
TITLE: Final = "Twelve rows"


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the three cells of a row."""

    number: int
    name: str
    note: str


ROWS: Final = [Row(number, f"Row number {number}", 'escaped: <&>"') for number in range(1, 13)]


class NoteDict(TypedDict):
    """Describe a note that passed `is_note`."""

    title: str
    body: str
    tags: list[str]
    stars: int


def is_note(value: object) -> TypeGuard[NoteDict]:
    """Tell whether decoded JSON is a note: what a user of a framework without validation writes by hand."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("title"), str)
        and len(value["title"]) <= 100
        and isinstance(value.get("body"), str)
        and isinstance(value.get("tags"), list)
        and all(isinstance(tag, str) for tag in value["tags"])
        and isinstance(value.get("stars"), int)
        and 0 <= value["stars"] <= 5
    )
