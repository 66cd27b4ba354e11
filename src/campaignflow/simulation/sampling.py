"""From a distribution as a plan writes it, and one addressed draw, to a value.

Sampling inverts the distribution function: `sample(distribution, u)` is the value below which a share `u` of all
outcomes lies. A drawn number is rounded half even to six decimals, and so is a drawn duration's count (a millionth of a
working day is less than a tenth of a second); `cd w mo y` are counted whole. What is written down as it is (a fixed
value, one of some) comes back exactly so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

from campaignflow.errors import SimulationError
from campaignflow.plan import distributions as plan
from campaignflow.plan.values import Duration
from campaignflow.simulation import quantiles

__all__ = ["Value", "chance", "sample", "sample_duration", "sample_number", "sample_whole"]

Value = Decimal | Duration | str
"""What a distribution gives."""

_Quantity = Decimal | Duration
_FRACTIONAL = frozenset({"d", "h", "min"})
_STEPS = 1_000_000  # of one unit


def sample(distribution: plan.Distribution, u: float) -> Value:
    """The value that a draw `u` of the open interval (0, 1) stands for.

    >>> from campaignflow.plan.distributions import parse_duration_distribution
    >>> str(sample(parse_duration_distribution({"low": "1d", "likely": "2d", "high": "5d"}), 0.5))
    '2.55051d'

    Raises:
        SimulationError: a distribution without mass (a normal one wholly below 0), or of a kind unknown here.
    """
    return _sampler(distribution)(u)


def sample_number(distribution: plan.Distribution, u: float) -> Decimal:
    """The number that a draw stands for.

    Raises:
        SimulationError: the distribution gives durations or texts.
    """
    value = sample(distribution, u)
    if not isinstance(value, Decimal):
        raise SimulationError(f"a number is due, and {distribution.canonical()} gives {value}")
    return value


def sample_whole(distribution: plan.Distribution, u: float) -> int:
    """The whole number nearest to what a draw stands for (half even), at least 0: how many findings, how many arrivals.

    >>> from campaignflow.plan.distributions import parse_number_distribution
    >>> few = parse_number_distribution({"low": "0", "likely": "1", "high": "3"})
    >>> [sample_whole(few, u) for u in (0.01, 0.5, 0.99)]
    [0, 1, 3]
    """
    return max(round(sample_number(distribution, u)), 0)


def sample_duration(distribution: plan.Distribution, u: float) -> Duration:
    """The duration that a draw stands for.

    Raises:
        SimulationError: the distribution gives numbers or texts.
    """
    value = sample(distribution, u)
    if not isinstance(value, Duration):
        raise SimulationError(f"a duration is due, and {distribution.canonical()} gives {value}")
    return value


def chance(probability: Decimal | plan.Distribution, u: float) -> bool:
    """Does what has this probability happen, for a draw `u`? The likelier it is, the more draws say yes.

    >>> chance(Decimal("0.8"), 0.79), chance(Decimal("0.8"), 0.81)
    (True, False)

    Raises:
        SimulationError: not one number from 0 to 1.
    """
    value = probability.value if isinstance(probability, plan.Fixed) else probability
    if not isinstance(value, Decimal) or not 0 <= value <= 1:
        found = probability.canonical() if isinstance(probability, plan.Distribution) else probability
        raise SimulationError(f"a probability is due, one number from 0 to 1, and {found} was given")
    return u < float(value)


@lru_cache(maxsize=4096)
def _sampler(distribution: plan.Distribution) -> Callable[[float], Value]:
    """What inverts a distribution; prepared once, for a draw is made many times."""
    if isinstance(distribution, plan.Fixed):
        value = distribution.value
        return lambda u: value
    if isinstance(distribution, plan.OneOf):
        return _one_of(distribution)
    if isinstance(distribution, plan.Empirical):
        return _empirical(distribution)
    return _continuous(distribution)


def _one_of(distribution: plan.OneOf) -> Callable[[float], Value]:
    outcomes = [value for value, probability in distribution.outcomes if probability > 0]
    shares = list(accumulate(probability for _, probability in distribution.outcomes if probability > 0))
    limits = [float(share) for share in shares[:-1]]
    return lambda u: outcomes[bisect_right(limits, u)]


def _empirical(distribution: plan.Empirical) -> Callable[[float], Value]:
    values = sorted(distribution.values, key=_float)
    return lambda u: values[int(u * len(values))]


def _continuous(distribution: plan.Distribution) -> Callable[[float], Value]:
    quantile, unit = _quantile(distribution), distribution.unit
    if unit is None:
        return lambda u: _rounded(quantile(u))
    if unit in _FRACTIONAL:
        return lambda u: Duration(_rounded(quantile(u)), unit)
    return lambda u: Duration(Decimal(round(quantile(u))), unit)


def _quantile(distribution: plan.Distribution) -> Callable[[float], float]:
    match distribution:
        case plan.Triangular(low, likely, high):
            return quantiles.triangular(_float(low), _float(likely), _float(high))
        case plan.Pert(low, likely, high):
            return quantiles.pert(_float(low), _float(likely), _float(high))
        case plan.Uniform(low, high):
            return quantiles.uniform(_float(low), _float(high))
        case plan.Normal(mean, sd):
            return _normal(distribution, _float(mean), _float(sd))
        case plan.LogNormal(mean, sd):
            return quantiles.lognormal(_float(mean), _float(sd))
        case plan.Exponential(mean):
            return quantiles.exponential(_float(mean))
        case plan.Weibull(scale, shape):
            return quantiles.weibull(_float(shape), _float(scale))
        case plan.Gamma(scale, shape):
            return quantiles.gamma(_float(shape), _float(scale))
        case plan.Beta(a, b):
            return quantiles.beta(_float(a), _float(b))
    raise SimulationError(f"nothing here can draw from {distribution.canonical()}")


def _normal(distribution: plan.Distribution, mean: float, sd: float) -> Callable[[float], float]:
    try:
        return quantiles.truncated_normal(mean, sd)
    except ValueError as error:
        raise SimulationError(f"nothing can be drawn from {distribution.canonical()}: {error}") from error


def _float(value: _Quantity) -> float:
    return float(value.count if isinstance(value, Duration) else value)


def _rounded(value: float) -> Decimal:
    """To millionths, half even, by arithmetic that compiled code can repeat; and exactly that as a Decimal."""
    return Decimal(f"{round(value * _STEPS)}e-6")
