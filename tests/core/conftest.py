"""A campaign told step by step: a plan in YAML, an engine in memory, a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import campaignflow as cf
from campaignflow.core.events import Event
from campaignflow.core.state import Item
from campaignflow.hooks.defaults import Memory

HEAD = "campaignflow: 1\nplan: tale\n"


class Story:
    """One campaign and its clock.

    `at` moves the clock and fires what is due; `do` gives a command and returns the types of its events; `refused`
    gives one that must be refused, and checks that no table and no state has changed.
    """

    def __init__(self, text: str, start: str) -> None:
        self.clock = cf.VirtualClock(start)
        self.mail = Memory()
        self.engine = cf.Engine(clock=self.clock, plugins=[self.mail])
        self.plan = cf.Plan.from_text(HEAD + text)
        self.campaign = self.engine.start(self.plan)

    def at(self, when: str, *, tick: bool = True) -> list[str]:
        """Move the clock; the types of what followed."""
        before = self.campaign.version
        self.clock.advance(when)
        if tick:
            self.engine.tick()
        return self.types(before)

    def do(self, name: str, item: str = "", **fields: Any) -> list[str]:
        """The types of the command's events."""
        return [event.type for event in self.campaign.do(name, item, **fields).events]

    def refused(self, name: str, item: str = "", **fields: Any) -> cf.Refused:
        """The refusal of a command, which left everything as it was."""
        self.engine.tick()
        before, state = list(self.engine.store.dump()), self.campaign.loaded.state
        with pytest.raises(cf.Refused) as caught:
            self.campaign.do(name, item, **fields)
        assert list(self.engine.store.dump()) == before
        assert self.campaign.loaded.state is state
        return caught.value

    def events(self, kind: str = "", after: int = 0) -> list[Event]:
        """Events whose type begins so."""
        return [event for event in self.campaign.events(after) if event.type.startswith(kind)]

    def types(self, after: int = 0) -> list[str]:
        """Types of the events after a number."""
        return [event.type for event in self.campaign.events(after)]

    def item(self, register: str, ident: str) -> Item:
        """An item that is there."""
        found = self.campaign.view.item(register, ident)
        assert found is not None, f"there is no {register} {ident}"
        return found

    def task(self, ident: str) -> str:
        """The state of a task."""
        return self.item("task", ident).state

    def due(self, register: str, ident: str) -> str:
        """When an item is due, in the plan's zone."""
        return str(self.campaign.view.when(self.item(register, ident).due))[:16]

    def when(self, event: Event) -> str:
        """When an event happened."""
        return str(self.campaign.view.when(event.at))[:16]

    def fact(self, text: str) -> Any:
        """The value of an expression over the campaign now."""
        from campaignflow.core import formulas
        from campaignflow.plan.facts import Place

        return formulas.flag(self.campaign.view.facts, text, Place.expectation())


@pytest.fixture
def tell() -> Iterator[Callable[..., Story]]:
    """Begins a story; the engine is closed at the end."""
    begun: list[Story] = []

    def begin(text: str, start: str = "2026-04-01T00:00:00+00:00") -> Story:
        begun.append(Story(text, start))
        return begun[-1]

    yield begin
    for story in begun:
        story.engine.close()
