"""Scores that are recorded: value, grade, rank and working, as events, so that a decision keeps what decided it."""

from __future__ import annotations

from typing import Any

from campaignflow.core.draft import Draft
from campaignflow.core.freeze import FrozenDict
from campaignflow.core.measured import Measures
from campaignflow.core.ranking import Rank
from campaignflow.core.scoring import Scored
from campaignflow.plan.model import Scorecard, Selection

__all__ = ["take_score"]


def take_score(draft: Draft, name: str, period: tuple[str, int, int] | None = None, only: str = "") -> None:
    """Record the score of everything that a scorecard scores; ranks are in it.

    Args:
        period: (id, start, end) of the period that it is for. only: just this one.
    """
    card = draft.compiled.plan.scorecards[name]
    facts = draft.facts if period is None else draft.standing(period=(period[1], period[2]))
    measures = Measures(facts)
    methods = draft.context.ports.scoring_method
    if not isinstance(card.for_each, Selection):
        scored = measures.scored(name, "", period[0] if period else "", methods)
        _record(draft, card, "", period, scored, None)
        return
    each = measures.selected(card.for_each)
    results = {str(ref): measures.scored(name, ref.id, period[0] if period else "", methods) for ref in each}
    ranks = measures.ranked(card, {ref.id: results[str(ref)].value for ref in each}) if card.rank else {}
    for ref in each:
        if not only or ref.id == only:
            _record(draft, card, str(ref), period, results[str(ref)], ranks.get(ref.id))


def _record(
    draft: Draft,
    card: Scorecard,
    of: str,
    period: tuple[str, int, int] | None,
    scored: Scored,
    place: Rank | None,
) -> None:
    fields: dict[str, Any] = {
        "scorecard": card.id,
        "of": of or None,
        "period": period[0] if period else None,
        "value": scored.value,
        "grade": scored.grade,
        "rank": place.place if place is not None else None,
        "ranked": place.ranked if place is not None else None,
        "last": place.last if place is not None else None,
        "pending": tuple(scored.pending) or None,
        "working": scored.working.as_data(),
    }
    known = FrozenDict({name: value for name, value in fields.items() if value is not None})
    draft.emit("score.taken", draft.number("score"), {"fields": known})
