"""A plan made ready to run: what every decision would otherwise look up or work out again.

Compiled once for a plan and shared by all its campaigns, however many there are; nothing of a campaign is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from campaignflow.core.builtin import BUILTIN
from campaignflow.core.lifecycle import Lifecycle, lifecycle_of
from campaignflow.core.machines import Mover
from campaignflow.core.phases import PhaseMachine
from campaignflow.core.series import NO_SERIES, Series
from campaignflow.core.state import State
from campaignflow.plan.calendars import EVERY_DAY, Calendar, find_calendar
from campaignflow.plan.model import OnFail, Phase, Plan, Rule, Scorecard, Selection, Task
from campaignflow.plan.recurrence import Recurrence
from campaignflow.plan.time import Moment, Pending, Span, TimeContext, Window
from campaignflow.plan.timemath import add_us, from_us, to_us
from campaignflow.plan.values import Duration, Unresolved

__all__ = ["Compiled", "PhaseInfo", "TaskInfo", "compile_plan"]

HOST = "host"
"""The actor of a plan without units."""

_KEPT = 20_000
"""How much is kept of what was worked out for single campaigns: times follow from when each of them started."""

_T = TypeVar("_T")
_Edges = tuple[Span | None, int | None, int | None]
"""What a window means, and its start and end in microseconds."""


@frozen
class PhaseInfo:
    """A phase with what its place in the plan makes of it.

    Attributes:
        path: `2026/stage-1`. phase: as written. up: paths of itself and of the phases around it, innermost first.
        leaf: has no phases of its own. order: its place among the leaves. owners: of its tasks.
        by: who moves it. window: its own, else the enclosing phase's.
    """

    path: str
    phase: Phase
    up: tuple[str, ...]
    leaf: bool
    order: int
    owners: tuple[Any, ...]
    by: Any
    window: Window | None


@frozen
class TaskInfo:
    """A task with what its group and phase make of it.

    Attributes:
        id: the plan's id. task: as written. phase: path of its phase; empty where it lives through the whole campaign.
        up: paths of the phases it counts in. groups: ids of the groups around it, innermost first.
        owners, verify, window, when, key, required, recurrences, for_each: its own, else the group's or phase's.
        needs: its own and its groups'.
    """

    id: str
    task: Task
    phase: str
    up: tuple[str, ...]
    groups: tuple[str, ...]
    owners: tuple[Any, ...]
    verify: Any
    window: Window | None
    whens: tuple[str, ...]
    key: bool
    required: bool
    recurrences: tuple[Recurrence, ...]
    for_each: Selection | None
    needs: tuple[Any, ...]

    @property
    def static(self) -> bool:
        """One item from the start on, neither recurring nor one for each."""
        return not self.recurrences and self.for_each is None


@frozen(slots=False, eq=False)
class Compiled:
    """A plan ready to run. Make it with `compile_plan`.

    Attributes:
        plan: the plan. zone: its time zone. calendar: its working days.
        phases: path → phase, in order. leaves: the paths a campaign can be in, in order.
        tasks: id → task without children. groups: id → ids of all tasks in the group.
        lifecycles, movers: register → lifecycle, and the machine built from it.
        machine: the campaign's phases.
        needed_by: id of a task or group → ids of the tasks that need it.
    """

    plan: Plan
    zone: ZoneInfo
    calendar: Calendar
    phases: Mapping[str, PhaseInfo]
    leaves: tuple[str, ...]
    tasks: Mapping[str, TaskInfo]
    groups: Mapping[str, tuple[str, ...]]
    lifecycles: Mapping[str, Lifecycle]
    movers: Mapping[str, Mover]
    machine: PhaseMachine
    needed_by: Mapping[str, tuple[str, ...]]
    rules_on: Mapping[str, tuple[Rule, ...]]
    memo: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    _hangs: dict[int, tuple[Window, bool]] = field(factory=dict, init=False, repr=False)
    _edges: dict[tuple[int, int, int], _Edges] = field(factory=dict, init=False, repr=False)
    _wholes: dict[int, Span] = field(factory=dict, init=False, repr=False)
    _series: dict[Any, tuple[Any, Series]] = field(factory=dict, init=False, repr=False)

    # ------------------------------------------------------------------------------------------------------------ units
    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """Unit → the units above it, the nearest first."""
        chains: dict[str, tuple[str, ...]] = {}
        for unit_id in self.plan.units:
            chain: list[str] = []
            current = self.plan.units[unit_id].reports_to
            while isinstance(current, str) and current in self.plan.units and current not in chain:
                chain.append(current)
                current = self.plan.units[current].reports_to
            chains[unit_id] = tuple(chain)
        return chains

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The units that report to none and are not outside."""
        return tuple(u.id for u in self.plan.units.values() if u.reports_to is None and not u.outside)

    def below(self, unit: str) -> tuple[str, ...]:
        """All units under this one, in the plan's order."""
        return tuple(each for each, chain in self.above.items() if unit in chain)

    @property
    def open_authority(self) -> bool:
        """A plan without units lets the host do everything."""
        return not self.plan.units

    # ------------------------------------------------------------------------------------------------------------- time
    def when(self, us: int) -> datetime:
        """An instant as people of the campaign read it."""
        return from_us(us, self.zone)

    def context(self, state: State, year: int | None = None) -> TimeContext:
        """What the windows of this campaign are resolved against."""
        happenings: dict[str, datetime] = {}
        if state.accepted is not None:
            happenings["accepted"] = self.when(state.accepted)
        for path, us in state.entered.items():
            happenings[f"{path}.entered"] = self.when(us)
        for path, us in state.left.items():
            happenings[f"{path}.left"] = self.when(us)
        return evolve(self.static_context(state.started, year), happenings=happenings)

    def static_context(self, started: int, year: int | None = None) -> TimeContext:
        """The same without anything that happens on the way."""
        plan_year = None if self.plan.year is None or isinstance(self.plan.year, Unresolved) else int(self.plan.year)
        dates = {each.id: each.window for each in self.plan.dates.values() if isinstance(each.window, Window)}
        start = self.when(started) if started else None
        return TimeContext(self.zone, self.calendar, year or plan_year, dates, {}, start)

    def span(self, window: Any, state: State, frame: Window | None = None) -> Span | None:
        """What a window means in this campaign; None where there is none, or something it hangs on has not happened.

        Args:
            frame: the window around it, which gives a date without a year its year.
        """
        return self._resolved(window, state, frame)[0] if isinstance(window, Window) else None

    def _resolved(self, window: Window, state: State, frame: Window | None = None) -> _Edges:
        # By identity, because a window's own hash goes through all its parts; `_hangs` keeps each window alive.
        if frame is window:
            frame = None
        key = (id(window), id(frame), state.started)
        found = self._edges.get(key)
        if found is None:
            around = None if frame is None else self._resolved(frame, state)[0]
            if self._hanging(window) or (frame is not None and self._hanging(frame)):
                return _edges_of(window.resolve(self._with_tasks(window, state).enclosed_by(around)))
            resolved = window.resolve(self.static_context(state.started).enclosed_by(around))
            found = self._remember(self._edges, key, _edges_of(resolved))
        return found

    def _hanging(self, window: Window) -> bool:
        """Whether a window hangs on something that happens on the way."""
        known = self._hangs.get(id(window))
        if known is None:
            hangs = any("." in need or need == "accepted" for need in window.needs())
            known = self._hangs[id(window)] = (window, hangs)
        return known[1]

    def _remember(self, table: dict[Any, _T], key: Any, value: _T) -> _T:
        """Keep what was worked out for campaigns that started then; a table that has grown large is begun anew."""
        if len(table) >= _KEPT:
            table.clear()
        table[key] = value
        return value

    def _with_tasks(self, window: Window, state: State) -> TimeContext:
        context = self.context(state)
        verified = dict(context.happenings)
        for need in sorted(window.needs()):
            task, dot, what = need.rpartition(".")
            item = state.item("task", task) if dot and what == "verified" else None
            if item is not None and item.state == "verified":
                verified[need] = self.when(item.since)
        return evolve(context, happenings=verified)

    def edges(self, window: Any, state: State, frame: Window | None = None) -> tuple[int | None, int | None]:
        """Start and end of a window in microseconds; None where it is open, unknown or not there."""
        return self._resolved(window, state, frame)[1:] if isinstance(window, Window) else (None, None)

    def task_edges(self, info: TaskInfo, state: State) -> tuple[int | None, int | None]:
        """Start and end of a task's window, which stands inside its phase's."""
        return self.edges(info.window, state, self.phases[info.phase].window if info.phase else None)

    def phase_edges(self, path: str, state: State) -> tuple[int | None, int | None]:
        """Start and end of a phase's window, which stands inside that of the phase around it."""
        up = self.phases[path].up
        return self.edges(self.phases[path].window, state, self.phases[up[1]].window if len(up) > 1 else None)

    def later(self, us: int, duration: Duration) -> int:
        """That much later, by the plan's working days where the duration counts them."""
        return add_us(us, duration, self.calendar, self.zone)

    def whole(self, state: State) -> Span:
        """From the first phase's start to the last one's end; open where the plan does not date them."""
        found = self._wholes.get(state.started)
        if found is None:
            starts, ends = zip(*(self.phase_edges(path, state) for path in self.leaves), strict=True)
            known = [each for each in starts if each is not None]
            start = self.when(min(known)) if known else self.when(state.started)
            found = Span(start, None if None in ends else self.when(max(each for each in ends if each is not None)))
            if not self._moving:
                self._remember(self._wholes, state.started, found)
        return found

    @cached_property
    def _moving(self) -> bool:
        """Whether the window of some phase hangs on what happens on the way."""
        windows = (self.phases[path].window for path in self.leaves)
        return any(self._hanging(window) for window in windows if window is not None)

    def occurrences(self, recurrence: Recurrence, span: Span | None, state: State) -> Series:
        """The days or periods of a recurrence within its own window and a span; none where the span is not known."""
        if span is None:
            return NO_SERIES
        key = (id(recurrence), span.start, span.end, span.holes, state.started)
        found = self._series.get(key)
        if found is None:
            bounded = span if span.start is not None else Span(self.when(state.started), span.end)
            occurrences = recurrence.occurrences(bounded, self.static_context(state.started))
            found = self._remember(self._series, key, (recurrence, Series(occurrences)))
        return found[1]

    def occurrences_of(self, info: TaskInfo, state: State) -> Series:
        """The occurrences of a recurring task, in order."""
        span = self.span(info.window, state, self.phases[info.phase].window if info.phase else None)
        if span is None or len(info.recurrences) == 1:
            return self.occurrences(info.recurrences[0], span, state)
        key = (info.id, span.start, span.end, span.holes, state.started)
        found = self._series.get(key)
        if found is None:
            each = [one for recurrence in info.recurrences for one in self.occurrences(recurrence, span, state).all]
            each.sort(key=lambda one: (one.start, one.id))
            found = self._remember(self._series, key, (info, Series(each)))
        return found[1]

    # ----------------------------------------------------------------------------------------------------------- phases
    def next_leaf(self, phase: str) -> str | None:
        """The leaf phase after this one; the first where none is active yet; None after the last."""
        place = self.phases[phase].order + 1 if phase else 0
        return self.leaves[place] if place < len(self.leaves) else None

    @cached_property
    def accepting(self) -> str:
        """The phase whose gate is acceptance: the one marked, else the last `evaluate`, else the last gate, else the last."""
        leaves = [self.phases[path] for path in self.leaves]
        conclusions = {p.phase.on_fail.then for p in self.phases.values() if isinstance(p.phase.on_fail, OnFail)}
        regular = [p for p in leaves if p.phase.id not in conclusions] or leaves
        for wanted in (
            [p for p in leaves if p.phase.accepts is True],
            [p for p in regular if kind_of(p.phase) == "evaluate"],
            [p for p in regular if p.phase.gate is not None],
        ):
            if wanted:
                return wanted[-1].path
        return regular[-1].path

    def leaf_of(self, name: str) -> str | None:
        """The leaf that a path or id names; of a phase with phases, its first."""
        for path in self.leaves:
            if name in {path, self.phases[path].phase.id}:
                return path
        for path in self.leaves:
            if any(name in {up, self.phases[up].phase.id} for up in self.phases[path].up):
                return path
        return None

    @cached_property
    def each_of(self) -> Mapping[str, tuple[TaskInfo, ...]]:
        """Register → the tasks that have one instance for each of its items."""
        found: dict[str, list[TaskInfo]] = {}
        for info in self.tasks.values():
            if isinstance(info.for_each, Selection) and not info.recurrences:
                units = info.for_each.under or info.for_each.ids
                found.setdefault("unit" if units else str(info.for_each.register), []).append(info)
        return {register: tuple(infos) for register, infos in found.items()}

    @cached_property
    def recurring(self) -> tuple[str, ...]:
        """Ids of the tasks that recur."""
        return tuple(info.id for info in self.tasks.values() if info.recurrences)

    @cached_property
    def timed_rules(self) -> tuple[Rule, ...]:
        """The rules that act at times of their own."""
        return tuple(rule for rule in self.plan.rules.values() if rule.every or isinstance(rule.at, Moment))

    @cached_property
    def scorecards(self) -> Mapping[str, Scorecard]:
        """The plan's scorecards."""
        return self.plan.scorecards


