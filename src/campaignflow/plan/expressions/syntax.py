"""The tree that the parser makes of an expression: ten kinds of node, each with its place."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from attrs import field, frozen

__all__ = [
    "Binary",
    "Call",
    "Choice",
    "Compare",
    "ListOf",
    "Literal",
    "Logic",
    "Member",
    "Name",
    "Node",
    "Unary",
    "unparse",
]


@frozen(kw_only=True)
class _Placed:
    offset: int = field(default=0, eq=False)
    length: int = field(default=0, eq=False)


@frozen
class Literal(_Placed):
    """A number, a quoted text, `true`, `false` or `null` (None)."""

    value: Decimal | str | bool | None


@frozen
class ListOf(_Placed):
    """A list of numbers and quoted texts."""

    items: tuple[Literal, ...]


@frozen
class Name(_Placed):
    """A bare name."""

    id: str


@frozen
class Member(_Placed):
    """`base.name`."""

    base: Node
    name: str


@frozen
class Call(_Placed):
    """`function(arguments)`."""

    function: str
    arguments: tuple[Node, ...]


@frozen
class Unary(_Placed):
    """`not x` or `-x`."""

    operator: str
    operand: Node


@frozen
class Binary(_Placed):
    """`a + b`, `a - b`, `a * b` or `a / b`."""

    operator: str
    left: Node
    right: Node


@frozen
class Compare(_Placed):
    """`a == b` and its kin, `a in b`, `a not in b`."""

    operator: str
    left: Node
    right: Node


@frozen
class Logic(_Placed):
    """`a and b and c`, or `a or b or c`."""

    operator: str
    operands: tuple[Node, ...]


@frozen
class Choice(_Placed):
    """`test ? yes : no`."""

    test: Node
    yes: Node
    no: Node


Node: TypeAlias = Literal | ListOf | Name | Member | Call | Unary | Binary | Compare | Logic | Choice

_ATOMS = Literal | ListOf | Name | Member | Call


def unparse(node: Node) -> str:
    """One text for each tree: every inner operation in brackets, whatever the author's blanks and brackets were.

    >>> unparse(Binary("+", Name("a"), Binary("*", Literal(Decimal("2.0")), Name("b"))))
    'a + (2.0 * b)'
    """
    match node:
        case Literal(value):
            return _literal(value)
        case ListOf(items):
            return f"[{', '.join(map(unparse, items))}]"
        case Name(name):
            return name
        case Member(base, name):
            return f"{_inner(base)}.{name}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(unparse, arguments))})"
        case Unary(operator, operand):
            return f"not {_inner(operand)}" if operator == "not" else f"-{_inner(operand)}"
        case Logic(operator, operands):
            return f" {operator} ".join(map(_inner, operands))
        case Choice(test, yes, no):
            return f"{_inner(test)} ? {_inner(yes)} : {_inner(no)}"
    return f"{_inner(node.left)} {node.operator} {_inner(node.right)}"


def _inner(node: Node) -> str:
    return unparse(node) if isinstance(node, _ATOMS) else f"({unparse(node)})"


def _literal(value: Decimal | str | bool | None) -> str:
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    if isinstance(value, Decimal):
        return format(value, "f")
    return {True: "true", False: "false", None: "null"}[value]
