"""The nearest of what there is, for whoever wrote something that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["nearest", "suggestion"]

_MOST = 5_000  # comparing with more candidates than this costs more than the advice is worth
_LONGEST = 200


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of `known` that looks most like `word`, or None where nothing does.

    >>> nearest("advence", ["mobilize", "advance"]), nearest("x", ["advance"])
    ('advance', None)
    """
    candidates = list(known)[:_MOST]
    if not word or len(word) > _LONGEST:
        return None
    folded = {candidate.lower().replace("_", "-"): candidate for candidate in reversed(candidates)}
    found = get_close_matches(word.lower().replace("_", "-"), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def suggestion(word: str, known: Iterable[str], what: str = "there is") -> str | None:
    """Advice in words: the nearest one, else all of a short list, else nothing.

    >>> suggestion("advence", ["advance"]), suggestion("qqq", ["north", "south"])
    ("did you mean 'advance'?", "there is 'north', 'south'")
    """
    candidates = list(known)
    best = nearest(word, candidates)
    if best is not None:
        return f"did you mean {best!r}?"
    if 0 < len(candidates) <= 8:
        return f"{what} " + ", ".join(map(repr, candidates))
    return None
