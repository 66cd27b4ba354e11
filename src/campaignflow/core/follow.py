"""What follows from an event within the same decision: tasks become ready, instances come into being, rules act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from campaignflow.core.compiled import TaskInfo
from campaignflow.core.counts import DONE, UNSTARTED
from campaignflow.core.draft import Draft
from campaignflow.core.events import Event
from campaignflow.core.measured import selected
from campaignflow.core.readiness import dormant, ready_at
from campaignflow.core.rules import on_event
from campaignflow.core.state import ENDED
from campaignflow.plan.model import Selection

__all__ = ["follow", "make_ready", "task_ids"]

_NOT_WATCHED = frozenset({"rule.waiting", "rule.acted", "notification.queued"})


def follow(draft: Draft, event: Event) -> None:
    """Everything that follows from an event."""
    register, _, what = event.type.partition(".")
    if event.type == "phase.entered":
        _phase_entered(draft, event.item)
    elif event.item and register in draft.compiled.each_of:
        _began_to_satisfy(draft, register, event.item)
    elif register == "task" and event.item:
        if what in DONE or what not in UNSTARTED:
            _needs_moved(draft, event.item)
        if what == "planned":
            make_ready(draft, [event.item])
    elif event.type == "task.planned":
        make_ready(draft, [str(each["id"]) for each in event.data["items"]])
    elif event.type == "phase.sent_back":
        make_ready(draft, [str(each) for each in event.data.get("redo", ())])
    if event.type not in _NOT_WATCHED:
        on_event(draft, event)
        _compose(draft, event)


def _compose(draft: Draft, event: Event) -> None:
    from campaignflow.core.move_say import queue

    for made in draft.context.ports.compose(event, draft.view):
        queue(
            draft, (made.recipient,), made.text, channel=made.channel, subject=made.subject,
            template=made.template, attach=made.attachments, languages={made.language: made.text} if made.language else None,
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------------ ready
def make_ready(draft: Draft, ids: Iterable[str]) -> None:
    """One event for all of these tasks that may begin now; the others get their time, or wait on."""
    if draft.state.status in ENDED:
        return
    ready: list[str] = []
    for item_id in ids:
        item = draft.state.item("task", item_id)
        if item is None or item.state != "planned":
            continue
        moment = ready_at(draft.compiled, draft.state, item)
        if moment is not None and moment <= draft.context.now and dormant(draft.facts, item) is None:
            ready.append(item_id)
        else:
            draft.touched.add(("task", item_id))
    if ready:
        draft.emit("task.ready", "", {"items": tuple(ready)}, by="engine")


def _needs_moved(draft: Draft, item_id: str) -> None:
    item = draft.state.item("task", item_id)
    if item is None:
        return
    plan_id = str(item.fields["task"])
    info = draft.compiled.tasks.get(plan_id)
    waiting: dict[str, None] = {}
    for need in (plan_id, *(info.groups if info else ())):
        for task in draft.compiled.needed_by.get(need, ()):
            waiting |= dict.fromkeys(task_ids(draft, task))
    if waiting:
        make_ready(draft, waiting)


def task_ids(draft: Draft, plan_id: str) -> list[str]:
    """The instances and occurrences of a task of the plan, the oldest first."""
    return list(reversed(list(draft.state.by_plan_id.get(plan_id) or ())))


def _phase_entered(draft: Draft, path: str) -> None:
    up = draft.compiled.phases[path].up
    infos = [info for info in draft.compiled.tasks.values() if info.phase in up or not info.phase]
    made = [each for info in infos for each in _instances(draft, info)]
    if made:
        draft.emit("task.planned", "", {"items": tuple(made)}, by="engine")
    make_ready(draft, [one for info in infos if info.static for one in task_ids(draft, info.id)])


def _began_to_satisfy(draft: Draft, register: str, item: str) -> None:
    """An item that came into being or changed may be one that a `for-each` task has an instance for."""
    up = draft.compiled.phases[draft.state.phase].up if draft.state.phase else ()
    made = [
        each
        for info in draft.compiled.each_of[register]
        if (info.phase in up or not info.phase) and draft.state.item("task", f"{info.id}@{item}") is None
        for each in _instances(draft, info)
        if each["each"] == f"{register}/{item}"
    ]
    if made and draft.state.phase:
        draft.emit("task.planned", "", {"items": tuple(made)}, by="engine")


def _instances(draft: Draft, info: TaskInfo) -> Iterator[dict[str, Any]]:
    if not isinstance(info.for_each, Selection) or info.recurrences:
        return
    for ref in selected(draft.facts, info.for_each):
        ident = f"{info.id}@{ref.id}"
        if draft.state.item("task", ident) is None:
            yield {"id": ident, "task": info.id, "each": str(ref)}