def _edges_of(found: Span | Pending) -> _Edges:
    if not isinstance(found, Span):
        return None, None, None
    start, end = found.start, found.end
    return found, (None if start is None else to_us(start)), (None if end is None else to_us(end))


def kind_of(phase: Phase) -> str:
    """A phase's kind: as given, else its id where that is one, else `advance`."""
    kinds = {"mobilize", "advance", "evaluate", "rectify", "conclude", "sustain"}
    return phase.kind if isinstance(phase.kind, str) else (phase.id if phase.id in kinds else "advance")


def compile_plan(plan: Plan) -> Compiled:
    """Make a plan ready to run.

    Raises:
        BadValue: its calendar is unknown. MissingExtra: the calendar is not installed.
    """
    phases = dict(_phases(plan))
    leaves = tuple(path for path, info in phases.items() if info.leaf)
    tasks = {info.id: info for info in _all_tasks(plan, phases)}
    groups = _groups(tasks)
    lifecycles = {**BUILTIN, **{r.id: lifecycle_of(r) for r in plan.registers.values() if _own_life(r)}}
    return Compiled(
        plan=plan,
        zone=ZoneInfo(plan.timezone) if isinstance(plan.timezone, str) else ZoneInfo("UTC"),
        calendar=calendar_of(plan),
        phases=phases,
        leaves=leaves,
        tasks=tasks,
        groups=groups,
        lifecycles=lifecycles,
        movers={register: Mover(life) for register, life in lifecycles.items()},
        machine=PhaseMachine(_tree(plan)),
        needed_by=_needed_by(tasks),
        rules_on=_rules_on(plan),
    )


