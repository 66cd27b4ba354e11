"""What is missing in a plan, what needs it, and what this version reads without running it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from campaignflow.plan.kinds import Section
from campaignflow.plan.model_kinds import Expression, Formula
from campaignflow.plan.model_people import Selection
from campaignflow.plan.model_rules import Do
from campaignflow.plan.model_walk import Spot, gaps_in, walk
from campaignflow.plan.model_work import Need
from campaignflow.plan.problems import Gap
from campaignflow.plan.recurrence import Recurrence
from campaignflow.plan.values import Text, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan

__all__ = ["gaps_of", "not_run", "times_in"]

_TIMELESS = frozenset({str, int, bool, Decimal, Section, Text, Need, Unresolved})
_GIVEN = re.compile(r"\bgiven\.([a-z0-9_]+)")
_LATER_COMMANDS = ("transfer", "merge", "split")


def gaps_of(plan: Plan, spots: list[Spot] | None = None) -> tuple[Gap, ...]:
    """Every gap in the order of the plan; a year that windows need and nobody wrote is one, too.

    Args:
        plan: the plan; spots: what `walk` gives for it, where that is at hand.
    """
    spots = list(walk(plan)) if spots is None else spots
    needers = _Needers(spots)
    found = [(path, gap) for spot in spots for path, gap in gaps_in(spot)]
    if plan.year is None and needers.year:
        found.insert(0, ("year", Unresolved()))
    places = plan.places
    return tuple(Gap(path, places.get(path), str(gap), needers.of(path), gap.later) for path, gap in found)


def times_in(value: Any) -> Iterator[Any]:
    """The windows and moments that a value is or holds: whatever can say what it needs to be known."""
    kind = type(value)
    if kind is tuple:
        for item in value:
            yield from times_in(item)
    elif kind not in _TIMELESS and hasattr(value, "needs") and hasattr(value, "resolve"):
        yield value


class _Needers:
    """Who needs what: windows that need a year or a date, expressions that read a constant."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self.year = 0
        self.dates: dict[str, int] = {}
        self.given: Counter[str] = Counter()
        fixed: list[str] = []
        for spot in spots:
            if spot.line is None:
                continue
            if isinstance(spot.line.kind, Expression) and isinstance(spot.value, str):
                self.given.update(set(_GIVEN.findall(spot.value)))
            for time in times_in(spot.value):
                self._time(spot, time, fixed)

    def _time(self, spot: Spot, time: Any, fixed: list[str]) -> None:
        needs = time.needs() if callable(time.needs) else time.needs
        if not needs and spot.path.endswith(".window"):
            fixed.append(spot.path[: -len("window")])
        for name in needs:
            if name == "year":
                self.year += not any(spot.path.startswith(prefix) for prefix in fixed)
            else:
                self.dates[name] = self.dates.get(name, 0) + 1

    def of(self, path: str) -> str | None:
        """What needs the value at a path, in words."""
        section, _, name = path.partition(".")
        if path == "year":
            return _times(self.year, "window")
        if section == "dates":
            return _times(self.dates.get(name, 0), "window")
        if section == "given":
            return _times(self.given[name.replace("-", "_")], "expression")
        return None


def _times(count: int, what: str) -> str | None:
    return f"{count} {what}{'s' if count != 1 else ''}" if count else None


def not_run(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Path and name of each construct that is read and not run."""
    found = [("schedule", "schedule: backward")] if plan.schedule == "backward" else []
    for rule in plan.rules.values():
        if rule.catch_up not in {"once", "all"} and not isinstance(rule.catch_up, Unresolved):
            found.append((f"rules.{rule.id}.catch-up", "a catch-up other than once and all"))
    for spot in walk(plan):
        if spot.line is None:
            continue
        if spot.line.finer is not None and spot.value != spot.line.default:
            found.append((spot.path, spot.line.finer))
        found += ((spot.path, what) for what in _finer_values(spot.value))
    return tuple(found)


def _finer_values(value: object) -> Iterator[str]:
    """What one value asks for that this version does not run, though it runs the key."""
    for each in value if isinstance(value, tuple) else (value,):
        if _is_later(each):
            yield f"command {each.command}"
        elif isinstance(each, Formula):
            yield "a value that is computed (=…)"
        elif isinstance(each, Selection) and each.but:
            yield "`but` of a selection"
        elif isinstance(each, Recurrence) and (each.overlap != "allow" or each.catch_up not in {None, "all", "once"}):
            yield "overlap or catch-up of a recurrence"


def _is_later(value: object) -> bool:
    return isinstance(value, Do) and value.command.rpartition(".")[2] in _LATER_COMMANDS
