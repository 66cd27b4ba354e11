"""What hooks, reports and handles read of a campaign at one instant: the reads of a state, and nothing that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import frozen

from campaignflow.core.compiled import Compiled, PhaseInfo
from campaignflow.core.counts import DONE
from campaignflow.core.facts import Facts
from campaignflow.core.itemfacts import item_fact
from campaignflow.core.parties import owners_of, unit_part
from campaignflow.core.ports import NO_PORTS, Ports
from campaignflow.core.scoring import Scored
from campaignflow.core.state import Item, State
from campaignflow.plan.expressions import Unknown, Value
from campaignflow.plan.model import Plan

__all__ = ["CampaignView"]


@frozen
class CampaignView:
    """A campaign at one instant. Immutable: what a hook keeps of it stays as it was.

    Attributes:
        compiled, held: the plan made ready, and the state. instant: when it is looked at, microseconds.
        ports: the plugins, for scoring methods that they bring.
    """

    compiled: Compiled
    held: State
    instant: int
    ports: Ports = NO_PORTS

    @property
    def id(self) -> str:
        """The campaign's id."""
        return self.held.campaign

    @property
    def plan(self) -> Plan:
        """The plan it runs by."""
        return self.compiled.plan

    @property
    def state(self) -> str:
        """`planned`, the path of the active phase, `suspended`, or how it ended."""
        return self.held.state

    @property
    def phase(self) -> str:
        """Path of the active phase; empty before the first."""
        return self.held.phase

    @property
    def version(self) -> int:
        """How many events it has."""
        return self.held.version

    @property
    def round(self) -> int:
        """1, and one more with each send-back."""
        return self.held.round

    @property
    def now(self) -> datetime:
        """The instant, in the plan's time zone."""
        return self.compiled.when(self.instant)

    @property
    def facts(self) -> Facts:
        """What expressions read."""
        return Facts(self.compiled, self.held, self.instant)

    def when(self, us: int | None) -> datetime | None:
        """An instant of an event or item in the plan's time zone."""
        return None if us is None else self.compiled.when(us)

    # ------------------------------------------------------------------------------------------------------------ items
    def items(self, register: str, *, state: str | None = None, unit: str | None = None) -> tuple[Item, ...]:
        """Items of a register, in order of creation."""
        return tuple(
            item
            for item in self.held.items_of(register)
            if (state is None or item.state == state) and (unit is None or item.fields.get("unit") == unit)
        )

    def item(self, register: str, item_id: str) -> Item | None:
        """One item, or None."""
        return self.held.item(register, item_id)

    def task(self, item_id: str) -> Item | None:
        """One task, instance or occurrence, or None."""
        return self.held.item("task", item_id)

    def tasks(
        self,
        *,
        owner: str | None = None,
        state: str | None = None,
        due_before: datetime | None = None,
        open_only: bool = False,
    ) -> tuple[Item, ...]:
        """Tasks and occurrences, in order of creation.

        Args:
            owner: a unit or `unit/member` that owns them. state: the state they are in.
            due_before: only those due before that instant. open_only: only those that have not ended.
        """
        found: Iterator[Item] = self.held.items_of("task")
        limit = None if due_before is None else int(due_before.timestamp() * 1_000_000)
        return tuple(
            item
            for item in found
            if (state is None or item.state == state)
            and (not open_only or item.state not in DONE)
            and (limit is None or (item.due is not None and item.due < limit))
            and (owner is None or self._owns(owner, item))
        )

    def _owns(self, owner: str, item: Item) -> bool:
        owners = self.owners(item)
        return owner in owners or ("/" not in owner and owner in map(unit_part, owners))

    def owners(self, item: Item) -> tuple[str, ...]:
        """Who owns a task."""
        return owners_of(self.compiled, self.held, item)

    def overdue(self) -> tuple[Item, ...]:
        """Tasks and findings whose time limit has passed, by the clock of this view."""
        late = [i for r in ("task", "finding") for i in self.held.items_of(r) if self.fact(i, "overdue") is True]
        return tuple(sorted(late, key=lambda item: (item.due or 0, item.register, item.id)))

    def fact(self, item: Item, name: str) -> Value:
        """A field or fact of an item, as expressions read it."""
        return item_fact(self.facts, item, name)

    # ---------------------------------------------------------------------------------------------------- what is counted
    def value(self, indicator: str, of: str = "") -> Value:
        """An indicator's value now; Unknown names what it waits for."""
        return self.facts.measures.value(indicator, of)

    def met(self, indicator: str, of: str = "") -> bool | Unknown:
        """Whether an indicator reaches its target."""
        return self.facts.measures.met(indicator, of)

    def score(self, scorecard: str, of: str = "") -> Scored:
        """A scorecard worked out now, provisionally, with its working."""
        return self.facts.measures.scored(scorecard, of, methods=self.ports.scoring_method)

    def taken(self, scorecard: str, of: str = "") -> Item | None:
        """The score that was recorded last."""
        return self.facts.measures.taken(scorecard, of)

    def phases(self) -> tuple[PhaseInfo, ...]:
        """The plan's phases in order."""
        return tuple(self.compiled.phases.values())

    def window(self, window: Any) -> tuple[datetime | None, datetime | None]:
        """What a window means here: start and end, None where it is open or not known yet."""
        start, end = self.compiled.edges(window, self.held)
        return self.when(start), self.when(end)

    def counts(self, scope: str = "") -> dict[str, int]:
        """Tasks by state, and the totals, within a phase or in all."""
        prefix = f"task|{scope}|"
        found = {key.removeprefix(prefix): n for key, n in self.held.counts.items() if key.startswith(prefix) and n}
        return {key: found[key] for key in sorted(found) if key not in {"weight", "done"}}
