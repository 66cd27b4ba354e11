"""The types that expressions are checked by before anything runs."""

from __future__ import annotations

from attrs import field, frozen

__all__ = [
    "AMOUNT",
    "ANY",
    "DATE",
    "FLAG",
    "ITEM",
    "MOMENT",
    "NULL",
    "NUMBER",
    "TEXT",
    "WINDOW",
    "Type",
    "item",
    "many",
    "one_of",
]

_SAID = {
    "any": "a value not known before it is filled",
    "flag": "a yes/no",
    "number": "a number",
    "amount": "an amount",
    "text": "a text",
    "date": "a date",
    "moment": "a moment",
    "window": "a window",
    "item": "an item",
    "many": "a list",
    "null": "null",
}


@frozen
class Type:
    """What kind of value stands somewhere.

    Attributes:
        kind: `flag number amount text date moment window item many null`, or `any` for what only running can show.
        registers: of an item: the registers that it may be of; empty for any.
        options: of a text: what it may be, where that is known.
        what: of a text with options: what they are, for messages (`state of fault`).
        unit: of an amount: its unit, where that is known.
        element: of `many`: the type of each.
    """

    kind: str
    registers: frozenset[str] = frozenset()
    options: frozenset[str] | None = None
    what: str = field(default="", eq=False)
    unit: str | None = None
    element: Type | None = None

    def __str__(self) -> str:
        if self.kind == "item" and len(self.registers) == 1:
            return f"an item of {next(iter(self.registers))}"
        if self.kind == "amount" and self.unit:
            return f"an amount in {self.unit}"
        if self.kind == "many" and self.element:
            return f"a list, each {self.element}"
        return _SAID[self.kind]

    @property
    def is_numeric(self) -> bool:
        """A number or an amount, or what may turn out to be one."""
        return self.kind in ("number", "amount", "any")

    @property
    def is_day(self) -> bool:
        """A date or a moment."""
        return self.kind in ("date", "moment")


ANY = Type("any")
FLAG = Type("flag")
NUMBER = Type("number")
AMOUNT = Type("amount")
TEXT = Type("text")
DATE = Type("date")
MOMENT = Type("moment")
WINDOW = Type("window")
NULL = Type("null")
ITEM = Type("item")


def item(*registers: str) -> Type:
    """An item of one of these registers; without any, of whichever."""
    return Type("item", frozenset(registers))


def one_of(what: str, *options: str) -> Type:
    """A text that is one of these; `what` says in a message what they are."""
    return Type("text", options=frozenset(options), what=what)


def many(element: Type) -> Type:
    """A list of values of one type: a field marked `many`."""
    return Type("many", element=element)
