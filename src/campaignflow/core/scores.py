"""Scores that are recorded: value, grade, rank and working, as events, so that a decision keeps what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaignflow.core.draft import Draft
from campaignflow.core.facts import Facts
from campaignflow.core.freeze import FrozenDict
from campaignflow.core.measured import Measures
from campaignflow.core.messages import ScoringMethod
from campaignflow.core.scoring import Scored
from campaignflow.plan.model import Scorecard, ScoreNode, Selection

__all__ = ["methods_of", "take_score"]


def methods_of(draft: Draft, card: Scorecard) -> Mapping[str, ScoringMethod]:
    """The plugins' scoring methods that a scorecard names."""
    found: dict[str, ScoringMethod] = {}
    stack: list[ScoreNode] = [card]
    while stack:
        node = stack.pop()
        method = draft.context.ports.scoring_method(str(node.method))
        if method is not None:
            found[method.name] = method
        stack += node.items.values()
    return found


def take_score(draft: Draft, name: str, period: tuple[str, int, int] | None = None, only: str = "") -> None:
    """Record the score of everything that a scorecard scores; ranks are in it.

    Args:
        period: (id, start, end) of the period that it is for. only: just this one.
    """
    card = draft.compiled.plan.scorecards[name]
    facts = draft.facts if period is None else draft.standing(period=(period[1], period[2]))
    measures = Measures(facts)
    methods = methods_of(draft, card)
    if not isinstance(card.for_each, Selection):
        scored = measures.scored(name, "", period[0] if period else "", methods)
        _record(draft, card, "", period, scored, None, 1)
        return
    each = measures.selected(card.for_each)
    results = {str(ref): measures.scored(name, ref.id, period[0] if period else "", methods) for ref in each}
    ranks = _ranks(facts, card, results)
    for ref, scored in results.items():
        if not only or ref.endswith(f"/{only}"):
            _record(draft, card, ref, period, scored, ranks.get(ref), len(results))


def _ranks(facts: Facts, card: Scorecard, results: Mapping[str, Scored]) -> Mapping[str, int]:
    from campaignflow.core.scoring import rank
    from campaignflow.plan.expressions import Ref

    if not card.rank:
        return {}
    scores = {ref: scored.value for ref, scored in results.items() if scored.value is not None}
    if str(card.rank) in {"true", "yes", "True"}:
        return rank(scores)
    return rank(scores, {ref: str(facts.member(Ref(*ref.split("/", 1)), str(card.rank))) for ref in scores})


def _record(
    draft: Draft,
    card: Scorecard,
    of: str,
    period: tuple[str, int, int] | None,
    scored: Scored,
    place: int | None,
    ranked: int,
) -> None:
    fields: dict[str, Any] = {
        "scorecard": card.id,
        "of": of or None,
        "period": period[0] if period else None,
        "value": scored.value,
        "grade": scored.grade,
        "rank": place,
        "ranked": ranked if place is not None else None,
        "last": _last(draft, of, place, ranked) if place is not None else None,
        "pending": tuple(scored.pending) or None,
        "working": scored.working.as_data(),
    }
    known = FrozenDict({name: value for name, value in fields.items() if value is not None})
    draft.emit("score.taken", draft.number("score"), {"fields": known})


def _last(draft: Draft, of: str, place: int, ranked: int) -> bool:
    return ranked > 1 and place == ranked
