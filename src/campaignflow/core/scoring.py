"""Scoring: what the items of a scorecard are worth, how they roll up, and the grade and rank that follow.

The order is fixed: items → deductions and cut to full marks → roll-up → bonus → veto → rounding → grade → rank. All of
it is exact decimal arithmetic over what a `ScoreReader` answers; what it does not know is named and never counted as
nothing, unless the plan says so. Each node keeps its working (`working.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, localcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import evolve, frozen

from campaignflow.core.freeze import decimal_text
from campaignflow.core.measures import Measured
from campaignflow.core.messages import ScoreItem, ScoringMethod
from campaignflow.core.working import Step, Working, on_grid
from campaignflow.errors import PluginError
from campaignflow.plan.expressions.values import Unknown

if TYPE_CHECKING:
    from campaignflow.plan.model_scores import Adjustment, Scorecard, ScoreNode

__all__ = ["Methods", "ScoreReader", "Scored", "score_card"]

Methods: TypeAlias = Callable[[str], ScoringMethod | None]
"""Where methods that are not built in come from: `ports.scoring_method`."""

_EXACT = Context(prec=150)  # sums and products of numbers on the grid below are exact, in whatever order
_LARGEST = Decimal("1E+50")
_ZERO, _HUNDRED = Decimal(0), Decimal(100)


class ScoreReader(Protocol):
    """What scoring asks about the campaign; the core answers from its state, tests from a table.

    Everywhere `of` is the item that is scored (None for the campaign) and `period` the id of the period (None without
    `every`); expressions and tests are the plan's text.
    """

    def indicator(self, indicator: str, of: str | None) -> Measured | Unknown:
        """An indicator's value."""

    def number(self, expression: str, of: str | None, period: str | None) -> Decimal | Unknown:
        """The number that an expression gives."""

    def flag(self, expression: str, of: str | None, period: str | None) -> bool | Unknown:
        """Whether a condition holds."""

    def mark(self, scorecard: str, node: str, of: str | None, period: str | None) -> Decimal | None:
        """The points that an assessor gave a node; None if nobody has."""

    def holds(self, test: str, value: Decimal, of: str | None, period: str | None) -> bool | Unknown:
        """Whether a test (`>= 90%`) holds for a value."""


@frozen
class Scored:
    """A scorecard's result.

    Attributes:
        value: the score; None while it waits for something.
        grade: the band it falls into; None without grades, without a value, or where no band holds.
        pending: what it waits for, in words; empty when the score is final.
        working: how it came about.
    """

    value: Decimal | None
    grade: str | None
    pending: tuple[str, ...]
    working: Working


def score_card(
    card: Scorecard, reader: ScoreReader, methods: Methods, of: str | None = None, period: str | None = None
) -> Scored:
    """Score one item (or the campaign) by a scorecard.

    Args:
        card: the plan's scorecard; quotas on grades are not applied here.
        reader: answers for indicators, expressions, marks and tests.
        methods: name → scoring method, for methods that are not built in.
        of: the item that is scored; None for the campaign. period: the period's id; None without `every`.

    Raises:
        PluginError: a plugin's method is not there, raised, or did not answer with a finite Decimal.
    """
    return _Scoring(card, reader, methods, of, period).result()


@frozen
class _Missing:
    """Why something has no value."""

    reason: str


@frozen
class _Raw:
    """What a leaf was worth before deductions: as read, as points, and why."""

    read: Decimal
    points: Decimal
    reason: str


