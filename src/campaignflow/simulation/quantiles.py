"""Inverse distribution functions on plain floats: the value below which a share `u` of all outcomes lies.

Sampling is `quantile(u)` of one addressed draw, so more luck in the draw is never less in the value, and two plans that
are compared meet the same luck. A draw uses nothing but arithmetic, `sqrt`, `exp`, `log`, `log1p` and `pow`; what needs
`lgamma` or `erfc` is worked out once, when the distribution is prepared. So compiled code that calls the same functions
in the same order gets the same bits.

All functions expect parameters that have been checked (`plan.distributions` does) and `0 < u < 1`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, exp, inf, lgamma, log, log1p, sqrt

__all__ = [
    "beta",
    "exponential",
    "gamma",
    "lognormal",
    "normal_quantile",
    "pert",
    "triangular",
    "truncated_normal",
    "uniform",
    "weibull",
]

Quantile = Callable[[float], float]

_STEPS = 200  # of the solver: bisection alone would be done by then
_TERMS = 500
_PRECISION = 1e-15
_TINY = 1e-300


def uniform(low: float, high: float) -> Quantile:
    """Every value between two bounds alike."""
    width = high - low
    return lambda u: low + u * width


def triangular(low: float, likely: float, high: float) -> Quantile:
    """A density that rises in a straight line from the lowest to the likeliest value and falls to the highest."""
    width = high - low
    if width == 0:
        return lambda u: low
    left, right = width * (likely - low), width * (high - likely)
    turn = (likely - low) / width
    return lambda u: low + sqrt(u * left) if u < turn else high - sqrt((1 - u) * right)


def pert(low: float, likely: float, high: float) -> Quantile:
    """The beta distribution between two bounds whose mean is (low + 4 likely + high) / 6."""
    width = high - low
    if width == 0:
        return lambda u: low
    shape = beta(1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width)
    return lambda u: low + width * shape(u)


def exponential(mean: float) -> Quantile:
    """Waiting for what comes at any moment alike."""
    return lambda u: -mean * log1p(-u)


def weibull(shape: float, scale: float) -> Quantile:
    """Time to failure: early failures with a shape below 1, wear above it."""
    power = 1 / shape
    return lambda u: scale * float((-log1p(-u)) ** power)


def lognormal(mean: float, sd: float) -> Quantile:
    """The values whose logarithm is normal; `mean` and `sd` are those of the values, not of their logarithms."""
    variance = log1p((sd / mean) ** 2)
    middle, spread = log(mean) - variance / 2, sqrt(variance)
    return lambda u: exp(middle + spread * normal_quantile(u))


def truncated_normal(mean: float, sd: float) -> Quantile:
    """The normal distribution of which only what is not negative is left (`mean` and `sd` are those before the cut).

    Raises:
        ValueError: nothing is left.
    """
    if sd == 0:
        return lambda u: max(mean, 0.0)
    cut = 0.5 * erfc(mean / sd / sqrt(2))
    rest = 0.5 * erfc(-mean / sd / sqrt(2))
    if rest <= _TINY:
        raise ValueError(f"a normal distribution with mean {mean} and sd {sd} has nothing above 0")

    def quantile(u: float) -> float:
        below = cut + u * rest
        z = normal_quantile(below) if below < 0.5 else -normal_quantile((1 - u) * rest)
        return max(mean + sd * z, 0.0)

    return quantile


def gamma(shape: float, scale: float) -> Quantile:
    """The sum of `shape` exponential waits of mean `scale`; the shape need not be whole."""
    log_norm = lgamma(shape)

    def share(x: float) -> float:
        return _gamma_share(shape, x, log_norm)

    def density(x: float) -> float:
        return exp((shape - 1) * log(x) - x - log_norm) if x > 0 else 0.0

    def quantile(u: float) -> float:
        high = shape + 1.0
        while share(high) < u and high < 1e9:
            high *= 2
        return scale * _solve(share, density, u, high)

    return quantile


def beta(a: float, b: float) -> Quantile:
    """Shares between 0 and 1: as if `a - 1` of `a + b - 2` trials had succeeded."""
    log_norm = lgamma(a + b) - lgamma(a) - lgamma(b)

    def share(x: float) -> float:
        return _beta_share(a, b, x, log_norm)

    def density(x: float) -> float:
        return exp(log_norm + (a - 1) * log(x) + (b - 1) * log1p(-x)) if 0 < x < 1 else 0.0

    return lambda u: _solve(share, density, u, 1.0)


def _solve(share: Callable[[float], float], density: Callable[[float], float], u: float, high: float) -> float:
    """Where a rising `share` reaches `u` between 0 and `high`: Newton's steps, halving where one leads outside."""
    low, x = 0.0, high / 2
    for _ in range(_STEPS):
        error = share(x) - u
        low, high = (low, x) if error > 0 else (x, high)
        slope = density(x)
        step = x - error / slope if slope > 0 else inf
        following = step if low < step < high else (low + high) / 2
        if abs(following - x) <= _PRECISION * x:
            return following
        x = following
    return x


def _gamma_share(shape: float, x: float, log_norm: float) -> float:
    """The regularised lower incomplete gamma function (DLMF 8.7.1 as a series, 8.9.2 as a continued fraction)."""
    if x <= 0:
        return 0.0
    front = exp(shape * log(x) - x - log_norm)
    if x < shape + 1:
        term = total = 1 / shape
        for n in range(1, _TERMS + int(10 * sqrt(shape))):
            term *= x / (shape + n)
            total += term
            if term < total * 1e-17:
                break
        return front * total
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for n in range(1, _TERMS + int(10 * sqrt(shape))):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        fraction *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return 1 - front * fraction


def _beta_share(a: float, b: float, x: float, log_norm: float) -> float:
    """The regularised incomplete beta function, by the continued fraction DLMF 8.17.22 on its quick side."""
    if not 0 < x < 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(log_norm + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    fraction = d
    for m in range(1, _TERMS + int(10 * sqrt(a + b))):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + even * d or _TINY)
        c = 1 + even / c or _TINY
        fraction *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + odd * d or _TINY)
        c = 1 + odd / c or _TINY
        fraction *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return fraction


# Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988): coefficients of three rational functions.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_SHOULDER = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def _rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: float) -> float:
    above = below = 0.0
    for over, under in zip(*coefficients, strict=True):
        above, below = above * x + over, below * x + under
    return above / below


def normal_quantile(u: float) -> float:
    """The standard normal distribution, to 16 digits.

    >>> round(normal_quantile(0.975), 12)
    1.95996398454
    """
    offset = u - 0.5
    if abs(offset) <= 0.425:
        return offset * _rational(_CENTRE, 0.180625 - offset * offset)
    depth = sqrt(-log(u if offset < 0 else 1 - u))
    z = _rational(_SHOULDER, depth - 1.6) if depth <= 5 else _rational(_TAIL, depth - 5)
    return -z if offset < 0 else z
