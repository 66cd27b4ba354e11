"""Ranks: who stands where among those scored, with ties, within cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

__all__ = ["Rank", "rank"]


@frozen
class Rank:
    """A place among the scores of one cohort.

    Attributes:
        place: 1 is the highest score; equal scores share a place, and the next one is counted past them (1, 2, 2, 4).
        ranked: how many there are in the cohort.
        last: nobody is lower and somebody is higher; where all are equal, nobody is last.
        cohort: which cohort; None where there is only one.
    """

    place: int
    ranked: int
    last: bool
    cohort: str | None = None


def rank(scores: Mapping[str, Decimal | None], cohort: Mapping[str, str] | None = None) -> Mapping[str, Rank]:
    """Rank those that have a score, each within its cohort.

    Args:
        scores: who was scored → score; None, a score that waits for something, has no rank.
        cohort: who was scored → cohort; whoever is not in it has a cohort of none. Without it all are compared.

    Returns:
        Who → rank, sorted by who.

    >>> {who: each.place for who, each in rank({"a": Decimal(70), "b": Decimal(90), "c": Decimal(70)}).items()}
    {'a': 2, 'b': 1, 'c': 2}
    """
    groups: dict[str | None, dict[str, Decimal]] = {}
    for who, score in sorted(scores.items()):
        if score is not None:
            groups.setdefault(cohort.get(who) if cohort else None, {})[who] = score
    ranks = {who: each for name, group in groups.items() for who, each in _ranked(group, name).items()}
    return {who: ranks[who] for who in sorted(ranks)}


def _ranked(scores: Mapping[str, Decimal], cohort: str | None) -> dict[str, Rank]:
    ordered = sorted(scores.values(), reverse=True)
    place: dict[Decimal, int] = {}
    for position, score in enumerate(ordered, start=1):
        place.setdefault(score, position)
    lowest = ordered[-1]
    return {
        who: Rank(place[score], len(ordered), score == lowest and lowest < ordered[0], cohort)
        for who, score in scores.items()
    }
