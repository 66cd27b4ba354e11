"""What an event means: the one place where a state changes. Replay is this, folded over the log; it asks no plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve
from rpds import HashTrieMap, List

from campaignflow.core.compiled import Compiled
from campaignflow.core.counts import DONE, put_item
from campaignflow.core.events import Event
from campaignflow.core.freeze import FrozenDict
from campaignflow.core.state import RUNNING, Item, Pending, State, Stay
from campaignflow.plan.values import Duration, Unresolved

__all__ = ["QUIET", "apply", "due_of_state", "empty_state", "fold"]

QUIET = frozenset(
    [
        "due",
        "overdue",
        "changed",
        "transferred",
        "merged",
        "split",
        "extended",
        "extension_asked",
        "extension_refused",
        "reported",
    ]
)
"""Events of items that move no state: no state may be named like these."""

Change = Callable[[Compiled, State, Event], State]


def empty_state(compiled: Compiled, campaign: str) -> State:
    """A campaign before its first event."""
    return State(campaign=campaign, plan_hash=compiled.plan.hash)


def apply(compiled: Compiled, state: State, event: Event) -> State:
    """The state after one more event.

    Raises:
        ValueError: the event is not the next one; its log is damaged or mixed with another's.
    """
    if event.seq != state.version + 1:
        raise ValueError(f"event {event.seq} cannot follow event {state.version} of campaign {state.campaign!r}")
    change = _CHANGES.get(event.type)
    if change is None:
        kind = event.type.partition(".")[0]
        change = _item_changed if kind in compiled.lifecycles else _nothing
    return change(compiled, state, event).with_(version=event.seq)


def fold(compiled: Compiled, state: State, events: Iterable[Event]) -> State:
    """The state after these events, one by one."""
    for event in events:
        state = apply(compiled, state, event)
    return state


# ------------------------------------------------------------------------------------------------------------ campaign
def _started(compiled: Compiled, state: State, event: Event) -> State:
    state = state.with_(started=event.at, virtual=bool(event.data.get("virtual", False)))
    members = {f"{u.id}/{m.id}": m.name for u in compiled.plan.units.values() for m in u.members.values()}
    named = {key: str(name) for key, name in members.items() if isinstance(name, str)}
    state = state.with_(members=_filled_map(state.members, named))
    for item in _items_at_start(compiled, event):
        state = put_item(compiled, state, item)
    for info in compiled.tasks.values():
        if info.static:
            state = _add_task(compiled, state, event, info.id, FrozenDict({"task": info.id}))
    return state


def _filled_map(target: HashTrieMap[str, str], values: Mapping[str, str]) -> HashTrieMap[str, str]:
    for key, value in values.items():
        target = target.insert(key, value)
    return target


def _items_at_start(compiled: Compiled, event: Event) -> Iterable[Item]:
    for unit in compiled.plan.units.values():
        yield _new(compiled, "unit", unit.id, event, _data_of(unit.fields))
    for register in compiled.plan.registers.values():
        for entry in register.items.values():
            yield _new(compiled, register.id, entry.id, event, _data_of(entry.fields))


def _data_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    from campaignflow.core.codec import data_of

    return FrozenDict({k: data_of(v) for k, v in fields.items() if v is not None and not isinstance(v, Unresolved)})


def _new(
    compiled: Compiled, register: str, item_id: str, event: Event, fields: Mapping[str, Any], state: str = ""
) -> Item:
    life = compiled.lifecycles[register]
    first = state or life.initial
    return Item(
        register=register,
        id=item_id,
        state=first,
        since=event.at,
        created=event.at,
        opener=event.by,
        fields=fields,
        due=due_of_state(compiled, register, first, event.at, fields),
        stays=List([Stay(first, event.at)]),
    )


def due_of_state(compiled: Compiled, register: str, state: str, since: int, fields: Mapping[str, Any]) -> int | None:
    """When an item must have left a state: the date it was given (`until`; a citation: its reply), else its time limit."""
    until = fields.get("reply_due" if register == "citation" and state == "issued" else "until")
    limit = compiled.lifecycles[register].states[state].within
    if limit is None:
        rests = state in compiled.lifecycles[register].ends or state == "corrected"  # handed in, waits for its verifier
        return None if until is None or rests else int(until)
    return int(until) if until is not None else compiled.later(since, limit)


def _status(status: str) -> Change:
    def change(_compiled: Compiled, state: State, _event: Event) -> State:
        return state.with_(status=status)

    return change


def _suspended(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(status="suspended", fired=state.fired.insert("suspended", event.at))


def _resumed(compiled: Compiled, state: State, event: Event) -> State:
    """Limits that are durations rest while nothing could move; what is written as a date stays that date."""
    rested = event.at - int(event.data["suspended_at"])
    state = state.with_(status=str(event.data["status"]))
    for register in sorted(state.items):
        life = compiled.lifecycles[register]
        for item in state.items_of(register):
            limited = _limited(compiled, item) if register == "task" else life.states[item.state].within is not None
            if item.due is not None and limited and not item.overdue and "until" not in item.fields:
                state = put_item(compiled, state, evolve(item, due=item.due + rested))
    return state


def _limited(compiled: Compiled, item: Item) -> bool:
    """Whether a task's time limit is a duration and not a date."""
    info = compiled.tasks.get(str(item.fields["task"]))
    return info is not None and isinstance(info.task.within, Duration) and item.state != "planned"


