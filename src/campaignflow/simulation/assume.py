"""What a simulation assumes where a plan has gaps: stated assumptions, never silent ones."""

from __future__ import annotations

from campaignflow.errors import SimulationError
from campaignflow.plan.model import Plan
from campaignflow.plan.reader import refilled

__all__ = ["assumed_plan"]

YEAR = 2026


def assumed_plan(plan: Plan) -> tuple[Plan, list[str]]:
    """The plan with its gaps filled by assumptions, and these in words.

    Raises:
        SimulationError: a number, a set of items or another value that nothing could stand in for.
    """
    values: dict[str, object] = {}
    notes: list[str] = []
    cannot: list[str] = []
    for gap in plan.unresolved:
        if gap.later:
            continue
        if gap.path == "year":
            values[gap.path] = str(YEAR)
            notes.append(f"year: {YEAR} is assumed")
        elif ".members." in gap.path:
            values[gap.path] = "N. N."
            notes.append(f"{gap.path}: a stand-in is assumed")
        elif gap.path.endswith(".duration"):
            values[gap.path] = "1d"
            notes.append(f"{gap.path}: 1d is assumed")
        else:
            cannot.append(gap.path)
    if cannot:
        raise SimulationError(
            f"nothing can stand in for {', '.join(cannot)}: give them in a fill file (`--fill FILE`) to simulate this plan"
        )
    return (refilled(plan, values) if values else plan), notes
