"""What bodies are taken, what is refused, and that what is taken is exactly what msgspec would have given."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from demijohn.errors import DeclarationError, HTTPError
from demijohn.validation import BodyDecoder
from demijohn.validation.collector import collect_errors
from demijohn.validation.nodes import read_type

if TYPE_CHECKING:
    from fractions import Fraction

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Item(Struct):
    name: str
    count: int = 1


class Frozen(Struct, frozen=True):
    x: int
    y: int = 0


class Strict(Struct, forbid_unknown_fields=True):
    title: str


class Renamed(Struct, rename="camel"):
    first_name: str
    item_list: list[Item] = []


class Cat(Struct, tag="cat"):
    lives: int


class Dog(Struct, tag="dog"):
    tricks: list[Item]


class Place(Struct, array_like=True):
    lat: float
    lon: float
    label: str = ""


class Up(Struct, array_like=True, tag="up"):
    item: Item


class Down(Struct, array_like=True, tag="down"):
    depth: int


class Span(Struct):
    start: int
    end: int
    items: list[Item] = []

    def __post_init__(self) -> None:
        assert type(self) is Span
        assert all(type(item) is Item for item in self.items)
        if self.start > self.end:
            raise ValueError("The end lies before the start.")


class Watched(Struct):
    known: int

    def __init_subclass__(cls) -> None:
        raise TypeError("No subclasses, please.")


class Guarded(Struct):
    known: int

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Page(Struct, Generic[T]):
    items: list[T]
    next: int | None = None


class Optional_(Struct):  # noqa: N801  # its name is only here
    item: Item | None = None
    maybe: int | UnsetType = UNSET
    default: Frozen = Frozen(1)
    items: list[Item] = field(default_factory=list) if TYPE_CHECKING else msgspec.field(default_factory=list)


class Tree(Struct):
    value: int
    children: list[Tree] = []


class Everything(Struct):
    """One field of every kind that JSON can carry."""

    a: Any
    b: bool
    c: Annotated[str, Meta(min_length=1, max_length=5, pattern="^x")]
    d: date
    e: Colour
    f: Annotated[float, Meta(ge=0)]
    g: Decimal
    h: datetime
    i: Annotated[int, Meta(ge=0)]
    j: dict[str, Item]
    k: dict[int, int]
    m: Literal["one", "two"]
    n: tuple[Item, int]
    o: tuple[Item, ...]
    p: set[int]
    q: frozenset[str]
    r: UUID
    s: bytes
    t: Cat | Dog
    u: int | str | None
    v: list[Item | None]
    w: Place
    x: Up | Down


class Forest(Struct):
    """Hold itself, so that everything is checked in the slow way."""

    all: Everything
    y: Point
    forests: list[Forest] = []


@dataclass
class Plain:
    name: str
    items: list[Item] = field(default_factory=list)
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Slotted:
    name: str
    inner: Plain
    price: Decimal = Decimal(1)


@dataclass
class Checked:
    x: int

    def __post_init__(self) -> None:
        if self.x == 13:
            raise ValueError("Not that one.")
        self.doubled = self.x * 2


@dataclass
class Failure(Exception):
    known: int


@dataclass
class Wrapped(Generic[T]):
    known: T
    later: int = field(init=False, default=7)


class Row(TypedDict):
    key: int
    plain: Plain
    note: NotRequired[str]


Odd = TypedDict("Odd", {"known": int, "content-type": NotRequired[str]})


class Point(NamedTuple):
    x: int
    y: int = 0


EVERYTHING = (
    b'{"a":{"x":[1]},"b":true,"c":"xyz","d":"2026-01-31","e":"red","f":1.5,"g":"1.10","h":"2026-01-31T09:30:00Z",'
    b'"i":3,"j":{"k":{"name":"n"}},"k":{"1":2},"m":"two","n":[{"name":"n"},1],"o":[{"name":"n"}],"p":[1,2],"q":["a"],'
    b'"r":"12345678-1234-5678-1234-567812345678","s":"aGk=","t":{"type":"dog","tricks":[{"name":"sit"}]},"u":"x",'
    b'"v":[null,{"name":"n"}],"w":[1,2.5],"x":["up",{"name":"n"}]}'
)
FOREST = b'{"all":' + EVERYTHING + b',"y":[1],"forests":[{"y":[1],"all":' + EVERYTHING + b"}]}"

GOOD: list[tuple[Any, bytes]] = [
    (Item, b'{"name":"a"}'),
    (Item | None, b"null"),
    (Item | None, b'{"name":"a"}'),
    (Frozen, b'{"x":1,"y":2}'),
    (Strict, b'{"title":"t"}'),
    (Renamed, b'{"firstName":"f","itemList":[{"name":"a","count":2},{"name":"b"}]}'),
    (Cat | Dog, b'{"type":"dog","tricks":[{"name":"sit"}]}'),
    (Cat, b'{"type":"cat","lives":9}'),
    (Cat, b'{"lives":9}'),
    (list[Item], b'[{"name":"a"}]'),
    (list[Frozen], b'[{"x":1}]'),
    (dict[str, Item], b'{"k":{"name":"a"}}'),
    (Place, b'[1,2,"here"]'),
    (Span, b'{"start":1,"end":2,"items":[{"name":"a"}]}'),
    (Watched, b'{"known":1}'),
    (Guarded, b'{"known":1}'),
    (Failure, b'{"known":1}'),
    (Wrapped[int], b'{"known":1,"later":2}'),
    (Odd, b'{"known":1,"content-type":"x"}'),
    (Page[Item], b'{"items":[{"name":"a"}],"next":3}'),
    (Page[int], b'{"items":[1]}'),
    (Optional_, b'{"item":{"name":"a"},"items":[{"name":"b"}]}'),
    (Optional_, b"{}"),
    (Tree, b'{"value":1,"children":[{"value":2,"children":[{"value":3}]}]}'),
    (Everything, EVERYTHING),
    (Forest, FOREST),
    (Up | Down, b'["up",{"name":"n"}]'),
    (Plain, b'{"name":"a","items":[{"name":"b"}],"span":{"start":1,"end":2}}'),
    (Slotted, b'{"name":"a","inner":{"name":"b"},"price":"2.50"}'),
    (Checked, b'{"x":4}'),
    (Row, b'{"key":1,"plain":{"name":"a"}}'),
    (Row, b'{"key":1,"plain":{"name":"a"},"note":"n"}'),
    (Point, b"[1]"),
    (set[Frozen], b'[{"x":1}]'),
    (int, b"9223372036854775807"),
    (list[Decimal], b'["1.5",2]'),
]


@pytest.mark.parametrize(("declared", "body"), GOOD)
def test_good_input_gives_what_msgspec_gives(declared: Any, body: bytes) -> None:
    value = BodyDecoder(declared).decode(body)
    expected = msgspec.json.decode(body, type=declared)
    assert value == expected or repr(value) == repr(expected)  # an exception is equal to itself alone
    assert classes_in(value) == classes_in(expected)


UNKNOWN: list[tuple[Any, bytes, str]] = [
    (Item, b'{"name":"a","nmae":1}', "nmae"),
    (Strict, b'{"title":"t","x":1}', "x"),
    (Renamed, b'{"firstName":"f","first_name":"g"}', "first_name"),
    (Renamed, b'{"firstName":"f","itemList":[{"name":"a"},{"name":"b","x":1}]}', "itemList.1.x"),
    (Dog | Cat, b'{"type":"dog","tricks":[],"lives":9}', "lives"),
    (dict[str, Item], b'{"k":{"name":"a","x":1}}', "k.x"),
    (Span, b'{"start":1,"end":2,"x":1}', "x"),
    (Watched, b'{"known":1,"x":1}', "x"),
    (Guarded, b'{"known":1,"x":1}', "x"),
    (Failure, b'{"known":1,"x":1}', "x"),
    (Wrapped[int], b'{"known":1,"x":1}', "x"),
    (Odd, b'{"known":1,"x":1}', "x"),
    (Page[Item], b'{"items":[{"name":"a","x":1}]}', "items.0.x"),
    (Tree, b'{"value":1,"children":[{"value":2,"x":1}]}', "children.0.x"),
    (Plain, b'{"name":"a","x":1}', "x"),
    (Plain, b'{"name":"a","items":[{"name":"b","x":1}]}', "items.0.x"),
    (Slotted, b'{"name":"a","inner":{"name":"b","x":1}}', "inner.x"),
    (Row, b'{"key":1,"plain":{"name":"a","x":1}}', "plain.x"),
    (Row, b'{"key":1,"plain":{"name":"a"},"x":1}', "x"),
    (set[Frozen], b'[{"x":1,"z":1}]', "0.z"),
    *(
        (
            declared,
            whole.replace(part, part.replace(b"}", b',"x":1}')),
            prefix + place,
        )
        for declared, whole, prefix in ((Everything, EVERYTHING, ""), (Forest, FOREST, "all."))
        for part, place in (
            (b'"k":{"name":"n"}', "j.k.x"),
            (b'"n":[{"name":"n"}', "n.0.x"),
            (b'"o":[{"name":"n"}', "o.0.x"),
            (b'"v":[null,{"name":"n"}', "v.1.x"),
            (b'"x":["up",{"name":"n"}', "x.1.x"),
            (b'"tricks":[{"name":"sit"}', "t.tricks.0.x"),
        )
    ),
]


@pytest.mark.parametrize(("declared", "body", "field_name"), UNKNOWN)
def test_unknown_keys_are_refused_at_every_depth(declared: Any, body: bytes, field_name: str) -> None:
    assert errors_of(declared, body)[0] == (field_name, "unknown_field")


def test_places_beyond_the_last_of_an_array_like_struct_are_refused() -> None:
    assert errors_of(Place, b'[1,2,"here",4]') == [("", "max_length")]
    assert errors_of(Forest, FOREST.replace(b'"w":[1,2.5]', b'"w":[1,2.5,"here",4]'))[0] == ("all.w", "max_length")


@pytest.mark.parametrize(
    ("part", "place"), [(b'"i":3', "all.i"), (b'"k":{"1":2', "all.k.1"), (b'"p":[1', "all.p.0"), (b'"y":[1', "y.0")]
)
def test_large_integers_are_found_in_the_slow_way_too(part: bytes, place: str) -> None:
    body = FOREST.replace(part, part[:-1] + b"9223372036854775808")
    assert errors_of(Forest, body)[0] == (place, "le")


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        (int, b"%d"),
        (list[int], b"[%d]"),
        (set[int], b"[%d]"),
        (Item, b'{"name":"a","count":%d}'),
        (Plain, b'{"name":"a","span":{"start":%d,"end":1}}'),
        (Tree, b'{"value":1,"children":[{"value":%d}]}'),
        (Point, b"[%d]"),
    ],
)
def test_integers_beyond_64_bits_are_refused(declared: Any, body: bytes) -> None:
    for number in (2**63, -(2**63) - 1, 10**400):
        assert [code for _, code in errors_of(declared, body % number)] == ["le" if number > 0 else "ge"]


@pytest.mark.parametrize("text", [b'"NaN"', b'"-Infinity"', b'"1e999999"', b'"1e-999999"', b"1e99999"])
@pytest.mark.parametrize(
    ("declared", "around"), [(Slotted, b'{"name":"a","inner":{"name":"b"},"price":%s}'), (set[Decimal], b"[%s]")]
)
def test_decimals_that_are_no_plain_numbers_are_refused(declared: Any, around: bytes, text: bytes) -> None:
    refusal = refused(declared, around % text)
    assert (refusal.status, [error.code for error in refusal.errors]) in [(422, ["type"]), (400, [])]


MALFORMED = [
    b"",
    b"{",
    b'{"name":"a"} x',
    b'{"name":NaN}',
    b'{"name":"a","count":1e400}',
    b'\xef\xbb\xbf{"name":"a"}',
    b'{"name":"\\ud800"}',
    b'{"name":"\xff"}',
    b'{"name":"\xed\xa0\x80"}',
    '{"name":"a"}'.encode("utf-16"),
    b'{"name":"a","count":1' + b"0" * 5000 + b"}",
    b"<xml/>",
]


@pytest.mark.parametrize("body", MALFORMED)
@pytest.mark.parametrize("declared", [Item, Plain, Tree])
def test_what_is_no_json_is_malformed(declared: Any, body: bytes) -> None:
    refusal = refused(declared, body.replace(b'"name"', b'"value"') if declared is Tree else body)
    assert (refusal.status, refusal.code, refusal.errors) == (400, "json.malformed", ())


@pytest.mark.parametrize("declared", [Item, Plain, Any, Tree, list[Any]])
def test_depth_without_end_is_refused(declared: Any) -> None:
    for body in (b"[" * 200_000, b'{"a":' * 200_000, b'{"value":1,"children":[' * 100_000):
        refusal = refused(declared, body)
        assert (refusal.status, refusal.code) == (400, "json.too_deep")


def test_a_deep_mistake_in_a_tree_is_answered() -> None:
    for depth in (50, 400, 480, 900):
        body = b'{"value":1,"children":[' * depth + b'{"value":"x"}' + b"]}" * depth
        refusal = refused(Tree, body)
        assert refusal.code in ("validation", "json.too_deep")


def test_what_post_init_says_is_told_and_runs_on_the_finished_value() -> None:
    for declared, body in ((Span, b'{"start":3,"end":2}'), (Plain, b'{"name":"a","span":{"start":3,"end":2}}')):
        refusal = refused(declared, body)
        assert [(error.field, error.code, error.message) for error in refusal.errors] == [
            ("span" if declared is Plain else "", "invalid", "The end lies before the start.")
        ]
    assert BodyDecoder(Checked).decode(b'{"x":4}').doubled == 8
    assert errors_of(Checked, b'{"x":13}') == [("", "invalid")]


def test_a_bug_in_post_init_is_not_the_clients_fault() -> None:
    class Broken(Struct):
        x: int

        def __post_init__(self) -> None:
            raise LookupError("a bug")

    with pytest.raises(LookupError):
        BodyDecoder(Broken).decode(b'{"x":1}')


class Hidden(Struct):
    share: Fraction


class Outer(Struct):
    hidden: Hidden


def test_a_type_that_cannot_be_resolved_stops_the_start() -> None:
    with pytest.raises(DeclarationError, match=r"`share` of Hidden names `Fraction`.*\n.*TYPE_CHECKING"):
        BodyDecoder(Hidden)
    with pytest.raises(DeclarationError, match="inside Outer names `Fraction`"):
        BodyDecoder(Outer)


class Alien:
    pass


class HoldsAlien(Struct):
    aliens: list[Alien]


@pytest.mark.parametrize("declared", [Alien, list[Alien], HoldsAlien, dict[str, Alien | None]])
def test_a_type_that_json_cannot_carry_stops_the_start(declared: Any) -> None:
    with pytest.raises(TypeError, match="Alien cannot be read from JSON"):
        BodyDecoder(declared)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_is_sent_gets_a_value_or_a_refusal_that_says_why(data: st.DataObject) -> None:
    declared, body = data.draw(st.sampled_from(GOOD))
    known = msgspec.json.decode(body)
    value = data.draw(mutations(known))
    sent = msgspec.json.encode(value)
    refusal = None
    try:
        decoded, expected = BodyDecoder(declared).decode(sent), msgspec.json.decode(sent, type=declared)
        assert decoded == expected or repr(decoded) == repr(expected)
    except HTTPError as error:
        refusal = error
    found = [(error.field, error.message) for error in collect_errors(value, read_type(declared))]
    if refusal is None:
        assert found == [("", "This is not valid.")]  # that is: nothing was found
    else:
        assert found != [("", "This is not valid.")]
        assert refusal.code == "validation"
        assert [(error.field, error.message) for error in refusal.errors] == found


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)


def mutations(value: Any) -> st.SearchStrategy[Any]:
    """Return values like this one, with parts exchanged, left out or added."""
    whole = (
        st.just(value)
        | SCALARS
        | st.lists(SCALARS, max_size=2)
        | st.dictionaries(st.text(max_size=4), SCALARS, max_size=2)
    )
    if isinstance(value, dict):
        parts = st.fixed_dictionaries({}, optional={key: mutations(part) for key, part in value.items()})
        mixed = st.builds(lambda a, b: {**a, **b}, st.just(value), parts)
        return st.one_of(parts, mixed, mixed, whole)
    if isinstance(value, list):
        return st.one_of(st.tuples(*[mutations(part) for part in value]).map(list), whole)
    return st.one_of(st.just(value), whole)


def refused(declared: Any, body: bytes) -> HTTPError:
    with pytest.raises(HTTPError) as raised:
        BodyDecoder(declared).decode(body)
    return raised.value


def errors_of(declared: Any, body: bytes) -> list[tuple[str, str]]:
    refusal = refused(declared, body)
    assert (refusal.status, refusal.code) == (422, "validation")
    assert all(error.location == "body" for error in refusal.errors)
    return [(error.field, error.code) for error in refusal.errors]


def classes_in(value: Any) -> list[type]:
    """Return the classes of a value and of all that it holds, since `==` overlooks some differences."""
    if isinstance(value, dict):
        parts = [value[key] for key in sorted(value, key=str)]  # a TypedDict is filled in the order of its own
    elif isinstance(value, list | tuple):
        parts = list(value)
    elif hasattr(value, "__struct_fields__"):
        parts = [getattr(value, name) for name in value.__struct_fields__]
    elif hasattr(value, "__dataclass_fields__"):
        parts = [getattr(value, name) for name in value.__dataclass_fields__]
    else:
        parts = []
    return [type(value), *(cls for part in parts for cls in classes_in(part))]