def _accepted(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(accepted=event.at)


def _ended(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(status=str(event.data["state"]))


# -------------------------------------------------------------------------------------------------------------- phases
def _entered(compiled: Compiled, state: State, event: Event) -> State:
    entered = state.entered.insert(event.item, event.at)
    for path in compiled.phases[event.item].up[1:]:
        if path not in entered:
            entered = entered.insert(path, event.at)
    return state.with_(phase=event.item, status=RUNNING, entered=entered, passed=False, decided="")


def _left(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(left=state.left.insert(event.item, event.at))


def _passed(_compiled: Compiled, state: State, _event: Event) -> State:
    return state.with_(passed=True)


def _decided(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(decided=str(event.data["outcome"]))


def _sent_back(compiled: Compiled, state: State, event: Event) -> State:
    origin = event.item
    state = state.with_(
        round=int(event.data["round"]), sent_back=state.sent_back.insert(origin, state.sent_back.get(origin, 0) + 1)
    )
    for item_id in event.data.get("redo", ()):
        item = state.item("task", item_id)
        if item is not None:
            state = _moved(compiled, state, event, item, "planned", "redo", {})
    return state


def _baseline(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(fired=state.fired.insert(f"baseline:{event.item}", event.at))


def _fired(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(fired=state.fired.insert(f"{event.type}:{event.item}", event.at))


# --------------------------------------------------------------------------------------------------------------- tasks
def _planned(compiled: Compiled, state: State, event: Event) -> State:
    if event.item:  # unblocked: it goes back to what it was
        return _item_changed(compiled, state, event)
    for made in event.data["items"]:
        fields = FrozenDict({key: value for key, value in made.items() if key != "id"})
        state = _add_task(compiled, state, event, str(made["id"]), fields)
    mark = event.data.get("recurrence")
    if mark is not None:
        state = state.with_(fired=state.fired.insert(f"occurrence:{mark}", int(event.data["until"])))
    return state


def _add_task(compiled: Compiled, state: State, event: Event, item_id: str, fields: Mapping[str, Any]) -> State:
    plan_id = str(fields["task"])
    item = _new(compiled, "task", item_id, event, fields)
    listed = state.by_plan_id.get(plan_id)
    state = state.with_(by_plan_id=state.by_plan_id.insert(plan_id, (listed or List()).push_front(item_id)))
    return put_item(compiled, state, evolve(item, due=_task_due(compiled, state, item)))


def _task_due(compiled: Compiled, state: State, item: Item) -> int | None:
    if "end" in item.fields:
        return int(item.fields["end"])
    info = compiled.tasks.get(str(item.fields["task"]))
    return compiled.task_edges(info, state)[1] if info else None


def _ready(compiled: Compiled, state: State, event: Event) -> State:
    if event.item:
        return _item_changed(compiled, state, event)
    for item_id in event.data["items"]:
        item = state.item("task", item_id)
        if item is None:
            continue
        info = compiled.tasks.get(str(item.fields["task"]))
        due = item.due if item.due is not None else _task_due(compiled, state, item)
        if info and info.task.within is not None and not isinstance(info.task.within, Unresolved):
            limit = compiled.later(event.at, info.task.within)
            due = limit if due is None else min(due, limit)
        state = _moved(compiled, state, event, evolve(item, due=due), "ready", "ready", {})
    return state


# --------------------------------------------------------------------------------------------------------------- items
def _item_changed(compiled: Compiled, state: State, event: Event) -> State:
    register, _, what = event.type.partition(".")
    item = state.item(register, event.item)
    fields: Mapping[str, Any] = event.data.get("fields", {})
    if item is None:
        return _created(compiled, state, event, register, what, fields)
    if what not in QUIET:
        return _moved(compiled, state, event, item, what, str(event.data.get("via", "")), fields)
    changed = evolve(item, fields=_merged(item.fields, fields)) if fields else item
    if what == "overdue":
        changed = evolve(changed, overdue=True, late=True)
    elif what == "extended":
        changed = evolve(changed, due=int(event.data["until"]), overdue=False)
    return put_item(compiled, state, changed)


def _created(
    compiled: Compiled, state: State, event: Event, register: str, what: str, fields: Mapping[str, Any]
) -> State:
    item = evolve(_new(compiled, register, event.item, event, fields, what), nth=int(event.data.get("nth", 1)))
    state = put_item(compiled, state, item)
    if event.item.isdecimal():
        latest = max(int(event.item), state.count(f"id|{register}"))
        state = state.with_(counts=state.counts.insert(f"id|{register}", latest))
    repeats = event.data.get("repeats")
    if repeats is not None:
        state = state.with_(counts=state.counts.insert(f"nth|{register}|{repeats}", item.nth))
    return _indexed(state, item)


def _indexed(state: State, item: Item) -> State:
    """Measurements and scores are found by what they measure."""
    if item.register == "measurement":
        key = (str(item.fields["indicator"]), str(item.fields.get("of", "")))
        return state.with_(measured=state.measured.insert(key, (state.measured.get(key) or List()).push_front(item.id)))
    if item.register == "score":
        key = (str(item.fields["scorecard"]), str(item.fields.get("of", "")))
        return state.with_(scored=state.scored.insert(key, (state.scored.get(key) or List()).push_front(item.id)))
    return state


def _moved(
    compiled: Compiled, state: State, event: Event, item: Item, target: str, via: str, fields: Mapping[str, Any]
) -> State:
    task = item.register == "task"
    handed_in = task and (target in DONE or target == "submitted")
    due = item.due if task else due_of_state(compiled, item.register, target, event.at, {**item.fields, **fields})
    changed = Item(  # every attribute by place: `evolve` is three times as dear
        item.register,
        item.id,
        target,
        event.at,
        item.created,
        item.opener,
        _merged(item.fields, fields) if fields else item.fields,
        due,
        item.overdue and task and not handed_in,
        item.late,
        item.nth,
        item.stays.push_front(Stay(target, event.at, via)),
    )
    return put_item(compiled, state, changed)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    return FrozenDict({key: value for key, value in {**old, **new}.items() if value is not None})


# ---------------------------------------------------------------------------------------------------------- all others
def _marked(_compiled: Compiled, state: State, event: Event) -> State:
    data = event.data
    key = (event.item, str(data["node"]), str(data.get("of", "")), str(data.get("period", "")))
    return state.with_(marks=state.marks.insert(key, str(data["points"])))


def _assigned(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(members=state.members.insert(event.item, str(event.data["name"])))


def _delegated(_compiled: Compiled, state: State, event: Event) -> State:
    known = state.delegated.get(event.item) or ()
    return state.with_(delegated=state.delegated.insert(event.item, (*known, event.data)))


def _filled(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(filled=state.filled.insert(event.item, event.data["value"]))


def _stock(place: int) -> Change:
    def change(_compiled: Compiled, state: State, event: Event) -> State:
        from decimal import Decimal

        from campaignflow.core.freeze import decimal_text

        held = list(state.stock.get(event.item) or ("0", "0"))
        held[place] = decimal_text(Decimal(held[place]) + Decimal(str(event.data["number"])))
        return state.with_(stock=state.stock.insert(event.item, (held[0], held[1])))

    return change


def _waiting(_compiled: Compiled, state: State, event: Event) -> State:
    data = event.data
    pending = Pending(
        rule=event.item,
        due=int(data["due"]),
        cause=int(event.cause or 0),
        register=str(data["register"]),
        item=str(data["item"]),
        state=str(data["state"]),
        type=str(data["type"]),
        actor=str(data["actor"]),
        at=int(data["at"]),
        event=data["event"],
    )
    return state.with_(pending=state.pending.insert((pending.rule, pending.cause), pending))


def _acted(_compiled: Compiled, state: State, event: Event) -> State:
    """A rule has acted or let go: what was pending is done; what recurs is done up to that time."""
    key = (event.item, int(event.data.get("for", -1)))
    if key in state.pending:
        state = state.with_(pending=state.pending.remove(key))
    if "until" in event.data:
        state = state.with_(fired=state.fired.insert(f"rule:{event.item}", int(event.data["until"])))
    return state


def _taken_up_to(_compiled: Compiled, state: State, event: Event) -> State:
    return state.with_(fired=state.fired.insert(f"score:{event.item}", int(event.data["until"])))


def _nothing(_compiled: Compiled, state: State, _event: Event) -> State:
    return state


_CHANGES: Mapping[str, Change] = {
    "campaign.started": _started,
    "campaign.suspended": _suspended,
    "campaign.resumed": _resumed,
    "campaign.aborted": _status("aborted"),
    "campaign.accepted": _accepted,
    "campaign.not_accepted": _nothing,
    "campaign.ended": _ended,
    "phase.entered": _entered,
    "phase.left": _left,
    "phase.passed": _passed,
    "phase.decided": _decided,
    "phase.sent_back": _sent_back,
    "baseline.frozen": _baseline,
    "phase.opens": _fired,
    "phase.late": _fired,
    "phase.closes": _fired,
    "task.planned": _planned,
    "task.ready": _ready,
    "mark.given": _marked,
    "member.assigned": _assigned,
    "member.delegated": _delegated,
    "plan.filled": _filled,
    "resource.used": _stock(0),
    "resource.received": _stock(1),
    "rule.waiting": _waiting,
    "rule.acted": _acted,
    "rule.refused": _acted,
    "score.due": _taken_up_to,
}
