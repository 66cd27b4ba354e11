"""A campaign's state: one immutable value, structure-shared, that events alone change.

What gates and rules count is *carried*: each change of an item takes its old contribution out of `counts` and puts the
new one in, so that a fact costs the same in a campaign of ten items and of a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, fields, frozen
from rpds import HashTrieMap, List

from campaignflow.core.freeze import EMPTY

__all__ = ["ENDED", "RUNNING", "Item", "Pending", "State", "Stay"]

RUNNING = "running"
ENDED = frozenset({"accepted", "not_accepted", "aborted"})
"""What `status` is when nothing more can happen."""


@frozen
class Stay:
    """One stretch of an item's life.

    Attributes:
        state: where it was. since: from when, microseconds. via: the trigger that brought it there.
    """

    state: str
    since: int
    via: str = ""


@frozen
class Item:
    """One thing a register holds: a task or occurrence, a finding, a citation, a plan's own item.

    Attributes:
        register, id: which register, which item in it.
        state, since: its state, and since when (microseconds).
        created, opener: when it came into being, and the actor who created it.
        fields: what it holds; values as in events.
        due: when it should have been handed in or have left its state, microseconds; None where it has no time limit.
        overdue: the time limit passed before it was met. late: that has happened at least once.
        nth: it is the n-th with the same values of `repeats-by`.
        stays: every stretch of its life, the present one first.
    """

    register: str
    id: str
    state: str
    since: int
    created: int
    opener: str
    fields: Mapping[str, Any] = EMPTY
    due: int | None = None
    overdue: bool = False
    late: bool = False
    nth: int = 1
    stays: List[Stay] = field(factory=List)


@frozen
class Pending:
    """Something that a rule will do later, if it still holds then.

    Attributes:
        rule: the rule's id. due: when, microseconds. cause: number of the event that it follows from.
        register, item, state: the item it is about and the state that item must still be in.
        at: when the event happened. event: the event's fields, for the rule's expressions.
    """

    rule: str
    due: int
    cause: int
    register: str
    item: str
    state: str
    type: str
    actor: str
    at: int
    event: Mapping[str, Any] = EMPTY


@frozen(slots=False)  # so that `with_` copies one dict: an event makes two or three new states
class State:
    """Everything that is so in one campaign after its first `version` events.

    Attributes:
        campaign, plan_hash, version: whose state, by which plan, after how many events.
        status: `planned`, `running`, `suspended`, `accepted`, `not_accepted`, `aborted`.
        phase: path of the phase that is active; empty before the first.
        round: how often the work has begun: 1, and one more with each send-back.
        passed: the gate of the active phase was passed. decided: outcome of its decider.
        sent_back: phase → how often its gate sent back. entered, left: phase path → last time, microseconds.
        entered_once: phase paths that were ever entered.
        started, accepted: when the campaign started, and was accepted.
        items: register → id → item. by_plan_id: task of the plan → its instances and occurrences.
        measured: (indicator, of) → ids of its measurements, the latest first. scored: (scorecard, of) → likewise.
        marks: (scorecard, node, of, period) → points. members: `unit/member` → name. delegated: `unit/member` → delegations.
        filled: path → value given after the start. stock: resource → used and received.
        counts: what is carried. pending: (rule, cause) → what rules will do later.
        fired: recurring thing → last due that was dealt with, microseconds.
        virtual: it lives on a virtual clock.
    """

    campaign: str
    plan_hash: str
    version: int = 0
    status: str = "planned"
    phase: str = ""
    round: int = 1
    passed: bool = False
    decided: str = ""
    sent_back: HashTrieMap[str, int] = field(factory=HashTrieMap)
    entered: HashTrieMap[str, int] = field(factory=HashTrieMap)
    left: HashTrieMap[str, int] = field(factory=HashTrieMap)
    started: int = 0
    accepted: int | None = None
    items: HashTrieMap[str, HashTrieMap[str, Item]] = field(factory=HashTrieMap)
    by_plan_id: HashTrieMap[str, List[str]] = field(factory=HashTrieMap)
    measured: HashTrieMap[tuple[str, str], List[str]] = field(factory=HashTrieMap)
    scored: HashTrieMap[tuple[str, str], List[str]] = field(factory=HashTrieMap)
    marks: HashTrieMap[tuple[str, str, str, str], str] = field(factory=HashTrieMap)
    members: HashTrieMap[str, str] = field(factory=HashTrieMap)
    delegated: HashTrieMap[str, Any] = field(factory=HashTrieMap)
    filled: HashTrieMap[str, Any] = field(factory=HashTrieMap)
    stock: HashTrieMap[str, tuple[str, str]] = field(factory=HashTrieMap)
    counts: HashTrieMap[str, int] = field(factory=HashTrieMap)
    pending: HashTrieMap[tuple[str, int], Pending] = field(factory=HashTrieMap)
    fired: HashTrieMap[str, int] = field(factory=HashTrieMap)
    virtual: bool = False

    @property
    def state(self) -> str:
        """The path of the active phase while it runs (`2026/stage-1`), else the status."""
        return self.phase if self.status == RUNNING else self.status

    def item(self, register: str, item_id: str) -> Item | None:
        """The item of this id, or None."""
        held = self.items.get(register)
        return None if held is None else held.get(item_id)

    def items_of(self, register: str) -> Iterator[Item]:
        """All items of a register in the one order that may reach an event: by creation, then id."""
        held = self.items.get(register)
        return iter(()) if held is None else iter(sorted(held.values(), key=_age))

    def count(self, key: str) -> int:
        """A carried count; 0 where nothing was counted yet."""
        return self.counts.get(key, 0)

    def with_(self, **changes: Any) -> State:
        """The same state but for these attributes.

        Raises:
            TypeError: there is no such attribute.
        """
        made = object.__new__(State)
        values = made.__dict__
        values.update(self.__dict__)
        values.update(changes)
        if len(values) != _ATTRIBUTES:
            raise TypeError(f"a state has no {', '.join(sorted(values.keys() - self.__dict__.keys()))}")
        return made


_ATTRIBUTES = len(fields(State))


def _age(item: Item) -> tuple[int, int, str]:
    number = int(item.id) if item.id.isdecimal() else 0
    return (item.created, number, item.id)
