"""The figures of a campaign's status, as plain data: what the command line prints and writes as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from campaignflow.core.counts import DONE
from campaignflow.core.parties import unit_of
from campaignflow.core.scoring import Scored
from campaignflow.core.state import Item
from campaignflow.core.view import CampaignView
from campaignflow.plan.model import Scorecard, Selection

__all__ = ["scored_for", "status_of"]


def status_of(view: CampaignView) -> dict[str, Any]:
    """Where a campaign stands, in the form of `campaignflow status ID --json`.

    Decimals and instants stay what they are; whoever writes JSON turns them into numbers and ISO texts. Scores are
    those that gates read now; a scorecard with `for-each` has one entry per item, `CARD@ITEM`. What is overdue is
    judged by the clock of the view, the longest overdue first.

    >>> from campaignflow.core.compiled import compile_plan
    >>> from campaignflow.core.apply import empty_state
    >>> from campaignflow.plan.model import Plan
    >>> compiled = compile_plan(Plan("tidy-week", tasks=["sweep"]))
    >>> status_of(CampaignView(compiled, empty_state(compiled, "spring"), 0))["state"]
    'planned'
    """
    return {
        "campaign": view.id,
        "state": view.state,
        "round": view.round,
        "tasks": _tasks(view),
        "findings": _findings(view),
        "scores": {key: {"value": found.value, "grade": found.grade} for key, found in scored_for(view)},
        "overdue": [_overdue(view, item) for item in view.overdue()],
    }


def scored_for(view: CampaignView) -> Iterator[tuple[str, Scored]]:
    """Every score of the plan as it stands now, in the plan's order: `CARD`, or `CARD@ITEM` for each item."""
    for card in view.plan.scorecards.values():
        for of in _each(view, card):
            yield (f"{card.id}@{of}" if of else card.id), view.score(card.id, of)


def _each(view: CampaignView, card: Scorecard) -> list[str]:
    if not isinstance(card.for_each, Selection):
        return [""]
    return [ref.id for ref in view.facts.measures.selected(card.for_each)]


def _tasks(view: CampaignView) -> Mapping[str, int]:
    counts = {"total": 0, "open": 0, **view.counts()}
    return {**counts, "overdue": sum(item.register == "task" for item in view.overdue())}


def _findings(view: CampaignView) -> Mapping[str, Any]:
    items = view.items("finding")
    ends = view.compiled.lifecycles["finding"].ends if "finding" in view.compiled.lifecycles else DONE
    states = sorted({item.state for item in items})
    return {
        "total": len(items),
        "open": sum(item.state not in ends for item in items),
        "overdue": sum(item.register == "finding" for item in view.overdue()),
        "late": sum(item.late for item in items),
        "states": {state: sum(item.state == state for item in items) for state in states},
    }


def _overdue(view: CampaignView, item: Item) -> dict[str, Any]:
    return {
        "item": f"{item.register}/{item.id}",
        "title": str(view.fact(item, "title")) if item.register == "task" else str(item.fields.get("problem", "")),
        "unit": unit_of(view.compiled, view.held, item),
        "due": view.when(item.due),
    }