def calendar_of(plan: Plan) -> Calendar:
    """The working days of a plan: its calendar with the days it closes and opens."""
    spec = plan.calendar
    if spec is None or isinstance(spec, Unresolved):
        return EVERY_DAY
    base = EVERY_DAY if not isinstance(spec.base, str) else find_calendar(spec.base)
    if not spec.closed and not spec.open:
        return base
    zone = ZoneInfo(plan.timezone) if isinstance(plan.timezone, str) else ZoneInfo("UTC")
    year = int(plan.year) if plan.year is not None and not isinstance(plan.year, Unresolved) else None
    context = TimeContext(zone, base, year, {}, {}, None)
    return base.with_exceptions(_days(spec.closed, context), _days(spec.open, context))


def _days(moments: Iterable[Any], context: TimeContext) -> list[Any]:
    resolved = [moment.resolve(context) for moment in moments if not isinstance(moment, Unresolved)]
    return [each.astimezone(context.zone).date() for each in resolved if isinstance(each, datetime)]


def _own_life(register: Any) -> bool:
    return register.id not in BUILTIN or bool(register.lifecycle)


def _tree(plan: Plan) -> Any:
    def branch(phase: Phase) -> Any:
        return (phase.id, tuple(branch(child) for child in phase.phases.values()))

    return tuple(branch(phase) for phase in phases_of(plan))


