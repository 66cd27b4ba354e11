"""How a campaign went through its phases: every visit, with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from campaignflow.core.events import Event
from campaignflow.core.view import CampaignView

__all__ = ["Visit", "visits_of"]


@frozen
class Visit:
    """One stay in a phase.

    Attributes:
        phase, round: which, and in which round. entered, left: microseconds; `left` None while it lasts.
        passed: its gate was passed. failures: (when, why) of each time it was not. back_to: where it was sent back to.
    """

    phase: str
    round: int
    entered: int
    left: int | None = None
    passed: bool = False
    failures: tuple[tuple[int, str], ...] = ()
    back_to: str = ""


def visits_of(view: CampaignView, events: Iterable[Event] | None) -> tuple[Visit, ...]:
    """All visits in order; without events, what the state remembers: the last visit of each phase."""
    if events is None:
        return _remembered(view)
    visits: list[Visit] = []
    latest: dict[str, int] = {}
    for event in events:
        if event.type == "phase.entered":
            latest[event.item] = len(visits)
            visits.append(Visit(event.item, int(event.data.get("round", 1)), event.at))
        elif event.type in _CHANGES and event.item in latest:
            place = latest[event.item]
            visits[place] = evolve(visits[place], **_CHANGES[event.type](visits[place], event))
    return tuple(visits)


def _failed(visit: Visit, event: Event) -> dict[str, Any]:
    reasons = event.data.get("reasons", ())
    return {"failures": (*visit.failures, (event.at, "; ".join(map(str, reasons))))}


_CHANGES: Mapping[str, Any] = {
    "phase.left": lambda visit, event: {"left": event.at},
    "phase.passed": lambda visit, event: {"passed": True},
    "phase.failed": _failed,
    "phase.sent_back": lambda visit, event: {"back_to": str(event.data.get("to", ""))},
}


def _remembered(view: CampaignView) -> tuple[Visit, ...]:
    held = view.held
    found = []
    for path, entered in sorted(held.entered.items(), key=lambda entry: (entry[1], entry[0])):
        left = held.left.get(path)
        gone = left is not None and left >= entered
        found.append(
            Visit(path, held.round, entered, left if gone else None, gone or (path == held.phase and held.passed))
        )
    return tuple(found)