@frozen
class _Scoring:
    """One scorecard, scored for one item in one period."""

    card: Scorecard
    reader: ScoreReader
    methods: Methods
    of: str | None
    period: str | None

    def result(self) -> Scored:
        """The whole, with veto, rounding and grade."""
        with localcontext(_EXACT):
            root = self._node(self.card, "")
            if root.value is None:
                return Scored(None, None, tuple(_waits(root)), root)
            vetoes = self._vetoes(root.value)
            if isinstance(vetoes, _Missing):
                return _waiting(root, vetoes.reason)
            root = root.stepped(vetoes[0]).rounded(self.card.round)
            assert root.value is not None  # steps keep it
            grade = self._grade(root.value, vetoes[1])
            if isinstance(grade, _Missing):
                return _waiting(root, grade.reason)
            return Scored(root.value, grade, (), root)

    # ---------------------------------------------------------------------------------------------------- one node
    def _node(self, node: ScoreNode, path: str) -> Working:
        blank = Working(path or self.card.id, "missing")
        if not isinstance(node.weight, Decimal):
            return self._without(blank, "its weight is not known yet")
        blank = evolve(blank, weight=node.weight)
        for condition, status in ((node.na_when, "not-applicable"), (node.zero_when, "zero")):
            if condition is None:
                continue
            holds = self._flag(condition)
            if isinstance(holds, _Missing):
                return self._without(blank, holds.reason)
            if holds:
                return blank.settled(status, str(condition))
        return self._branch(node, path, blank) if node.items else self._leaf(node, path, blank)

    def _without(self, blank: Working, reason: str) -> Working:
        """A node without a value, as `missing` says."""
        if self.card.missing == "zero":
            return blank.settled("zero", f"counted as zero: {reason}")
        status = "left-out" if self.card.missing == "leave-out" else "missing"
        return evolve(blank, status=status, reason=reason)

    def _leaf(self, node: ScoreNode, path: str, blank: Working) -> Working:
        raw = self._raw(node, path)
        if isinstance(raw, _Missing):
            return self._without(blank, raw.reason)
        return self._adjusted(node, evolve(blank, raw=raw.read, base=on_grid(raw.points), reason=raw.reason))

    def _branch(self, node: ScoreNode, path: str, blank: Working) -> Working:
        inner = f"{path}/" if path else ""
        parts = tuple(self._node(child, inner + name) for name, child in node.items.items())
        blank = evolve(blank, parts=parts)
        waiting = [part.item for part in parts if part.status in ("missing", "pending")]
        if waiting:
            return evolve(blank, status="pending", reason=f"waits for {', '.join(waiting)}")
        if all(part.status == "not-applicable" for part in parts):
            return evolve(blank, status="not-applicable", reason="none of its parts applies")
        counted = tuple(part for part in parts if part.value is not None)
        if not counted:
            return self._without(blank, "none of its parts has a value")
        rolled = self._rolled(node, blank, counted)
        if isinstance(rolled, _Missing):
            return self._without(blank, rolled.reason)
        return self._adjusted(node, rolled)

    # ------------------------------------------------------------------------------------------------------ leaves
    def _raw(self, node: ScoreNode, path: str) -> _Raw | _Missing:
        if node.indicator is not None:
            return self._measured(node, str(node.indicator))
        if node.value is not None:
            found = self._number(node.value)
            if isinstance(found, _Missing):
                return found
            return self._banded(node, _Raw(found, found, str(node.value)))
        mark = self.reader.mark(self.card.id, path, self.of, self.period)
        if mark is not None:
            return self._banded(node, _Raw(mark, mark, "marked"))
        if node.less and node.by is None:
            full = node.points if isinstance(node.points, Decimal) else _HUNDRED
            return _Raw(full, full, "starts at full marks")
        return _Missing("nobody has marked it yet")

    def _measured(self, node: ScoreNode, indicator: str) -> _Raw | _Missing:
        found = self.reader.indicator(indicator, self.of)
        if isinstance(found, Unknown):
            return _Missing(f"indicator {indicator} has no value yet ({found})")
        if found.disputed:
            return _Missing(f"indicator {indicator} is disputed")
        if found.k is None or found.n is None:
            return self._banded(node, _Raw(found.value, found.value, indicator))
        counted = f"{indicator}: {decimal_text(found.k)} of {decimal_text(found.n)}"
        as_percent = found.value if node.bands else found.value * _HUNDRED
        return self._banded(node, _Raw(found.value, as_percent, counted))

    def _banded(self, node: ScoreNode, raw: _Raw) -> _Raw | _Missing:
        if abs(raw.read) > _LARGEST:
            return _Missing("the number is too large to score")
        if not node.bands:
            return raw
        for test, points in node.bands.items():
            holds = True if test == "else" else self._holds(test, raw.read)
            if isinstance(holds, _Missing):
                return holds
            if holds:
                if not isinstance(points, Decimal):
                    return _Missing(f"the points of band {test} are not known yet")
                return _Raw(raw.read, points, f"{raw.reason}: {decimal_text(raw.read)} is in band {test}")
        return _Missing(f"no band holds for {decimal_text(raw.read)}")

    # ---------------------------------------------------------------------------------------------------- roll-up
    def _rolled(self, node: ScoreNode, blank: Working, counted: tuple[Working, ...]) -> Working | _Missing:
        items = tuple(
            ScoreItem(name, part.value, part.weight, points if isinstance(points, Decimal) else None)
            for (name, points), part in zip(_named_points(node), blank.parts, strict=True)
            if part.value is not None
        )
        if not isinstance(node.method, str):
            return _Missing("its method is not known yet")
        if node.method == "weighted-mean" and not any(item.weight for item in items):
            return _Missing("the weights of the parts that count are all zero")
        roll = _METHODS.get(node.method)
        base, shares = roll(items) if roll else (self._by_plugin(node.method, items), {})
        brought = {part.item: shares.get(item.id) for part, item in zip(counted, items, strict=True)}
        parts = tuple(evolve(part, contribution=brought.get(part.item)) for part in blank.parts)
        return evolve(blank, base=base, parts=parts, reason=f"{node.method} of {len(items)}")

    def _by_plugin(self, name: str, items: tuple[ScoreItem, ...]) -> Decimal:
        method = self.methods(name)
        if method is None:
            raise PluginError(name, "register_scoring_methods", "no plugin brings this scoring method")
        try:
            result = method.score(items)
        except Exception as error:
            raise PluginError(name, "register_scoring_methods", f"{type(error).__name__}: {error}") from error
        if not isinstance(result, Decimal) or not result.is_finite() or abs(result) > _LARGEST:
            raise PluginError(name, "register_scoring_methods", f"a finite Decimal was due, not {result!r:.80}")
        return on_grid(result)

    # ------------------------------------------------------------------------- deductions, full marks, bonuses, veto
    def _adjusted(self, node: ScoreNode, working: Working) -> Working:
        less = self._steps("less", node.less.items(), -1)
        plus = self._steps("plus", node.plus.items(), 1)
        if isinstance(less, _Missing):
            return self._without(_undone(working), less.reason)
        if isinstance(plus, _Missing):
            return self._without(_undone(working), plus.reason)
        if node.points is not None and not isinstance(node.points, Decimal):
            return self._without(_undone(working), "its full marks are not known yet")
        scored = evolve(working, status="scored", value=working.base)
        return scored.stepped(less).cut(node.points).stepped(plus)

    def _steps(self, kind: str, entries: Iterable[tuple[str, Adjustment]], sign: int) -> tuple[Step, ...] | _Missing:
        steps: list[Step] = []
        for name, entry in entries:
            found = self._adjustment(entry)
            if isinstance(found, _Missing):
                return _Missing(f"{kind} {name}: {found.reason}")
            points, reason = found
            steps.append(Step(kind, name, sign * points, reason))
        return tuple(steps)

    def _adjustment(self, entry: Adjustment) -> tuple[Decimal, str] | _Missing:
        """How many points a deduction or bonus comes to, and how."""
        if not isinstance(entry.price, Decimal):
            return _Missing("its price is not known yet")
        if entry.at_most is not None and not isinstance(entry.at_most, Decimal):
            return _Missing("its limit is not known yet")
        count = self._number(entry.per)
        free = _ZERO if entry.free is None else self._number(entry.free)
        if isinstance(count, _Missing):
            return count
        if isinstance(free, _Missing):
            return free
        points = on_grid(max(count - free, _ZERO) * entry.price)
        reason = f"{decimal_text(count)} counted"
        if free:
            reason += f", {decimal_text(free)} free"
        reason += f", {decimal_text(entry.price)} each"
        if entry.at_most is not None and points > entry.at_most:
            points, reason = on_grid(entry.at_most), f"{reason}, at most {decimal_text(entry.at_most)}"
        return points, reason

    def _vetoes(self, value: Decimal) -> tuple[tuple[Step, ...], tuple[str, ...]] | _Missing:
        """The steps and grades of the vetoes that hold. A veto never raises a score."""
        steps: list[Step] = []
        grades: list[str] = []
        for name, veto in self.card.veto.items():
            holds = self._flag(veto.when)
            if isinstance(holds, _Missing):
                return _Missing(f"veto {name}: {holds.reason}")
            if not holds:
                continue
            if isinstance(veto.grade, str):
                grades.append(veto.grade)
            elif isinstance(veto.score, Decimal):
                lowered = min(value, veto.score)
                steps.append(Step("veto", name, lowered - value, str(veto.when)))
                value = lowered
            else:
                return _Missing(f"veto {name}: what it makes of the score is not known yet")
        return tuple(steps), tuple(grades)

    # ------------------------------------------------------------------------------------------------------- grade
    def _grade(self, value: Decimal, vetoed: tuple[str, ...]) -> str | _Missing | None:
        """The first band that holds; a veto's grade where that is lower."""
        earned: str | None = None
        for name, grade in self.card.grades.items():
            holds = self._reaches(value, grade.at_least, grade.test)
            if isinstance(holds, _Missing):
                return _Missing(f"grade {name}: {holds.reason}")
            if holds:
                earned = name
                break
        order = list(self.card.grades)
        found = [*vetoed, *([earned] if earned is not None else [])]
        return max(found, key=lambda name: order.index(name) if name in order else len(order), default=None)

    def _reaches(self, value: Decimal, at_least: object, test: object) -> bool | _Missing:
        if isinstance(at_least, Decimal):
            return value >= at_least
        return self._holds(test, value) if isinstance(test, str) else _Missing("where it begins is not known yet")

    # ------------------------------------------------------------------------------------------ asking the reader
    def _number(self, expression: object) -> Decimal | _Missing:
        if not isinstance(expression, str):
            return _Missing("a number is not known yet")
        found = self.reader.number(expression, self.of, self.period)
        if isinstance(found, Unknown):
            return _Missing(f"{expression} is unknown ({found})")
        return _Missing(f"{expression} is too large a number to score") if abs(found) > _LARGEST else found

    def _flag(self, expression: object) -> bool | _Missing:
        if not isinstance(expression, str):
            return _Missing("a condition is not known yet")
        found = self.reader.flag(expression, self.of, self.period)
        return _Missing(f"{expression} is unknown ({found})") if isinstance(found, Unknown) else found

    def _holds(self, test: str, value: Decimal) -> bool | _Missing:
        found = self.reader.holds(test, value, self.of, self.period)
        return _Missing(f"{test} is unknown ({found})") if isinstance(found, Unknown) else found


