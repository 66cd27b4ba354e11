"""What is counted is carried: the contribution of each item to the counts that gates, rules and status read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

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
    counts = state.counts
    for key, change in _changes(compiled, old, item):
        counts = counts.insert(key, counts.get(key, 0) + change)
    items = state.items.insert(item.register, (held if held is not None else HashTrieMap()).insert(item.id, item))
    return state.with_(items=items, counts=counts)


def _changes(compiled: Compiled, old: Item | None, new: Item) -> Iterable[tuple[str, int]]:
    """What a change of an item changes of the counts. Items count by kind, so each pair of kinds is compared once."""
    pair = _kind(compiled, old), _kind(compiled, new)
    if pair[0] == pair[1]:
        return ()
    found: tuple[tuple[str, int], ...] | None = compiled.memo.get(pair)
    if found is None:
        found = compiled.memo[pair] = tuple(_difference(*(_parts(compiled, kind) for kind in pair)))
    needs = _needs(compiled, new)
    return (*found, *_difference(_need_parts(needs, old), _need_parts(needs, new))) if needs else found


def _difference(old: dict[str, int], new: dict[str, int]) -> Iterator[tuple[str, int]]:
    for key in {**old, **new}:
        change = new.get(key, 0) - old.get(key, 0)
        if change:
            yield key, change


_Kind = tuple[Any, ...]
"""All that the counts know of an item: its register, its state, and what else they tell apart."""


def _kind(compiled: Compiled, item: Item | None) -> _Kind | None:
    if item is None:
        return None
    if item.register != "task":
        return item.register, item.state, item.overdue, item.nth > 1
    info = compiled.tasks.get(str(item.fields["task"]))
    if info is None:
        return (
            "task",
            item.state,
            item.overdue,
            tuple(item.fields.get("up", ())),
            item.fields.get("required", True),
            None,
        )
    return "task", item.state, item.overdue, info.up, info.required, info.task.weight


def _parts(compiled: Compiled, kind: _Kind | None) -> dict[str, int]:
    if kind is None:
        return {}
    return dict(_task_parts(*kind[1:]) if kind[0] == "task" else _item_parts(compiled, *kind))


def _item_parts(
    compiled: Compiled, register: str, state: str, overdue: bool, repeated: bool
) -> Iterator[tuple[str, int]]:
    ended = state in compiled.lifecycles[register].ends
    yield f"{register}||total", 1
    yield f"{register}||open", int(not ended)
    yield f"{register}||overdue", int(overdue and not ended)
    yield f"{register}||ended", int(ended)
    yield f"{register}||repeated", int(repeated)
    yield f"{register}|state|{state}", 1


def _task_parts(state: str, overdue: bool, up: Iterable[str], required: Any, given: Any) -> Iterator[tuple[str, int]]:
    done = state in DONE
    weight = int(given * WEIGHT_SCALE) if isinstance(given, Decimal) else WEIGHT_SCALE
    for scope in ("", *up):
        prefix = f"task|{scope}|"
        yield prefix + "total", 1
        yield prefix + "open", int(not done)
        yield prefix + "required_open", int(not done and bool(required))
        yield prefix + "overdue", int(overdue)
        yield prefix + "weight", weight
        yield prefix + "done", weight if done else 0
        yield prefix + state, 1


def _needs(compiled: Compiled, item: Item) -> list[str]:
    """The needs of other tasks that a task counts for: its own id, and the groups around it."""
    if item.register != "task" or not compiled.needed_by:
        return []
    plan_id = str(item.fields["task"])
    info = compiled.tasks.get(plan_id)
    counted = (plan_id, *(info.groups if info and info.required else ()))
    return [need for need in counted if need in compiled.needed_by]


def _need_parts(needs: Iterable[str], item: Item | None) -> dict[str, int]:
    if item is None:
        return {}
    open_, unstarted = int(item.state not in DONE), int(item.state in UNSTARTED)
    return {f"need|{need}|{what}": n for need in needs for what, n in (("open", open_), ("unstarted", unstarted))}
