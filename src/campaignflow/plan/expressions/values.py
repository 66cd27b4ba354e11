"""What an expression reads and gives while it runs: values, the unknown, and the scope that answers for facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Protocol, TypeAlias

from attrs import frozen

from campaignflow.plan.values import Amount

__all__ = ["CONTEXT", "Ref", "RegisterArg", "Scope", "Unknown", "Value", "merged"]

CONTEXT = Context(prec=28, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow])
"""The one arithmetic of every expression: 28 digits, half even. What it cannot hold is unknown."""


@frozen
class Unknown:
    """No value yet, and whose fault that is.

    Attributes:
        names: the facts that have no value: `given.limit`, `value('noise')`. A name that begins with a dot is a blank
            field of the item that a condition is trying (`.lamps`).

    >>> Unknown.of("given.limit").names
    frozenset({'given.limit'})
    """

    names: frozenset[str]

    @classmethod
    def of(cls, *names: str) -> Unknown:
        """Unknown because of these."""
        return cls(frozenset(names))

    @property
    def is_own(self) -> bool:
        """Whether only blank fields of the item that is tried are to blame: such an item does not count."""
        return all(name.startswith(".") for name in self.names)

    @property
    def outside(self) -> Unknown:
        """The same without the tried item's own blank fields."""
        return Unknown(frozenset(name for name in self.names if not name.startswith(".")))

    def __bool__(self) -> bool:
        raise TypeError("what is unknown is neither true nor false: compare it by `is True`")

    def __str__(self) -> str:
        return ", ".join(sorted(self.names)) or "unknown"


@frozen
class Ref:
    """A reference to an item of a register, `unit/north`.

    Attributes:
        register, id: which register, which item in it.
    """

    register: str
    id: str

    def __str__(self) -> str:
        return f"{self.register}/{self.id}"


@frozen
class RegisterArg:
    """The register that `count` and its kin go over, or whose state is asked.

    Attributes:
        id: the register's id as the plan writes it.
    """

    id: str


Value: TypeAlias = "Decimal | int | str | bool | date | Amount | Ref | tuple[Value, ...] | Unknown"
"""What a scope answers: numbers (Decimal, or int for counts), texts, flags, aware datetimes in the plan's zone, dates,
amounts, references, tuples for fields that hold many, and Unknown for whatever has no value; never None or a float."""


class Scope(Protocol):
    """What the core gives an expression to read: the only door to a campaign's state."""

    def fact(self, name: str, /) -> Value:
        """The fact of this dotted name: `findings.open`, `given.pass_mark`, `event.value`, `item`, `now`."""

    def own(self, name: str, /) -> Value:
        """A field or fact of the item that a condition is tried on."""

    def member(self, ref: Ref, name: str, /) -> Value:
        """A field or fact of the item referred to."""

    def call(self, function: str, arguments: tuple[object, ...], /) -> Value:
        """A function of known arguments: values, a `RegisterArg`, `Condition`s."""


def merged(values: Iterable[Any]) -> Unknown:
    """One Unknown that names everything that the unknown ones among these values name."""
    names: frozenset[str] = frozenset()
    for value in values:
        if value.__class__ is Unknown:
            names |= value.names
    return Unknown(names)
