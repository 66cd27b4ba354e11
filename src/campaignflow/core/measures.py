"""What measurements amount to: rates with their intervals, several measurements as one, parts as a whole.

Pure arithmetic on Decimals in one fixed context, so that the same measurements give the same digits everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from types import MappingProxyType

from attrs import evolve, frozen

from campaignflow.plan.expressions.values import CONTEXT, Unknown

__all__ = ["ROLL_UPS", "USES", "Measured", "combine", "counted", "number", "rate", "roll_up", "wilson"]

USES = ("latest", "mean", "sum", "lowest", "highest", "pool")
"""How several measurements of one indicator make one value."""

ROLL_UPS = ("pool", "mean", "sum", "lowest", "highest", "none")
"""How the values of several units or items make the value of the whole."""

CONFIDENCE = Decimal("0.95")
"""Confidence of `lower` and `upper` unless the plan says otherwise."""

_FINE = Context(prec=40)
_PLACES = Decimal("1E-12")
_PI = Decimal("3.14159265358979323846264338327950288419716939937511")


@frozen
class Measured:
    """A value that is known.

    Attributes:
        value: the number; a rate as a share (0.824), or the mean of graded answers.
        k, n: what a rate was counted from; None for plain numbers.
        lower, upper: ends of its interval; None where it has none (plain numbers, graded answers).
        at: when it was measured, microseconds; None where it was computed.
        disputed: somebody it is about disputes it, and nobody has upheld it yet.
    """

    value: Decimal
    k: Decimal | None = None
    n: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    at: int | None = None
    disputed: bool = False

    @property
    def is_rate(self) -> bool:
        """Whether it was counted as k of n."""
        return self.n is not None


def number(value: Decimal, at: int | None = None) -> Measured:
    """A plain number as a measured value."""
    return Measured(value, at=at)


def rate(
    k: Decimal | int, n: Decimal | int, confidence: Decimal = CONFIDENCE, at: int | None = None
) -> Measured | Unknown:
    """*k of n* with its Wilson interval; unknown where n is 0, for nothing was asked.

    >>> share = rate(412, 500)
    >>> share.value, round(share.lower, 4), round(share.upper, 4)
    (Decimal('0.824'), Decimal('0.7882'), Decimal('0.8549'))
    """
    k, n = Decimal(k), Decimal(n)
    if n == 0:
        return Unknown.of("n")
    lower, upper = wilson(k, n, confidence) if 0 <= k <= n else (None, None)
    return Measured(CONTEXT.divide(k, n), k, n, lower, upper, at)


def counted(
    counts: Mapping[str, int],
    answers: Mapping[str, Decimal | None],
    confidence: Decimal = CONFIDENCE,
    at: int | None = None,
) -> Measured | Unknown:
    """The rate that counts of answers make.

    Args:
        counts: answer → how often it was given.
        answers: answer → what it counts for; None leaves the denominator. Every answer given must be among them.

    Returns:
        *k of n* with its interval where every answer counts 0 or 1; the mean of graded answers otherwise, without an
        interval, for Wilson's is one of yes and no. Unknown where no answer is left to count.

    >>> counted({"yes": 9, "no": 1, "absent": 5}, {"yes": Decimal(1), "no": Decimal(0), "absent": None}).value
    Decimal('0.9')
    """
    given = [(Decimal(times), answers[answer]) for answer, times in sorted(counts.items()) if times]
    with localcontext(CONTEXT):
        n = sum((times for times, worth in given if worth is not None), Decimal(0))
        k = sum((times * worth for times, worth in given if worth is not None), Decimal(0))
    found = rate(k, n, confidence, at)
    if isinstance(found, Unknown) or all(worth in (None, 0, 1) for worth in answers.values()):
        return found
    return evolve(found, lower=None, upper=None)


@lru_cache(maxsize=64)
def _quantile(confidence: Decimal) -> Decimal:
    """The z that a normal variable stays within, either side, with this probability: Newton's method on the
    distribution's series, in decimals, so that no platform's mathematical library has a say."""
    with localcontext(_FINE):
        z = Decimal("1.96")
        for _ in range(60):
            area, density = _normal(z)
            step = (area - confidence / 2) / density
            z = min(max(z - step, Decimal("1E-9")), Decimal(12))
            if abs(step) < Decimal("1E-30"):
                break
        return z


def _normal(z: Decimal) -> tuple[Decimal, Decimal]:
    """Area under the standard normal curve from 0 to z (Abramowitz & Stegun 26.2.11), and its density at z."""
    density = (-z * z / 2).exp() / (2 * _PI).sqrt()
    term, total, odd = z, z, 1
    while abs(term) > Decimal("1E-36"):
        odd += 2
        term = term * z * z / odd
        total += term
    return density * total, density


def wilson(k: Decimal | int, n: Decimal | int, confidence: Decimal = CONFIDENCE) -> tuple[Decimal, Decimal]:
    """Wilson's score interval of *k of n* (E. B. Wilson, JASA 22, 1927), to 12 decimals.

    Args:
        k, n: 0 ≤ k ≤ n. Of nothing at all (n = 0) everything is possible: 0 to 1.
        confidence: two-sided, above 0 and below 1.

    >>> [str(round(end, 6)) for end in wilson(9, 10)]
    ['0.595850', '0.982124']
    """
    if n == 0:
        return Decimal(0), Decimal(1)
    with localcontext(_FINE):
        share, square = Decimal(k) / n, _quantile(confidence) ** 2
        middle = share + square / (2 * n)
        half = (square * (share * (1 - share) / n + square / (4 * Decimal(n) * n))).sqrt()
        whole = 1 + square / n
        # At the edges the formula gives 0 and 1 exactly; rounding must not say otherwise.
        lower = Decimal(0) if k == 0 else ((middle - half) / whole).quantize(_PLACES)
        upper = Decimal(1) if k == n else ((middle + half) / whole).quantize(_PLACES)
    return lower, upper


def combine(
    values: Sequence[Measured], use: str = "latest", confidence: Decimal = CONFIDENCE, name: str = "value"
) -> Measured | Unknown:
    """Several measurements of one thing as one value.

    Args:
        values: the measurements, in the order they were recorded.
        use: one of `USES`. `latest` goes by when it was measured, then by the order; `pool` adds up the k and the n
            of rates (plain numbers are pooled as one observation each: their mean).
        name: what is unknown if there are none.

    >>> combine([number(Decimal(70), at=2), number(Decimal(90), at=1)], "latest").value
    Decimal('70')
    """
    if not values:
        return Unknown.of(name)
    if use == "latest":
        return max(reversed(values), key=lambda each: -1 if each.at is None else each.at)
    return _COMBINED[use](values, confidence)


def roll_up(
    parts: Mapping[str, Measured | Unknown], use: str, confidence: Decimal = CONFIDENCE, name: str = "value"
) -> Measured | Unknown:
    """The value of the whole from the values of its parts.

    Args:
        parts: unit or item → its value.
        use: one of `ROLL_UPS`; under `none` the whole has no value.
        name: the indicator's id, to name what is unknown: `value('noise', 'north')`.

    Returns:
        Unknown until every part is known (it names the parts that are not), and where there are no parts.
    """
    missing = sorted(part for part, value in parts.items() if isinstance(value, Unknown))
    if missing:
        return Unknown(frozenset(f"value('{name}', '{part}')" for part in missing))
    known = [value for _, value in sorted(parts.items()) if isinstance(value, Measured)]
    if use == "none" or not known:
        return Unknown.of(f"value('{name}')")
    return _COMBINED[use](known, confidence)


def _mean(values: Sequence[Measured], _confidence: Decimal) -> Measured:
    with localcontext(CONTEXT):
        return _plain(sum((each.value for each in values), Decimal(0)) / len(values), values)


def _sum(values: Sequence[Measured], _confidence: Decimal) -> Measured:
    with localcontext(CONTEXT):
        return _plain(sum((each.value for each in values), Decimal(0)), values)


def _pool(values: Sequence[Measured], confidence: Decimal) -> Measured:
    if not all(each.is_rate for each in values):
        return _mean(values, confidence)
    with localcontext(CONTEXT):
        k = sum((each.k for each in values if each.k is not None), Decimal(0))
        n = sum((each.n for each in values if each.n is not None), Decimal(0))
    pooled = rate(k, n, confidence)
    assert isinstance(pooled, Measured)  # every part is a rate, so its n is above 0
    if any(each.lower is None for each in values):
        pooled = evolve(pooled, lower=None, upper=None)
    return evolve(pooled, at=_when(values), disputed=any(each.disputed for each in values))


def _lowest(values: Sequence[Measured], _confidence: Decimal) -> Measured:
    return min(values, key=lambda each: each.value)


def _highest(values: Sequence[Measured], _confidence: Decimal) -> Measured:
    return max(values, key=lambda each: each.value)


_COMBINED: Mapping[str, Callable[[Sequence[Measured], Decimal], Measured]] = MappingProxyType(
    {"mean": _mean, "sum": _sum, "lowest": _lowest, "highest": _highest, "pool": _pool}
)


def _plain(value: Decimal, values: Sequence[Measured]) -> Measured:
    """A number made of several: as old as the latest, disputed if any is."""
    return Measured(value, at=_when(values), disputed=any(each.disputed for each in values))


def _when(values: Iterable[Measured]) -> int | None:
    return max((each.at for each in values if each.at is not None), default=None)
