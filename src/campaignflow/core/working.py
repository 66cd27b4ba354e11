"""The working behind a score: what each item was worth, why, and how it came to the result.

Two sums hold exactly in every working, so that a unit can follow its score by hand:

* a node's `base` is the sum of its parts' contributions (methods `weighted-mean` and `sum`; under `lowest` the lowest
  part contributes all, and a plugin's method says nothing of contributions);
* a node's `value` is its `base` plus the amounts of its steps (deductions, cut, bonuses, veto, rounding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from attrs import evolve, frozen

from campaignflow.core.freeze import FrozenDict, decimal_text

__all__ = ["STATUSES", "Step", "Working", "on_grid"]

STATUSES = ("scored", "zero", "not-applicable", "missing", "left-out", "pending")
"""What became of a node. `scored`: it has a value. `zero`: it counts nothing, and the reason says why (`zero-when`, or
`missing: zero`). `not-applicable`: `na-when`. `missing`: it has no value, and the score waits for it. `left-out`: it
has no value and `missing: leave-out` drops it. `pending`: a node some of whose parts are missing."""


_GRID = Decimal("1E-12")


def on_grid(number: Decimal) -> Decimal:
    """A number to 12 decimals, half even: the grid of all values here, so that a mean lies between its items."""
    return _plain(number.quantize(_GRID, ROUND_HALF_EVEN))


def _plain(number: Decimal) -> Decimal:
    """The same number as people write it: 100, not 1E+2; 83.5, not 83.500000000000."""
    return Decimal(decimal_text(number))


@frozen
class Step:
    """One change between a node's base and its value.

    Attributes:
        kind: `less`, `cut` (to 0…points), `plus`, `veto` or `rounding`.
        id: which of the plan's entries, for `less`, `plus` and `veto`.
        amount: what was added; negative where something was taken away.
        reason: why, in words: `4 counted, 1 free, 3 × 5`.
    """

    kind: str
    id: str
    amount: Decimal
    reason: str


@frozen
class Working:
    """One node of a scored tree.

    Attributes:
        item: the node's path from the root (`discipline/again`); the scorecard's id for the root.
        status: one of `STATUSES`.
        raw: what was read: an indicator's value (a rate as a share), an expression's, an assessor's mark.
        base: the raw value as points, or what the method made of the parts.
        steps: what changed the base into the value.
        value: the node's result; None where it has none.
        weight: its weight among its siblings.
        contribution: what it brought to its parent's base; None where the method does not say, or it did not count.
        reason: why, in words.
        parts: the nodes below, in the plan's order.
    """

    item: str
    status: str
    raw: Decimal | None = None
    base: Decimal | None = None
    steps: tuple[Step, ...] = ()
    value: Decimal | None = None
    weight: Decimal = Decimal(1)
    contribution: Decimal | None = None
    reason: str = ""
    parts: tuple[Working, ...] = ()

    def settled(self, status: str, reason: str) -> Working:
        """The node decided without its parts: `zero`, or `not-applicable`."""
        nothing = Decimal(0) if status == "zero" else None
        return evolve(self, status=status, reason=reason, base=nothing, value=nothing)

    def stepped(self, steps: tuple[Step, ...]) -> Working:
        """The node after more steps; one without a value has none."""
        if self.value is None or not steps:
            return self
        value = self.value + sum((step.amount for step in steps), Decimal(0))
        return evolve(self, steps=(*self.steps, *steps), value=_plain(value))

    def cut(self, points: Decimal | None) -> Working:
        """The node cut to 0…points, with a step if that changes it."""
        if points is None or self.value is None or 0 <= self.value <= points:
            return self
        within = min(max(self.value, Decimal(0)), points)
        return self.stepped((Step("cut", "", within - self.value, f"to 0…{decimal_text(points)}"),))

    def rounded(self, unit: object) -> Working:
        """The node rounded half even to multiples of a unit, with a step if that changes it; a unit of 0 does not."""
        if self.value is None or not isinstance(unit, Decimal) or not unit:
            return self
        amount = (self.value / unit).to_integral_value(ROUND_HALF_EVEN) * unit - self.value
        if not amount:
            return self
        return self.stepped((Step("rounding", "", amount, f"half even, to {decimal_text(unit)}"),))

    def walk(self) -> Iterator[Working]:
        """This node and all below it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def find(self, item: str) -> Working | None:
        """The node of a path, or None."""
        return next((node for node in self.walk() if node.item == item), None)

    def as_data(self) -> Mapping[str, Any]:
        """As it stands in an event: numbers as text, what is absent left out. Read back by `from_data`."""
        data: dict[str, Any] = {"item": self.item, "status": self.status}
        for name in ("raw", "base", "value", "contribution"):
            number = getattr(self, name)
            if number is not None:
                data[name] = decimal_text(number)
        if self.weight != 1:
            data["weight"] = decimal_text(self.weight)
        if self.steps:
            data["steps"] = tuple(_step_data(step) for step in self.steps)
        if self.reason:
            data["reason"] = self.reason
        if self.parts:
            data["parts"] = tuple(part.as_data() for part in self.parts)
        return FrozenDict(data)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Working:
        """The working that `as_data` wrote."""
        return cls(
            item=data["item"],
            status=data["status"],
            raw=_number(data, "raw"),
            base=_number(data, "base"),
            steps=tuple(
                Step(step["kind"], step["id"], Decimal(step["amount"]), step["reason"])
                for step in data.get("steps", ())
            ),
            value=_number(data, "value"),
            weight=Decimal(data.get("weight", "1")),
            contribution=_number(data, "contribution"),
            reason=data.get("reason", ""),
            parts=tuple(cls.from_data(part) for part in data.get("parts", ())),
        )

    def explain(self, indent: str = "") -> str:
        """The working as lines of text, one for each node and step.

        >>> print(Working("shops", "scored", base=Decimal("83.496"), value=Decimal("83.5"), reason="sum of 2 parts",
        ...     steps=(Step("rounding", "", Decimal("0.004"), "to 0.5"),)).explain())
        shops: 83.5 (sum of 2 parts)
          83.496
          +0.004 rounding: to 0.5
        """
        lines = [f"{indent}{self._headline()}"]
        inner = f"{indent}  "
        if self.steps and self.base is not None:
            lines.append(f"{inner}{decimal_text(self.base)}")
            lines += [
                f"{inner}{_signed(step.amount)} {step.kind}{_named(step.id)}: {step.reason}" for step in self.steps
            ]
        lines += [part.explain(inner) for part in self.parts]
        return "\n".join(lines)

    def _headline(self) -> str:
        result = self.status if self.value is None else decimal_text(self.value)
        if self.value is not None and self.contribution is not None:
            result += f" -> {_signed(self.contribution)}"
        return f"{self.item}: {result}" + (f" ({self.reason})" if self.reason else "")


def _step_data(step: Step) -> Mapping[str, Any]:
    return FrozenDict({"kind": step.kind, "id": step.id, "amount": decimal_text(step.amount), "reason": step.reason})


def _number(data: Mapping[str, Any], name: str) -> Decimal | None:
    return Decimal(data[name]) if name in data else None


def _signed(number: Decimal) -> str:
    return ("" if number < 0 else "+") + decimal_text(number)


def _named(name: str) -> str:
    return f" {name}" if name else ""
