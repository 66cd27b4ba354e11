"""The timeline: script, autopilot and timers take their turns on one virtual clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from campaignflow.core import formulas
from campaignflow.core.facts import Facts
from campaignflow.core.freeze import freeze
from campaignflow.core.state import ENDED
from campaignflow.errors import Refused, SimulationError
from campaignflow.plan.expressions import Unknown
from campaignflow.plan.facts import Place
from campaignflow.plan.model import Do, Plan
from campaignflow.plan.time import TimeContext, parse_moment
from campaignflow.plan.timemath import to_us
from campaignflow.simulation.scenario import Scenario, Step
from campaignflow.simulation.session import Session

__all__ = ["Expectation", "Pilot", "Player", "start_of"]


@frozen
class Expectation:
    """One thing that a script expected.

    Attributes:
        that: the expression, or the command whose refusal was expected. held: whether it was so. at: when, microseconds.
        text: what was found instead. line: of the scenario file.
    """

    that: str
    held: bool
    at: int
    text: str = ""
    line: int = 0


class Pilot:
    """Nobody plays: the base of the autopilot."""

    def look(self, session: Session, plan: Callable[[int, Callable[[], None]], None]) -> None:
        """Look at what has happened, and plan what to do when."""

    def finished(self, session: Session) -> bool:
        """Whether there is nothing left to play for."""
        return session.state.status in ENDED


@define
class Player:
    """Plays a script on a session until the script, the pilot and the horizon have nothing left."""

    session: Session
    script: tuple[Step, ...]
    pilot: Pilot
    horizon: int | None = None
    watch: Callable[[Session], None] = field(default=lambda _: None)
    expectations: list[Expectation] = field(factory=list)
    refused: list[tuple[Step, Refused]] = field(factory=list)
    _planned: list[tuple[int, int, Callable[[], None]]] = field(factory=list)
    _number: int = 0

    def play(self) -> None:
        """Run the timeline."""
        steps = sorted(((self._moment(step), n, step) for n, step in enumerate(self.script) if step.at), key=_order)
        waiting = [step for step in self.script if step.when]
        self.session.advance(self.session.now)
        self._look(waiting)
        while True:
            at = self._next([moment for moment, _, _ in steps[:1]])
            if at is None:
                break
            self.session.advance(at)
            self._look(waiting)
            while steps and steps[0][0] <= at:
                self._take(steps.pop(0)[2])
                self._look(waiting)
            while self._planned and self._planned[0][0] <= at:
                heapq.heappop(self._planned)[2]()
                self._look(waiting)
        for step in waiting:
            self.expectations.append(Expectation(str(step.when), False, self.session.now, "it never held", step.line))

    def _next(self, scripted: list[int]) -> int | None:
        """The next instant at which anything happens; none once all is played."""
        if not scripted and self.pilot.finished(self.session):
            return None
        times = [*scripted, *(entry[0] for entry in self._planned[:1])]
        due = self.session.next_due()
        if due is not None and (times or not isinstance(self.pilot, Pilot) or type(self.pilot) is not Pilot):
            times.append(due)
        if not times:
            return None
        at = max(min(times), self.session.now)
        return None if self.horizon is not None and at > self.horizon else at

    def _moment(self, step: Step) -> int:
        if isinstance(step.at, datetime):
            return to_us(step.at)
        return moment_us(str(step.at), self.session.compiled.static_context(self.session.state.started))

    def _look(self, waiting: list[Step]) -> None:
        self.watch(self.session)
        self.pilot.look(self.session, self._plan)
        for step in list(waiting):
            if self._holds(str(step.when)) is True:
                waiting.remove(step)
                self._take(step)

    def _plan(self, at: int, action: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._planned, (max(at, self.session.now), self._number, action))

    # -- steps ---------------------------------------------------------------------------------------------------------
    def _holds(self, text: str) -> bool | Unknown:
        facts = Facts(self.session.compiled, self.session.state, self.session.now)
        return formulas.flag(facts, text, Place.expectation())

    def _take(self, step: Step) -> None:
        if step.expect is not None:
            held = self._holds(step.expect)
            text = f"unknown: {held}" if isinstance(held, Unknown) else ""
            self.expectations.append(Expectation(step.expect, held is True, self.session.now, text, step.line))
            return
        for do in step.do:
            self._command(step, do)

    def _command(self, step: Step, do: Do | Callable[[Any], None]) -> None:
        name = str(do) if isinstance(do, Do) else getattr(do, "__name__", "function")
        try:
            self._give(step, do)
        except Refused as refusal:
            if not step.refused:
                self.refused.append((step, refusal))
            self.expectations.append(
                Expectation(
                    f"refused: {name}" if step.refused else name,
                    step.refused,
                    self.session.now,
                    str(refusal),
                    step.line,
                )
            )
            return
        if step.refused:
            self.expectations.append(
                Expectation(f"refused: {name}", False, self.session.now, "it was accepted", step.line)
            )

    def _give(self, step: Step, do: Do | Callable[[Any], None]) -> None:
        if isinstance(do, Do):
            fields = {key: freeze(value) for key, value in do.fields.items()}
            self.session.do(do.command, str(do.item), fields, step.by)
            return
        handle = getattr(self.session, "campaign", None)
        if handle is None:
            raise SimulationError("a function in a script needs the real engine: use `play`, or write it as a command")
        do(handle)


def _order(entry: tuple[int, int, Step]) -> tuple[int, int]:
    return entry[0], entry[1]


def moment_us(text: str, context: TimeContext) -> int:
    """A moment of a script, in microseconds; a date means its beginning.

    Raises:
        SimulationError: it hangs on something that has not happened.
    """
    found = parse_moment(text).resolve(context)
    if not isinstance(found, datetime):
        raise SimulationError(f"{text!r} is no moment yet: it waits for {', '.join(sorted(found.needs))}")
    return to_us(found)


def start_of(scenario: Scenario, context: TimeContext) -> int:
    """When a scenario's campaign starts: as it says, else at its first step, else when its first window opens."""
    if isinstance(scenario.start, datetime):
        return to_us(scenario.start)
    if scenario.start is not None:
        return moment_us(scenario.start, context)
    moments = [step.at for step in scenario.script if step.at is not None]
    if moments:
        return min(to_us(at) if isinstance(at, datetime) else moment_us(at, context) for at in moments)
    return first_opening(scenario.plan, context)


def first_opening(plan: Plan, context: TimeContext) -> int:
    """When the first dated phase opens; without dates, the first of January 2026, or of the plan's year."""
    from campaignflow.plan.time import Span, Window

    starts = []
    for phase in plan.phases.values():
        span = phase.window.resolve(context) if isinstance(phase.window, Window) else None
        if isinstance(span, Span) and span.start is not None:
            starts.append(to_us(span.start))
    if starts:
        return min(starts)
    return to_us(datetime(context.year or 2026, 1, 1, tzinfo=context.zone))