def phases_of(plan: Plan) -> tuple[Phase, ...]:
    """The plan's phases; without any, one phase `advance`."""
    return tuple(plan.phases.values()) or (Phase("advance"),)


def _phases(plan: Plan) -> Iterator[tuple[str, PhaseInfo]]:
    order = 0
    stack: list[tuple[Phase, str, PhaseInfo | None]] = [(phase, "", None) for phase in reversed(phases_of(plan))]
    infos: dict[str, PhaseInfo] = {}
    while stack:
        phase, above, parent = stack.pop()
        path = f"{above}/{phase.id}" if above else phase.id
        leaf = not phase.phases
        infos[path] = PhaseInfo(
            path=path,
            phase=phase,
            up=(path, *(parent.up if parent else ())),
            leaf=leaf,
            order=order,
            owners=phase.owners or (parent.owners if parent else ()),
            by=phase.by if phase.by else (parent.by if parent else None),
            window=phase.window if isinstance(phase.window, Window) else (parent.window if parent else None),
        )
        order += leaf
        stack.extend((child, path, infos[path]) for child in reversed(tuple(phase.phases.values())))
    yield from infos.items()


def _all_tasks(plan: Plan, phases: Mapping[str, PhaseInfo]) -> Iterator[TaskInfo]:
    whole = TaskInfo("", Task("x"), "", (), (), (), None, None, (), False, True, (), None, ())
    for task in plan.tasks.values():
        yield from _tasks(task, whole)
    for info in phases.values():
        base = evolve(whole, phase=info.path, up=info.up, owners=info.owners, window=info.window)
        for task in info.phase.tasks.values():
            yield from _tasks(task, base)


