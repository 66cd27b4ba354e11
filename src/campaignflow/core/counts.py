"""What is counted is carried: the contribution of each item to the counts that gates, rules and status read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rpds import HashTrieMap

from campaignflow.core.builtin import TASK_ENDS
from campaignflow.core.compiled import Compiled
from campaignflow.core.state import Item, State

__all__ = ["DONE", "UNSTARTED", "WEIGHT_SCALE", "put_item"]

DONE = frozenset({"verified", *TASK_ENDS.values()})
"""States in which a task has ended, whatever came of it."""

UNSTARTED = frozenset({"planned", "ready", "blocked"})
"""States in which nobody has begun."""

WEIGHT_SCALE = 1_000_000
"""Weights are carried as whole numbers of this many parts."""


def put_item(compiled: Compiled, state: State, item: Item) -> State:
    """The state with this item in it, new or changed, and every carried count brought along."""
    held = state.items.get(item.register)
    old = None if held is None else held.get(item.id)
    counts = _moved(state.counts, _parts(compiled, old), _parts(compiled, item))
    items = state.items.insert(item.register, (held if held is not None else HashTrieMap()).insert(item.id, item))
    return state.with_(items=items, counts=counts)


def _moved(counts: HashTrieMap[str, int], old: dict[str, int], new: dict[str, int]) -> HashTrieMap[str, int]:
    for key, amount in new.items():
        before = old.pop(key, 0)
        if amount != before:
            counts = counts.insert(key, counts.get(key, 0) + amount - before)
    for key, amount in old.items():
        if amount:
            counts = counts.insert(key, counts.get(key, 0) - amount)
    return counts


def _parts(compiled: Compiled, item: Item | None) -> dict[str, int]:
    if item is None:
        return {}
    if item.register == "task":
        return dict(_task_parts(compiled, item))
    return dict(_item_parts(compiled, item))


def _item_parts(compiled: Compiled, item: Item) -> Iterator[tuple[str, int]]:
    ended = item.state in compiled.lifecycles[item.register].ends
    prefix = item.register
    yield f"{prefix}||total", 1
    yield f"{prefix}||open", int(not ended)
    yield f"{prefix}||overdue", int(item.overdue and not ended)
    yield f"{prefix}||ended", int(ended)
    yield f"{prefix}||repeated", int(item.nth > 1)
    yield f"{prefix}|state|{item.state}", 1


def _task_parts(compiled: Compiled, item: Item) -> Iterator[tuple[str, int]]:
    done = item.state in DONE
    yield from _need_parts(compiled, item, done)
    info = compiled.tasks.get(str(item.fields["task"]))
    required = info.required if info else bool(item.fields.get("required", True))
    given = info.task.weight if info else None
    weight = int(given * WEIGHT_SCALE) if isinstance(given, Decimal) else WEIGHT_SCALE
    up = info.up if info else tuple(item.fields.get("up", ()))
    for scope in ("", *up):
        prefix = f"task|{scope}|"
        yield prefix + "total", 1
        yield prefix + "open", int(not done)
        yield prefix + "required_open", int(not done and required)
        yield prefix + "overdue", int(item.overdue)
        yield prefix + "weight", weight
        yield prefix + "done", weight if done else 0
        yield prefix + item.state, 1


def _need_parts(compiled: Compiled, item: Item, done: bool) -> Iterator[tuple[str, int]]:
    plan_id = str(item.fields["task"])
    info = compiled.tasks.get(plan_id)
    counted = (plan_id, *(info.groups if info and info.required else ()))
    for need in counted:
        if need in compiled.needed_by:
            yield f"need|{need}|open", int(not done)
            yield f"need|{need}|unstarted", int(item.state in UNSTARTED)
