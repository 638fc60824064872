"""Check contracts.py: when `after_commit` calls back, and that the contracts can be asked for at run time."""

from collections.abc import Callable

from demijohn import contracts
from demijohn.contracts import SessionRecord, after_commit, commit_scope


class Transaction:
    def __init__(self) -> None:
        self.callbacks: list[Callable[[], object]] = []

    def on_commit(self, callback: Callable[[], object]) -> None:
        self.callbacks.append(callback)


def test_without_a_transaction_it_is_called_at_once() -> None:
    calls: list[str] = []

    @after_commit
    def notify() -> None:
        calls.append("now")

    assert calls == ["now"]
    notify()
    assert calls == ["now", "now"]


def test_within_a_transaction_it_waits() -> None:
    calls: list[str] = []
    transaction = Transaction()
    token = commit_scope.set(transaction)
    try:
        after_commit(lambda: calls.append("later"))
    finally:
        commit_scope.reset(token)
    assert calls == []
    for callback in transaction.callbacks:
        callback()
    assert calls == ["later"]


def test_the_values_of_a_session_stay_out_of_its_repr() -> None:
    assert "secret" not in repr(SessionRecord("i", 0.0, 0.0, {"card": "secret"}))


def test_no_contract_names_request() -> None:
    assert "Request" not in vars(contracts)
