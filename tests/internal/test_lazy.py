from __future__ import annotations

from demijohn.lazy import lazy


class Thing:
    def __init__(self) -> None:
        self.calls = 0

    @lazy
    def value(self) -> int:
        """Return how often it was worked out."""
        self.calls += 1
        return self.calls


def test_the_value_is_worked_out_once() -> None:
    thing = Thing()
    assert [thing.value, thing.value, thing.calls] == [1, 1, 1]
    assert Thing().calls == 0


def test_the_value_can_be_replaced_and_forgotten() -> None:
    thing = Thing()
    thing.value = 7
    assert (thing.value, thing.calls) == (7, 0)
    del thing.value
    assert thing.value == 1


def test_an_error_is_not_kept() -> None:
    class Failing:
        failures = 0

        @lazy
        def value(self) -> int:
            self.failures += 1
            if self.failures == 1:
                raise ValueError
            return self.failures

    failing = Failing()
    try:
        _ = failing.value
    except ValueError:
        assert failing.value == 2


def test_the_class_shows_the_descriptor_with_its_documentation() -> None:
    assert isinstance(Thing.value, lazy)
    assert Thing.value.__doc__ == "Return how often it was worked out."
