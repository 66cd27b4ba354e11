"""Timers follow from state: what is due when, and the command that it gives. None is stored, and none can be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from attrs import frozen

from campaignflow.core.commands import Command
from campaignflow.core.compiled import Compiled, TaskInfo
from campaignflow.core.readiness import ready_at
from campaignflow.core.state import ENDED, RUNNING, Item, Pending, State
from campaignflow.plan.model import Rule
from campaignflow.plan.recurrence import Occurrence, Recurrence
from campaignflow.plan.time import Moment
from campaignflow.plan.timemath import to_us
from campaignflow.plan.values import Duration

__all__ = ["Timer", "all_timers", "is_current", "timers_of"]

NOT_HANDED_IN = frozenset({"planned", "ready", "in_progress", "returned", "blocked"})


@frozen(order=True)
class Timer:
    """Something that will be due.

    Attributes:
        due: when, microseconds. kind: what kind; ties are broken by it, so that what is overdue comes before scores,
            and scores before rules. item: what it is about.
    """

    due: int
    kind: str
    item: str

    def command(self) -> Command:
        """The command it gives when it is due; its id says that it acts once, whoever fires it."""
        fields = {"kind": self.kind, "due": self.due}
        return Command("timer", self.item, fields, by="engine", id=f"timer:{self.kind}:{self.item}:{self.due}")


def all_timers(compiled: Compiled, state: State) -> list[Timer]:
    """Every timer of a campaign: what an engine needs when it opens one."""
    return timers_of(compiled, state, _everything(state))


def _everything(state: State) -> Iterator[tuple[str, str]]:
    yield "", ""
    for register in sorted(state.items):
        for item in state.items_of(register):
            yield register, item.id


def timers_of(compiled: Compiled, state: State, touched: Iterable[tuple[str, str]]) -> list[Timer]:
    """The timers of what was touched; each that is returned is current."""
    if state.status in ENDED or state.status == "suspended":
        return []
    timers: list[Timer] = []
    for register, item_id in sorted(set(touched)):
        if not register:
            timers += _of_rules(compiled, state, item_id) if item_id else _campaign(compiled, state)
            continue
        item = state.item(register, item_id)
        if item is not None:
            timers += _task(compiled, state, item) if register == "task" else _item(item)
    return timers


def is_current(compiled: Compiled, state: State, timer: Timer) -> bool:
    """Whether a timer still stands: it has not been met, moved or taken away since."""
    if timer.kind in _OF_ITEMS:
        register, _, item_id = timer.item.partition("/")
        return timer in timers_of(compiled, state, [(register, item_id)])
    if state.status in ENDED or state.status == "suspended":
        return False
    return timer in _KINDS[timer.kind](compiled, state, timer.item)


_OF_ITEMS = frozenset({"1-ready", "2-overdue"})


# ------------------------------------------------------------------------------------------------------------------ items
def _task(compiled: Compiled, state: State, item: Item) -> Iterator[Timer]:
    if item.state == "planned":
        moment = ready_at(compiled, state, item)
        if moment is not None and f"ready:{item.id}:{moment}" not in state.fired:
            yield Timer(moment, "1-ready", f"task/{item.id}")
    if item.due is not None and item.state in NOT_HANDED_IN and not item.overdue:
        yield Timer(item.due, "2-overdue", f"task/{item.id}")


def _item(item: Item) -> Iterator[Timer]:
    if item.due is not None and not item.overdue:
        yield Timer(item.due, "2-overdue", f"{item.register}/{item.id}")


# --------------------------------------------------------------------------------------------------------------- campaign
def _campaign(compiled: Compiled, state: State) -> Iterator[Timer]:
    yield from _opens(compiled, state)
    yield from _closes(compiled, state)
    if state.status == RUNNING:
        for task in compiled.recurring:
            yield from _recurring(compiled, state, task)
        for card in compiled.plan.scorecards:
            yield from _scored(compiled, state, card)
    for rule in compiled.timed_rules:
        yield from _ruled(compiled, state, rule)
    for pending in sorted(state.pending.values(), key=lambda each: (each.due, each.rule, each.cause)):
        yield _waiting(pending)


def _opens(compiled: Compiled, state: State, _path: str = "") -> Iterator[Timer]:
    leaf = compiled.next_leaf(state.phase)
    if leaf is not None:
        start, _ = compiled.phase_edges(leaf, state)
        if start is not None and f"phase.opens:{leaf}" not in state.fired:
            yield Timer(start, "0-opens", leaf)


def _closes(compiled: Compiled, state: State, _path: str = "") -> Iterator[Timer]:
    if state.phase:
        _, end = compiled.phase_edges(state.phase, state)
        if end is not None and f"phase.closes:{state.phase}" not in state.fired:
            yield Timer(end, "6-closes", state.phase)


def active(compiled: Compiled, state: State, info: TaskInfo) -> bool:
    """Whether new occurrences of a task may come into being: its phase is active."""
    return not info.phase or info.phase in compiled.phases[state.phase].up


def next_occurrence(compiled: Compiled, state: State, info: TaskInfo) -> Occurrence | None:
    """The next occurrence of a recurring task that has not come into being."""
    since = state.entered.get(info.phase, state.started) if info.phase else state.started
    made = state.fired.get(f"occurrence:{info.id}")
    series = compiled.occurrences_of(info, state)
    first = max(series.ending_after(since), 0 if made is None else series.starting_after(made))
    return next((series.all[place] for place in range(first, len(series)) if series.ends[place] > since), None)


def _recurring(compiled: Compiled, state: State, task: str) -> Iterator[Timer]:
    info = compiled.tasks[task]
    if state.status != RUNNING or not active(compiled, state, info):
        return
    occurrence = next_occurrence(compiled, state, info)
    if occurrence is not None:
        yield Timer(to_us(occurrence.start), "0-occurs", task)


def _scored(compiled: Compiled, state: State, name: str) -> Iterator[Timer]:
    if state.status != RUNNING:
        return
    card = compiled.plan.scorecards[name]
    for recurrence in card.every:
        period = next_period(compiled, state, recurrence, f"score:{name}")
        if period is not None:
            end = to_us(period.end)
            due = compiled.later(end, card.after) if isinstance(card.after, Duration) else end
            yield Timer(due, "4-score", name)


def next_period(compiled: Compiled, state: State, recurrence: object, mark: str) -> Occurrence | None:
    """The next period of a recurrence over the campaign's own phases that was not dealt with."""
    if not isinstance(recurrence, Recurrence):
        return None
    series = compiled.occurrences(recurrence, compiled.whole(state), state)
    place = series.ending_after(state.fired.get(mark, state.started))
    return series.all[place] if place < len(series) else None


