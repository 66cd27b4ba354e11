"""Windows that can be resolved when the plan is read: in order, inside what is around them, and on nothing circular."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from campaignflow.errors import MissingExtra
from campaignflow.plan.calendars import EVERY_DAY, Calendar, find_calendar
from campaignflow.plan.cycles import cycle
from campaignflow.plan.kinds import Section
from campaignflow.plan.model_people import CalendarSpec
from campaignflow.plan.model_walk import Spot, walk
from campaignflow.plan.model_work import Phase, Task
from campaignflow.plan.nodes import Scalar
from campaignflow.plan.time import Pending, Span, TimeContext, Window
from campaignflow.plan.values import BadValue, Duration

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan

__all__ = ["ReadWindow", "time_faults", "windows_of"]

Add = Callable[..., None]
"""Keeps a problem: code, message, path, hint, severity."""

_MANY_WORKING_DAYS = 15


def time_faults(plan: Plan, spots: Iterable[Spot], add: Add) -> None:
    """CF302, CF303, CF306 and CF311, as far as the windows can be resolved before anything has happened."""
    circles = _circles(plan)
    for knot in circles:
        around = " → ".join([*knot, knot[0]])
        add(
            "CF311",
            f"dates that hang on each other: {around}",
            f"dates.{knot[0]}",
            "give one of them a date of its own",
        )
    for spot in spots:
        if type(spot.value) is Duration and spot.value.unit == "d" and spot.value.count >= _MANY_WORKING_DAYS:
            hint = f"`d` are working days; say {spot.value.count}cd for calendar days"
            add("CF306", f"{spot.value}: are so many working days meant?", spot.path, hint, "warning")
    if not circles and isinstance(plan.timezone, str):
        _Windows(add).phases(plan.phases, "phases", _context(plan), None)


@frozen
class ReadWindow:
    """How a window of the plan was read.

    Attributes:
        path: where it stands; text: as written; start, end: what it means, half open; None where open or not known yet.
    """

    path: str
    text: str
    start: datetime | None
    end: datetime | None


def windows_of(plan: Plan) -> tuple[ReadWindow, ...]:
    """Every window of the plan, in its order, with what it means as far as that is known before anything has happened.

    >>> from campaignflow.plan.model import Phase, Plan
    >>> read = windows_of(Plan("p", year=2026, phases=[Phase("advance", window="4月1日—4月7日")]))
    >>> read[0].path, read[0].text, str(read[0].start), str(read[0].end)
    ('phases.advance.window', '4月1日/4月7日', '2026-04-01 00:00:00+00:00', '2026-04-08 00:00:00+00:00')
    """
    if not isinstance(plan.timezone, str) or _circles(plan):
        return ()
    context = _context(plan)
    looked = _Windows(lambda *_: None)
    looked.phases(plan.phases, "phases", context, None)
    return tuple(
        _read(plan, spot, looked.contexts.get(spot.path, context))
        for spot in walk(plan)
        if isinstance(spot.value, Window)
    )


def _read(plan: Plan, spot: Spot, context: TimeContext) -> ReadWindow:
    span = spot.value.resolve(context)
    node = plan.places.node(spot.path)
    text = node.text if isinstance(node, Scalar) else str(spot.value)
    if isinstance(span, Pending):
        return ReadWindow(spot.path, text, None, None)
    ends = [None if when is None else when.astimezone(context.zone) for when in (span.start, span.end)]
    return ReadWindow(spot.path, text, *ends)


def _circles(plan: Plan) -> list[list[str]]:
    graph = {
        date.id: [name.removesuffix(".end") for name in sorted(date.window.needs())]
        for date in plan.dates.values()
        if isinstance(date.window, Window)
    }
    return cycle(graph)


def _context(plan: Plan) -> TimeContext:
    dates = {date.id: date.window for date in plan.dates.values() if isinstance(date.window, Window)}
    year = plan.year if isinstance(plan.year, int) else None
    return TimeContext(ZoneInfo(str(plan.timezone)), _calendar(plan.calendar), year, dates)


def _calendar(spec: Any) -> Calendar:
    """The named calendar, where it is installed and known; what is wrong with it is found when the plan is compiled."""
    if not isinstance(spec, CalendarSpec) or not isinstance(spec.base, str):
        return EVERY_DAY
    try:
        return find_calendar(spec.base)
    except (BadValue, MissingExtra):
        return EVERY_DAY


class _Windows:
    """Looks at the windows of phases and tasks, each inside the one around it."""

    def __init__(self, add: Add) -> None:
        self.add = add
        self.contexts: dict[str, TimeContext] = {}

    def phases(self, phases: Section[Phase], path: str, context: TimeContext, around: Span | None) -> None:
        """Phases in their order, then what is in them."""
        before: tuple[str, datetime] | None = None
        for phase in phases.values():
            here = f"{path}.{phase.id}"
            span, inner = self._window(phase.window, here, context, around)
            if span is not None and span.start is not None:
                if before is not None and span.start < before[1]:
                    message = f"phase {phase.id!r} begins before {before[0]!r}, which stands before it"
                    self.add("CF303", message, f"{here}.window", "phases run in the order in which they are written")
                before = (phase.id, span.start)
            self.phases(phase.phases, f"{here}.phases", inner, span or around)
            self.tasks(phase.tasks, f"{here}.tasks", inner, span or around)

    def tasks(self, tasks: Section[Task], path: str, context: TimeContext, around: Span | None) -> None:
        """Tasks and groups inside a phase or group."""
        for task in tasks.values():
            here = f"{path}.{task.id}"
            if task.window is None and not task.tasks:
                continue
            span, inner = self._window(task.window, here, context, around)
            self.tasks(task.tasks, f"{here}.tasks", inner, span or around)

    def _window(
        self, window: object, path: str, context: TimeContext, around: Span | None
    ) -> tuple[Span | None, TimeContext]:
        """The window's span, if it can be known, and the context inside it: a window in one year gives its year."""
        if not isinstance(window, Window):
            return None, context
        self.contexts[f"{path}.window"] = context
        span = window.resolve(context)
        if isinstance(span, Pending):
            return None, context
        if span.start is not None and span.end is not None and span.end <= span.start:
            self.add("CF302", f"the window {window} ends before it starts", f"{path}.window", "the earlier day first")
            return None, context
        if around is not None and not _inside(span, around):
            shown = _shown(around, context)
            self.add("CF303", f"the window {window} is not inside the one around it", f"{path}.window", shown)
        return span, _with_year(span, context)


def _inside(span: Span, around: Span) -> bool:
    starts = span.start is None or around.start is None or span.start >= around.start
    ends = span.end is None or around.end is None or span.end <= around.end
    touches = span.start is None or around.end is None or span.start < around.end
    follows = span.end is None or around.start is None or span.end > around.start
    return starts and ends and touches and follows


def _shown(span: Span, context: TimeContext) -> str:
    def day(when: datetime | None, back: timedelta) -> str:
        return "" if when is None else (when.astimezone(context.zone) - back).date().isoformat()

    return f"the one around it is {day(span.start, timedelta())}/{day(span.end, timedelta(microseconds=1))}"


def _with_year(span: Span, context: TimeContext) -> TimeContext:
    if span.start is None or span.end is None:
        return context
    first = span.start.astimezone(context.zone).year
    last = (span.end.astimezone(context.zone) - timedelta(microseconds=1)).year
    return evolve(context, year=first) if first == last else context
