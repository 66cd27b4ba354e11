"""Where a simulated campaign lives: in the real engine, or in memory by the same decisions without a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from campaignflow.core.apply import empty_state
from campaignflow.core.commands import Command
from campaignflow.core.compiled import Compiled, compile_plan
from campaignflow.core.decide import Context, Decision, begin, decide
from campaignflow.core.events import Event
from campaignflow.core.ports import NO_PORTS, Ports
from campaignflow.core.state import State
from campaignflow.core.timers import Timer, all_timers
from campaignflow.core.view import CampaignView
from campaignflow.engine import Campaign, Engine
from campaignflow.engine.timers import TimerQueue
from campaignflow.plan.model import Plan
from campaignflow.plan.timemath import from_us

__all__ = ["EngineSession", "MemorySession", "Session"]


class Session(Protocol):
    """One simulated campaign and its clock."""

    @property
    def compiled(self) -> Compiled:
        """The plan made ready."""

    @property
    def state(self) -> State:
        """The state now."""

    @property
    def now(self) -> int:
        """The virtual time, microseconds."""

    def after(self, seq: int) -> list[Event]:
        """The events after this number."""

    def do(self, name: str, item: str, fields: Mapping[str, Any], by: str | None) -> None:
        """Give a command.

        Raises:
            Refused: as in a real campaign.
        """

    def next_due(self) -> int | None:
        """When the next timer is due, microseconds."""

    def advance(self, to: int) -> None:
        """Move the clock, and fire what has become due by then, each at its own time."""


class MemorySession:
    """The decisions alone: what a replication needs, without a store. No effect hook is ever called."""

    def __init__(self, plan: Plan, start: int, compiled: Compiled | None = None, ports: Ports = NO_PORTS) -> None:
        self.compiled = compiled if compiled is not None else compile_plan(plan)
        self.now = start
        self.events: list[Event] = []
        self._before = 0
        self.state = empty_state(self.compiled, plan.id)
        self._ports = ports
        self._queue = TimerQueue()
        command = Command("start", "", {"virtual": True}, by=None if self.compiled.open_authority else "engine")
        self._keep(begin(self.compiled, plan.id, command, self._context()))
        self._queue = TimerQueue(all_timers(self.compiled, self.state))

    @classmethod
    def continuing(cls, compiled: Compiled, state: State, now: int, ports: Ports = NO_PORTS) -> MemorySession:
        """A session that goes on from a campaign's present state."""
        session = cls.__new__(cls)
        session.compiled, session.state, session.now = compiled, state, now
        session.events, session._ports, session._before = [], ports, state.version
        session._queue = TimerQueue(all_timers(compiled, state))
        return session

    def _context(self) -> Context:
        return Context(self.now, self._ports)

    def _keep(self, decision: Decision) -> None:
        self.events += decision.events
        before, self.state = self.state, decision.state
        self._queue.follow(self.compiled, before, self.state, decision.touched)

    def after(self, seq: int) -> list[Event]:
        """The events after this number."""
        return self.events[max(0, seq - self._before) :]

    def do(self, name: str, item: str, fields: Mapping[str, Any], by: str | None) -> None:
        """Give a command; see `Session.do`."""
        own = {key: value for key, value in fields.items() if key not in {"reason", "override"}}
        more = {key: str(fields[key]) for key in ("reason", "override") if key in fields}
        command = Command(name, item, own, by=by, **more)  # type: ignore[arg-type]  # both are texts
        self._keep(decide(self.compiled, self.state, command, self._context()))

    def next_due(self) -> int | None:
        """See `Session.next_due`."""
        timer = self._queue.next(self.compiled, self.state)
        return None if timer is None else timer.due

    def advance(self, to: int) -> None:
        """See `Session.advance`."""
        self.now = max(self.now, to)
        while (timer := self._queue.next(self.compiled, self.state)) is not None and timer.due <= self.now:
            self._fire(timer)

    def _fire(self, timer: Timer) -> None:
        self._queue.drop(timer)
        self._keep(decide(self.compiled, self.state, timer.command(), self._context()))


class EngineSession:
    """A campaign in the real engine, with its store and a virtual clock."""

    def __init__(self, engine: Engine, campaign: Campaign) -> None:
        self._engine, self.campaign = engine, campaign
        self.compiled = campaign.loaded.compiled

    @property
    def state(self) -> State:
        """The state now."""
        return self.campaign.loaded.state

    @property
    def now(self) -> int:
        """The virtual time, microseconds."""
        return self._engine.clock.now()

    def after(self, seq: int) -> list[Event]:
        """The events after this number."""
        return [] if self.state.version == seq else list(self.campaign.events(after=seq))

    @property
    def view(self) -> CampaignView:
        """The reads."""
        return self.campaign.view

    def do(self, name: str, item: str, fields: Mapping[str, Any], by: str | None) -> None:
        """Give a command; see `Session.do`."""
        self.campaign.do(name, item, by=by, **dict(fields))

    def next_due(self) -> int | None:
        """See `Session.next_due`."""
        loaded = self.campaign.loaded
        timer = loaded.timers.next(loaded.compiled, loaded.state)
        return None if timer is None else timer.due

    def advance(self, to: int) -> None:
        """See `Session.advance`; every instant at which something is due is visited."""
        while (due := self.next_due()) is not None and due <= to:
            self._move(due)
            self._engine.tick()
        self._move(to)
        self._engine.tick()

    def _move(self, to: int) -> None:
        if to > self.now:
            self._engine.clock.advance(from_us(to, self.compiled.zone))  # type: ignore[attr-defined]  # a virtual clock