def _of_rules(compiled: Compiled, state: State, item: str) -> Iterator[Timer]:
    """A rule's own times; or, of `RULE:EVENT`, what it will do after that event."""
    name, _, cause = item.partition(":")
    if not cause:
        yield from _ruled(compiled, state, compiled.plan.rules[name])
        return
    pending = state.pending.get((name, int(cause)))
    if pending is not None:
        yield _waiting(pending)


def _waiting(pending: Pending) -> Timer:
    return Timer(pending.due, "5-rule", f"{pending.rule}:{pending.cause}")


def _ruled(compiled: Compiled, state: State, rule: Rule) -> Iterator[Timer]:
    mark = f"rule:{rule.id}"
    if isinstance(rule.at, Moment):
        moment = rule.at.resolve(compiled.context(state))
        if isinstance(moment, datetime) and to_us(moment) > state.fired.get(mark, -1):
            yield Timer(to_us(moment), "5-rule", rule.id)
    if state.status != RUNNING:
        return
    for recurrence in rule.every:
        if isinstance(recurrence, Recurrence):
            series = compiled.occurrences(recurrence, compiled.whole(state), state)
            place = series.starting_after(state.fired.get(mark, state.started))
            if place < len(series):
                yield Timer(series.starts[place], "5-rule", rule.id)


_KINDS: Mapping[str, Callable[[Compiled, State, str], Iterator[Timer]]] = {
    "0-opens": _opens,
    "0-occurs": _recurring,
    "4-score": _scored,
    "5-rule": _of_rules,
    "6-closes": _closes,
}