def _tasks(task: Task, base: TaskInfo) -> Iterator[TaskInfo]:
    own = evolve(
        base,
        id=task.id,
        task=task,
        owners=tuple(task.owners) or (() if isinstance(task.for_each, Selection) else base.owners),
        verify=task.verify if task.verify is not None else base.verify,
        window=task.window if isinstance(task.window, Window) else base.window,
        whens=(*base.whens, task.when) if isinstance(task.when, str) else base.whens,
        key=bool(task.key) or base.key,
        required=task.required is not False and base.required,
        recurrences=_recurrences(task) or base.recurrences,
        for_each=task.for_each if isinstance(task.for_each, Selection) else base.for_each,
        needs=(*base.needs, *task.needs),
    )
    if not task.tasks:
        yield own
        return
    for child in task.tasks.values():
        yield from _tasks(child, evolve(own, groups=(task.id, *own.groups)))


def _recurrences(task: Task) -> tuple[Recurrence, ...]:
    return tuple(each for each in task.every if isinstance(each, Recurrence))


def _groups(tasks: Mapping[str, TaskInfo]) -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for info in tasks.values():
        for group in info.groups:
            groups.setdefault(group, []).append(info.id)
    return {group: tuple(members) for group, members in groups.items()}


def _needed_by(tasks: Mapping[str, TaskInfo]) -> Mapping[str, tuple[str, ...]]:
    needed: dict[str, list[str]] = {}
    for info in tasks.values():
        for need in info.needs:
            if not isinstance(need, Unresolved):
                needed.setdefault(need.task, []).append(info.id)
    return {task: tuple(by) for task, by in needed.items()}


def _rules_on(plan: Plan) -> Mapping[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for rule in plan.rules.values():
        for event in events_of(rule):
            kind = str(event).split(" ", 1)[0]
            rules = found.setdefault(kind, [])
            if rule not in rules:
                rules.append(rule)
    return {event: tuple(rules) for event, rules in found.items()}


def events_of(rule: Rule) -> tuple[Any, ...]:
    """The events that a rule waits for."""
    return tuple(event for event in rule.event if isinstance(event, str))
