"""A decision in the making: events are added one by one, and each sees the state that the ones before it made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from campaignflow.core.apply import apply
from campaignflow.core.codec import data_of
from campaignflow.core.commands import Command
from campaignflow.core.compiled import Compiled
from campaignflow.core.events import Event
from campaignflow.core.facts import Facts, Moment
from campaignflow.core.freeze import EMPTY, FrozenDict
from campaignflow.core.messages import Notification, Objection
from campaignflow.core.ports import NO_PORTS, Ports
from campaignflow.core.state import Item, State

if TYPE_CHECKING:
    from campaignflow.core.view import CampaignView

__all__ = ["Context", "Decision", "Draft"]


_MOVES_TIME = frozenset({"campaign", "phase", "score", "plan"})
"""Events of these may give the campaign itself other timers."""

_MOVES_RULE = frozenset({"rule.waiting", "rule.acted", "rule.refused"})
"""These concern the times of one rule only: there may be very many that wait."""


@frozen
class Context:
    """What a decision is told of the world.

    Attributes:
        now: the time of recording, microseconds. ports: the decision hooks.
    """

    now: int
    ports: Ports = NO_PORTS


@frozen
class Decision:
    """What a command makes: nothing of it has happened until it is stored.

    Attributes:
        events: in order. state: after them. notifications: to be delivered after the commit.
        touched: (register, id) of what may have new time limits; ("", "") for the campaign itself, ("", "RULE") and
            ("", "RULE:EVENT") for one rule's times and what it will do after one event.
    """

    events: tuple[Event, ...]
    state: State
    notifications: tuple[Notification, ...]
    touched: frozenset[tuple[str, str]]


def _cannot_run(_draft: Draft, command: Command, _cause: int | None) -> None:
    raise AssertionError(f"{command.name}: this draft was made to look, not to act")


@define
class Draft:
    """The decision's working copy; lives for one call of `decide`.

    Attributes:
        compiled, context, command: what it decides by, and on. state: so far. actor: who acts. at: when it happened.
        react, run: what follows from each event, and how a rule's command is carried out in it; set by `decide`.
    """

    compiled: Compiled
    state: State
    command: Command
    context: Context
    actor: str
    at: int
    react: Callable[[Draft, Event], None]
    run: Callable[[Draft, Command, int | None], None] = field(default=_cannot_run)
    events: list[Event] = field(factory=list)
    notifications: list[Notification] = field(factory=list)
    touched: set[tuple[str, str]] = field(factory=set)
    objections: list[Objection] = field(factory=list)
    depth: int = 0
    cause: int | None = None
    header: Mapping[str, Any] = EMPTY

    # -------------------------------------------------------------------------------------------------------- reading
    @property
    def facts(self) -> Facts:
        """The facts as they are now, in the middle of the decision."""
        return Facts(self.compiled, self.state, self.context.now)

    def standing(self, **at: Any) -> Facts:
        """The facts where an expression stands."""
        return Facts(self.compiled, self.state, self.context.now, Moment(**at))

    @property
    def view(self) -> CampaignView:
        """What hooks see of the campaign now."""
        from campaignflow.core.view import CampaignView

        return CampaignView(self.compiled, self.state, self.context.now, self.context.ports)

    # --------------------------------------------------------------------------------------------------------- writing
    def emit(self, type_: str, item: str = "", data: Mapping[str, Any] = EMPTY, *, by: str | None = None) -> Event:
        """Add an event, with all that follows from it.

        Args:
            data: Decimals, dates and the like are turned into what events hold.
            by: the actor, if it is not the one who gave the command.
        """
        event = Event(
            seq=self.state.version + 1,
            type=type_,
            item=item,
            data=data_of(data) if data else EMPTY,
            by=by or self.actor,
            at=self.at,
            recorded=self.context.now,
            cause=self.cause,
            command=EMPTY if self.events else self.header,
        )
        self.state = apply(self.compiled, self.state, event)
        self.events.append(event)
        self._touch(event)
        self.react(self, event)
        return event

    def _touch(self, event: Event) -> None:
        register = event.type.partition(".")[0]
        if register in _MOVES_TIME or event.type == "task.planned":
            self.touched.add(("", ""))
        if event.type in _MOVES_RULE:
            waits = event.type == "rule.waiting"
            self.touched.add(("", f"{event.item}:{event.cause or 0}" if waits else event.item))
        if register not in self.compiled.lifecycles:
            return
        if event.item:
            self.touched.add((register, event.item))
        else:
            for made in event.data.get("items", ()):
                self.touched.add((register, str(made["id"]) if isinstance(made, Mapping) else str(made)))

    def change(self, item: Item, state: str, via: str, fields: Mapping[str, Any] = EMPTY, **more: Any) -> Event:
        """Move an item along its lifecycle, through the machine, once everything has been asked."""
        moved = self.compiled.movers[item.register].move(item.state, via, state)
        if moved is None:  # the value has allowed it before: machine and value disagree
            raise AssertionError(f"{item.register} {item.id}: no {via} from {item.state} to {state}")
        data = {"fields": FrozenDict(fields)} if fields else {}
        return self.emit(f"{item.register}.{moved}", item.id, {**data, "via": via, **more})

    def number(self, register: str) -> str:
        """The next number of items that the engine makes."""
        return str(self.state.count(f"id|{register}") + 1)

    def object(self, guard: str, text: str) -> None:
        """One more reason against the command."""
        self.objections.append(Objection(guard, text))