def _undone(working: Working) -> Working:
    """A node whose roll-up came to nothing after all: its parts bring nothing."""
    return evolve(working, base=None, parts=tuple(evolve(part, contribution=None) for part in working.parts))


def _waits(root: Working) -> Iterable[str]:
    leaves = [node for node in root.walk() if node.status == "missing"]
    return (f"{node.item}: {node.reason}" for node in leaves or [root])


def _waiting(root: Working, reason: str) -> Scored:
    """A score that could be rolled up, but waits for a veto or a grade."""
    working = evolve(root, status="pending", value=None, reason=reason)
    return Scored(None, None, (f"{root.item}: {reason}",), working)


# ------------------------------------------------------------------------------------------------- the built-in methods
_Rolled: TypeAlias = tuple[Decimal, Mapping[str, Decimal]]


def _named_points(node: ScoreNode) -> Iterable[tuple[str, object]]:
    return ((name, child.points) for name, child in node.items.items())


def _weighted_mean(items: tuple[ScoreItem, ...]) -> _Rolled:
    weight = sum((item.weight for item in items), _ZERO)
    mean = on_grid(sum((item.value * item.weight for item in items), _ZERO) / weight)
    shares = {item.id: on_grid(item.value * item.weight / weight) for item in items}
    # Each share is rounded; what that leaves over goes to the largest, so that they add up to the mean exactly.
    largest = min(items, key=lambda item: (-abs(shares[item.id]), item.id)).id
    shares[largest] += mean - sum(shares.values(), _ZERO)
    return mean, shares


def _sum(items: tuple[ScoreItem, ...]) -> _Rolled:
    return sum((item.value for item in items), _ZERO), {item.id: item.value for item in items}


def _lowest(items: tuple[ScoreItem, ...]) -> _Rolled:
    lowest = min(items, key=lambda item: item.value)
    return lowest.value, {lowest.id: lowest.value}


_METHODS: Mapping[str, Callable[[tuple[ScoreItem, ...]], _Rolled]] = MappingProxyType(
    {"weighted-mean": _weighted_mean, "sum": _sum, "lowest": _lowest}
)
