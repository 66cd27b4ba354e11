"""What a timer does when it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from campaignflow.core.draft import Draft
from campaignflow.core.follow import make_ready
from campaignflow.core.lifecycle import OR_ELSE
from campaignflow.core.measured import selected
from campaignflow.core.rules import act, act_later, still_holds
from campaignflow.core.scores import take_score
from campaignflow.core.timers import NOT_HANDED_IN, active, next_occurrence, next_period
from campaignflow.plan.model import Rule, Selection
from campaignflow.plan.recurrence import Recurrence
from campaignflow.plan.timemath import to_us

__all__ = ["fire"]


def fire(draft: Draft) -> None:
    """Do what is due; a timer whose reason has gone does nothing."""
    kind = str(draft.command.fields["kind"])
    _KINDS[kind](draft, draft.command.item)


def _ready(draft: Draft, item: str) -> None:
    ident = item.partition("/")[2]
    make_ready(draft, [ident])


def _overdue(draft: Draft, item: str) -> None:
    register, _, ident = item.partition("/")
    held = draft.state.item(register, ident)
    if held is None or held.overdue or (register == "task" and held.state not in NOT_HANDED_IN):
        return
    draft.at = max(draft.at, held.since)  # it came back after its time: it is overdue from then on
    draft.emit(f"{register}.overdue", ident, {"due": held.due})
    state = draft.compiled.lifecycles[register].states[held.state]
    now = draft.state.items[register][ident]
    if state.or_else is not None and now.state == held.state:
        draft.change(now, state.or_else, OR_ELSE)


def _opens(draft: Draft, path: str) -> None:
    draft.emit("phase.opens", path)
    if draft.state.phase and not draft.state.passed:
        draft.emit("phase.late", path, {"active": draft.state.phase})


def _closes(draft: Draft, path: str) -> None:
    draft.emit("phase.closes", path)


def _occurs(draft: Draft, task: str) -> None:
    info = draft.compiled.tasks[task]
    if not active(draft.compiled, draft.state, info):
        return
    occurrence = next_occurrence(draft.compiled, draft.state, info)
    if occurrence is None:
        return
    each = selected(draft.facts, info.for_each) if isinstance(info.for_each, Selection) else [None]
    times = {"start": to_us(occurrence.start), "end": to_us(occurrence.end)}
    made = [
        {"id": f"{task}@{ref.id}@{occurrence.id}", "task": task, "each": str(ref), **times}
        if ref is not None
        else {"id": f"{task}@{occurrence.id}", "task": task, **times}
        for ref in each
    ]
    new = tuple(one for one in made if draft.state.item("task", str(one["id"])) is None)
    draft.emit("task.planned", "", {"items": new, "recurrence": task, "until": times["start"]})


def _score(draft: Draft, name: str) -> None:
    card = draft.compiled.plan.scorecards[name]
    for recurrence in card.every:
        period = next_period(draft.compiled, draft.state, recurrence, f"score:{name}")
        if period is not None:
            start, end = to_us(period.start), to_us(period.end)
            draft.emit("score.due", name, {"period": period.id, "until": end})
            take_score(draft, name, (period.id, start, end))


def _rule(draft: Draft, item: str) -> None:
    name, _, cause = item.partition(":")
    rule = draft.compiled.plan.rules[name]
    if cause:
        _pending(draft, rule, int(cause))
        return
    due = int(draft.command.fields["due"])
    until = draft.at = _caught_up(draft, rule, due)
    draft.emit("rule.acted", name, {"until": until})
    act(draft, rule, None, None, {"type": "time", "at": draft.compiled.when(until), "actor": "engine"})


def _caught_up(draft: Draft, rule: Rule, due: int) -> int:
    """Up to when the rule's missed runs are dealt with: `all` one by one, else the latest missed one stands for all."""
    if rule.catch_up == "all" or not rule.every:
        return due
    latest = due
    for recurrence in rule.every:
        if isinstance(recurrence, Recurrence):
            series = draft.compiled.occurrences(recurrence, draft.compiled.whole(draft.state), draft.state)
            passed = series.starting_after(draft.context.now)
            if passed:
                latest = max(latest, series.starts[passed - 1])
    return latest


def _pending(draft: Draft, rule: Rule, cause: int) -> None:
    pending = draft.state.pending.get((rule.id, cause))
    if pending is None:
        return
    holds = still_holds(draft, pending)
    draft.emit("rule.acted", rule.id, {"for": cause, "held": holds})
    if holds:
        act_later(draft, rule, pending)


_KINDS: Mapping[str, Callable[[Draft, str], None]] = {
    "0-occurs": _occurs,
    "0-opens": _opens,
    "1-ready": _ready,
    "2-overdue": _overdue,
    "4-score": _score,
    "5-rule": _rule,
    "6-closes": _closes,
}
