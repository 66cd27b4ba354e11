"""What checking gives: a term for each node, an expression for the whole, a condition for each count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from campaignflow.plan.expressions.faults import Fault
from campaignflow.plan.expressions.operations import Run
from campaignflow.plan.expressions.syntax import Node
from campaignflow.plan.expressions.types import Type
from campaignflow.plan.expressions.values import Scope, Unknown, Value

__all__ = ["Aggregate", "Condition", "Expression", "Key", "Term", "decided", "reads_of"]


@frozen(eq=False)
class Aggregate:
    """A call of `count` or its kin, as the scope will get it: what an index can be made of beforehand.

    Attributes:
        function: `count share total mean lowest highest streak`.
        register: id of the register.
        arguments: the very tuple that `Scope.call` is given.
    """

    function: str
    register: str
    arguments: tuple[object, ...]


@frozen(eq=False)
class Term:
    """A checked node.

    Attributes:
        type: what it gives. run: gives it. node: where it stands.
        reads: facts and functions read; the tried item's own begin with a dot.
        by_time: whether time alone can change it.
        loose: whether it reads another item through the tried one, so that no change of the tried one need announce it.
        constant: whether it is the same always.
        sides: of an equation: both sides; of `in_period(t)`: t.
        aggregates: counts in it.
    """

    type: Type
    run: Run
    node: Node
    reads: frozenset[str] = frozenset()
    by_time: bool = False
    loose: bool = False
    constant: bool = False
    sides: tuple[Term, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()

    @property
    def is_item_alone(self) -> bool:
        """Whether only the tried item's own fields and history decide it."""
        return not (self.by_time or self.loose) and all(name.startswith(".") for name in self.reads)

    @property
    def is_outer_alone(self) -> bool:
        """Whether the tried item has no part in it."""
        return not any(name.startswith(".") for name in self.reads)

    def made(self, type_: Type, run: Run, node: Node, *others: Term, **changes: Any) -> Term:
        """A term of another node that reads what this one and the others read."""
        parts = (self, *others)
        changes.setdefault("constant", all(part.constant for part in parts))
        return Term(
            type_,
            run,
            node,
            reads_of(parts) | changes.pop("also", frozenset()),
            changes.pop("by_time", False) or any(part.by_time for part in parts),
            any(part.loose for part in parts),
            aggregates=tuple(each for part in parts for each in part.aggregates),
            **changes,
        )


def reads_of(terms: Iterable[Term]) -> frozenset[str]:
    """Everything that these read."""
    return frozenset().union(*(term.reads for term in terms))


@frozen(eq=False)
class Expression:
    """An expression that was checked and can be evaluated.

    Attributes:
        text: as the author wrote it; of a part, in canonical form.
        type: type of its value.
        reads: what it reads: `findings.open`, `given.limit`, `value:awareness`, `count:finding`; the tried item's own
            fields begin with a dot (`.lamps`).
        uses_time: whether time alone can change it.
        evaluate: from a scope to the value; Unknown where something that it needs has none.
        aggregates: the counts in it, for whoever keeps indexes.
        warnings: what is odd about it (CF407, CF408).
    """

    text: str
    type: Type
    reads: frozenset[str]
    uses_time: bool
    evaluate: Callable[[Scope], Value] = field(repr=False)
    aggregates: tuple[Aggregate, ...] = field(default=(), repr=False)
    warnings: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return self.text


@frozen(eq=False)
class Key:
    """An equation of a condition that an index can look up: item side == outer side.

    Attributes:
        item: the side of the tried item. outer: the other side; None for a period.
        by: `value`, or `period`: the period that `item` falls in is the scope's period (`in_period(created)`).
    """

    item: Expression
    outer: Expression | None
    by: str = "value"


@frozen(eq=False)
class Condition:
    """What `count` and its kin try on each item of a register, in the register's own names.

    A condition gives true, false, or Unknown because of something outside of the item; an item with a blank field of
    its own that would be needed gives false, in `static` and `rest` as in the whole. What `mean` and `total` measure
    gives its value, or Unknown.

    Attributes:
        register: id of the register.
        text: canonical: equal for equal conditions.
        type: type of the value.
        reads, uses_time: as of an expression, over the whole condition.
        evaluate: from a scope that stands at one item to the value.
        static: the part that the item's own fields and history decide, or None.
        keys: the parts that are equations between the item and the outside.
        rest: all else, or None. `static and keys and rest` is the whole.
    """

    register: str
    text: str
    type: Type
    reads: frozenset[str]
    uses_time: bool
    evaluate: Callable[[Scope], Value] = field(repr=False)
    static: Expression | None = None
    keys: tuple[Key, ...] = ()
    rest: Expression | None = None

    def __str__(self) -> str:
        return self.text


def decided(run: Run) -> Run:
    """A condition's verdict on one item: what is unknown through its own blank fields alone does not count."""

    def verdict(scope: Scope) -> Any:
        value = run(scope)
        if value.__class__ is Unknown:
            return False if value.is_own else value.outside
        return value

    return verdict
