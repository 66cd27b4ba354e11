"""A small plan, engines over memory and over a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from campaignflow.core.events import Event
from campaignflow.core.messages import Notification
from campaignflow.core.view import CampaignView
from campaignflow.engine import Engine, VirtualClock
from campaignflow.hooks import Memory, hookimpl
from campaignflow.plan.model import Indicator, Phase, Plan, Task, back_to

START = "2026-04-01T09:00:00+08:00"


def make_plan(plan_id: str = "spring-clean") -> Plan:
    """Three phases; the kick-off is due by the end of 7 April 2026."""
    return Plan(
        plan_id,
        timezone="Asia/Shanghai",
        year=2026,
        phases=[
            Phase("mobilize", tasks=[Task("kick-off", window="2026-04-01/2026-04-07"), Task("leaflets")]),
            Phase("advance", tasks=[Task("sweep", needs=["kick-off"])], gate="findings.open == 0"),
            Phase("evaluate", gate="value('cleanliness') >= 85", on_fail=back_to("advance")),
        ],
        indicators=[Indicator("cleanliness")],
    )


@pytest.fixture
def plan() -> Plan:
    """A plan without units: its actor is `host`."""
    return make_plan()


@pytest.fixture
def clock() -> VirtualClock:
    """1 April 2026, nine in the morning in Shanghai."""
    return VirtualClock(START)


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Where the engine keeps its campaigns."""
    return None if request.param == "memory" else f"sqlite:///{tmp_path}/drive.db"


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A store that several engines can open."""
    return f"sqlite:///{tmp_path}/drive.db"


@pytest.fixture
def open_engine(clock: VirtualClock) -> Iterator[Callable[..., Engine]]:
    """Opens engines under the virtual clock, and closes them."""
    opened: list[Engine] = []

    def make(url: str | None = None, **options: Any) -> Engine:
        engine = Engine(url, **{"clock": clock, **options})
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(url: str | None, open_engine: Callable[..., Engine]) -> Engine:
    """An engine over memory, then over a file."""
    return open_engine(url)


class Herald:
    """Tells the office of every verified task."""

    name = "herald"

    @hookimpl
    def compose(self, event: Event, campaign: CampaignView) -> Notification | None:
        """One message for each verified task."""
        if event.type != "task.verified":
            return None
        return Notification(
            key="",
            campaign="",
            event="",
            seq=0,
            recipient="office",
            channel="mail",
            language="en",
            subject=f"{event.item} verified",
            text=f"{event.item} was verified by {event.by}.",
        )


@pytest.fixture
def herald() -> Herald:
    """A plugin that composes."""
    return Herald()


@pytest.fixture
def memory() -> Memory:
    """A plugin that delivers into memory."""
    return Memory()
