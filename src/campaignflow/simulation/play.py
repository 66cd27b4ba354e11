"""Playing one scenario in the real engine, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from attrs import frozen

from campaignflow.core.compiled import compile_plan
from campaignflow.engine import Campaign, Engine, VirtualClock
from campaignflow.plan.timemath import from_us
from campaignflow.simulation.autopilot import Autopilot
from campaignflow.simulation.player import Expectation, Player, start_of
from campaignflow.simulation.scenario import Scenario
from campaignflow.simulation.session import EngineSession, Session

__all__ = ["Played", "play"]


@frozen
class Played:
    """What a scenario came to.

    Attributes:
        campaign: the handle; its store is in memory unless one was named. engine: its engine; close it when done.
        expectations: what the script expected, and whether it was so, in order; refusals that were not expected, too.
    """

    campaign: Campaign
    engine: Engine
    expectations: tuple[Expectation, ...]

    @property
    def held(self) -> bool:
        """Whether everything was as the script expected."""
        return all(each.held for each in self.expectations)

    def when(self, expectation: Expectation) -> datetime:
        """When an expectation was looked at, in the plan's time zone."""
        return from_us(expectation.at, self.campaign.view.compiled.zone)


def play(
    scenario: Scenario,
    *,
    keep: str | None = None,
    campaign: str | None = None,
    plugins: Iterable[object] = (),
    watch: Callable[[Session], None] | None = None,
    key: Any = None,
) -> Played:
    """Play a scenario from its start to the end of its script (and of its autopilot).

    Args:
        keep: URL of a new store to keep it in; in memory otherwise. No configured store is ever written to.
        campaign: its id; the plan's unless given. plugins: decision plugins, and effect plugins for a kept store.
        watch: is called with the session after everything that happens.
        key: signs checkpoints and receipts.

    Raises:
        Refused: the plan cannot be started. StoreError: the store to keep it in cannot be written.
    """
    compiled = compile_plan(scenario.plan)
    start = start_of(scenario, compiled.static_context(0))
    clock = VirtualClock(from_us(start, compiled.zone))
    engine = Engine(keep, clock=clock, plugins=plugins, deliver="tick", key=key)
    try:
        handle = engine.start(scenario.plan, campaign, by=None if compiled.open_authority else "engine")
        session = EngineSession(engine, handle)
        pilot = Autopilot.for_scenario(scenario, scenario.seed, 0)
        player = Player(session, scenario.script, pilot, watch=watch or (lambda _: None))
        player.play()
        engine.tick()
    except BaseException:
        engine.close()
        raise
    return Played(handle, engine, tuple(player.expectations))
