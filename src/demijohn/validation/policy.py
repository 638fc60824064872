"""Check JSON for what msgspec lets pass: unknown keys, integers beyond 64 bits, unruly Decimals.

Only for types that can have no twin (twins.py), such as trees and attrs classes; it costs a second decode. It says
whether there is anything; collector.py says what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from msgspec import inspect

from demijohn.validation.nodes import ObjectType, decimal_fits, int_fits, is_bounded, members_of, tag_of

__all__ = ["Test", "policy_tests"]

Test: TypeAlias = Callable[[Any], bool]  # Any: a value as it stands in JSON
_Tests: TypeAlias = dict[type, Test]


def policy_tests(node: inspect.Type) -> dict[type, Test]:
    """Return the tests of values that msgspec has accepted for a type; a value whose type is no key keeps all rules.

    The keys are Python types as `msgspec.json.decode` gives them without a type. A test raises RecursionError for a
    value that is nested more deeply than Python can follow.
    """
    return _Tester().tests_of(node)


class _Tester:
    """Make the tests of one type; those of an object are made once, since it may hold itself."""

    def __init__(self) -> None:
        self._objects: dict[int, Test] = {}

    def tests_of(self, node: inspect.Type) -> _Tests:
        members = members_of(node)
        structs = [member for member in members if isinstance(member, inspect.StructType)]
        tests: _Tests = self._tests_of_tagged(structs) if len(structs) > 1 else {}
        for member in members:
            match member:
                case inspect.StructType() if member.array_like:
                    tests.setdefault(list, self._places(member.fields, 1 if tag_of(member) else 0, closed=True))
                case inspect.NamedTupleType():
                    tests[list] = self._places(member.fields, 0, closed=False)
                case inspect.StructType() | inspect.DataclassType() | inspect.TypedDictType():
                    tests.setdefault(dict, self._object(member))
                case inspect.TupleType():
                    tests[list] = _test_places([self.tests_of(item) for item in member.item_types], 0)
                case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
                    if inner := self.tests_of(member.item_type):
                        tests[list] = _test_items(inner)
                case inspect.DictType():
                    if inner := self.tests_of(member.value_type):
                        tests[dict] = _test_values(inner)
                case inspect.IntType() if not is_bounded(member):
                    tests[int] = int_fits
                case inspect.DecimalType():
                    tests |= dict.fromkeys((str, int, float), decimal_fits)
        return tests

    def _tests_of_tagged(self, structs: list[inspect.StructType]) -> _Tests:
        """Return the test of a union of Structs; their tags are good, since msgspec has seen them."""
        if structs[0].array_like:
            by_place = {struct.tag: self._places(struct.fields, 1, closed=True) for struct in structs}
            return {list: lambda value: by_place[value[0]](value)}
        by_tag = {struct.tag: self._object(struct) for struct in structs}
        tag_field = structs[0].tag_field
        return {dict: lambda value: by_tag[value[tag_field]](value)}

    def _object(self, node: ObjectType) -> Test:
        if (known := self._objects.get(id(node))) is not None:
            return known
        tag = tag_of(node)
        keys = frozenset([field.encode_name for field in node.fields] + ([tag[0]] if tag else []))
        parts: list[tuple[str, _Tests]] = []
        test = self._objects[id(node)] = _test_object(keys, parts)  # before its fields are read: they may hold it again
        inner = [(field.encode_name, self.tests_of(field.type)) for field in node.fields]
        parts += [(key, tests) for key, tests in inner if tests]
        return test

    def _places(self, fields: Sequence[inspect.Field], first: int, *, closed: bool) -> Test:
        test = _test_places([self.tests_of(field.type) for field in fields], first)
        return (lambda value: len(value) <= first + len(fields) and test(value)) if closed else test


def _test_object(keys: frozenset[str], parts: list[tuple[str, _Tests]]) -> Test:
    has_no_other = keys.issuperset

    def test_object(value: dict[str, object]) -> bool:
        if not has_no_other(value):
            return False
        for key, tests in parts:
            if key in value:
                part = value[key]
                test = tests.get(type(part))
                if test is not None and not test(part):
                    return False
        return True

    return test_object


def _test_items(tests: _Tests) -> Test:
    test_of = tests.get

    def test_items(items: Iterable[object]) -> bool:
        for item in items:
            test = test_of(type(item))
            if test is not None and not test(item):
                return False
        return True

    return test_items


def _test_values(tests: _Tests) -> Test:
    test_items = _test_items(tests)
    return lambda mapping: test_items(mapping.values())


def _test_places(places: Sequence[_Tests], first: int) -> Test:
    def test_places(items: Sequence[object]) -> bool:
        for tests, item in zip(places, items[first:], strict=False):
            test = tests.get(type(item))
            if test is not None and not test(item):
                return False
        return True

    return test_places
