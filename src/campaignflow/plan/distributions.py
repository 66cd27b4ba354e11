"""Distributions as a plan writes them: what simulation draws from. Sampling stands in `simulation/`.

A distribution is over numbers or over durations. The values of one are of one sort, and durations of one unit of
measure: `{low: 1d, high: 2w}` is refused, for working days and weeks have no common scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from attrs import fields, frozen

from campaignflow.plan.values import BadValue, Duration, format_number, parse_duration, parse_number

__all__ = [
    "Beta",
    "Distribution",
    "Empirical",
    "Exponential",
    "Fixed",
    "Gamma",
    "LogNormal",
    "Normal",
    "OneOf",
    "Pert",
    "Triangular",
    "Uniform",
    "Weibull",
    "parse_distribution",
    "parse_duration_distribution",
    "parse_number_distribution",
]

_ONE_OF = "{one-of: {0: 80%, 1: 20%}}"
_EMPIRICAL = "{empirical: [1d, 2d, 2d, 5d]}"

Quantity = Decimal | Duration
"""What a distribution gives: a number, or a duration in the unit it is written in."""


def _number(value: Quantity) -> Decimal:
    return value.count if isinstance(value, Duration) else value


def _text(value: Quantity | str) -> str:
    return format_number(value) if isinstance(value, Decimal) else str(value)


def _bad(message: str, hint: str | None = None) -> BadValue:
    return BadValue(message, hint, code="CF702")


@frozen
class Distribution:
    """The base of all of them; made by the parsers of this module."""

    WORD: ClassVar[str] = ""

    def canonical(self) -> Any:
        """As the plan language writes it."""
        named = {each.name: _text(getattr(self, each.name)) for each in fields(type(self))}
        return {self.WORD: named}

    @property
    def unit(self) -> str | None:
        """The durations' unit; None for plain numbers."""
        found = getattr(self, fields(type(self))[0].name)
        return found.unit if isinstance(found, Duration) else None


@frozen
class Fixed(Distribution):
    """Always the same."""

    value: Quantity

    def canonical(self) -> str:
        """The value alone."""
        return _text(self.value)


@frozen
class Triangular(Distribution):
    """Three points, straight lines between them."""

    low: Quantity
    likely: Quantity
    high: Quantity

    def __attrs_post_init__(self) -> None:
        _check_order(self.low, self.likely, self.high)

    def canonical(self) -> dict[str, str]:
        """The three points."""
        return {"low": _text(self.low), "likely": _text(self.likely), "high": _text(self.high)}


@frozen
class Pert(Distribution):
    """Three points, smoothly: the beta distribution whose mean is (low + 4 likely + high) / 6."""

    low: Quantity
    likely: Quantity
    high: Quantity

    def __attrs_post_init__(self) -> None:
        _check_order(self.low, self.likely, self.high)

    def canonical(self) -> dict[str, str]:
        """The three points, and the shape."""
        return {"low": _text(self.low), "likely": _text(self.likely), "high": _text(self.high), "shape": "pert"}


@frozen
class Uniform(Distribution):
    """Anything between two points alike."""

    low: Quantity
    high: Quantity

    def __attrs_post_init__(self) -> None:
        _check_order(self.low, self.low, self.high)

    def canonical(self) -> dict[str, list[str]]:
        """Both ends."""
        return {"uniform": [_text(self.low), _text(self.high)]}


@frozen
class Normal(Distribution):
    """The normal distribution, cut at 0."""

    WORD: ClassVar[str] = "normal"
    mean: Quantity
    sd: Quantity

    def __attrs_post_init__(self) -> None:
        _one_sort((self.mean, self.sd))
        _check_positive(self.sd, "sd")


@frozen
class LogNormal(Distribution):
    """The lognormal distribution, by its own mean and standard deviation."""

    WORD: ClassVar[str] = "lognormal"
    mean: Quantity
    sd: Quantity

    def __attrs_post_init__(self) -> None:
        _one_sort((self.mean, self.sd))
        _check_positive(self.mean, "mean")
        _check_positive(self.sd, "sd")


@frozen
class Exponential(Distribution):
    """The exponential distribution."""

    WORD: ClassVar[str] = "exponential"
    mean: Quantity

    def __attrs_post_init__(self) -> None:
        _check_positive(self.mean, "mean")


@frozen
class Weibull(Distribution):
    """The Weibull distribution; `shape` has no unit."""

    WORD: ClassVar[str] = "weibull"
    scale: Quantity
    shape: Decimal

    def __attrs_post_init__(self) -> None:
        _check_positive(self.scale, "scale")
        _check_positive(self.shape, "shape")


@frozen
class Gamma(Distribution):
    """The gamma distribution; `shape` has no unit."""

    WORD: ClassVar[str] = "gamma"
    scale: Quantity
    shape: Decimal

    def __attrs_post_init__(self) -> None:
        _check_positive(self.scale, "scale")
        _check_positive(self.shape, "shape")


@frozen
class Beta(Distribution):
    """The beta distribution on 0 to 1."""

    WORD: ClassVar[str] = "beta"
    a: Decimal
    b: Decimal

    def __attrs_post_init__(self) -> None:
        _check_positive(self.a, "a")
        _check_positive(self.b, "b")


@frozen
class Empirical(Distribution):
    """One of the values that were observed, each as likely as any other."""

    values: tuple[Quantity, ...]

    def __attrs_post_init__(self) -> None:
        if not self.values:
            raise _bad("an empirical distribution needs values", _EMPIRICAL)
        _one_sort(self.values)

    @property
    def unit(self) -> str | None:
        """The durations' unit; None for plain numbers."""
        first = self.values[0]
        return first.unit if isinstance(first, Duration) else None

    def canonical(self) -> dict[str, list[str]]:
        """All values, in the order given."""
        return {"empirical": [_text(value) for value in self.values]}


@frozen
class OneOf(Distribution):
    """One of some values, each with its probability; these add up to 1."""

    outcomes: tuple[tuple[Quantity | str, Decimal], ...]

    def __attrs_post_init__(self) -> None:
        if not self.outcomes:
            raise _bad("one-of needs values", _ONE_OF)
        for value, p in self.outcomes:
            if p < 0:
                raise _bad(f"{_text(value)}: {_text(p)} is no probability", "0 to 1, or 0% to 100%")
            if sum(value == other for other, _ in self.outcomes) > 1:
                raise _bad(f"{_text(value)} stands twice", _ONE_OF)
        total = sum((p for _, p in self.outcomes), Decimal(0))
        if total != 1:
            raise _bad(f"probabilities add up to {format_number(total)}, not to 1", _ONE_OF)
        _one_sort(tuple(value for value, _ in self.outcomes))

    @property
    def unit(self) -> str | None:
        """The durations' unit; None for others."""
        first = self.outcomes[0][0]
        return first.unit if isinstance(first, Duration) else None

    def canonical(self) -> dict[str, dict[str, str]]:
        """Value → probability."""
        return {"one-of": {_text(value): _text(p) for value, p in self.outcomes}}


def _one_sort(values: tuple[Quantity | str, ...]) -> None:
    units = {value.unit if isinstance(value, Duration) else None for value in values}
    if len(units) > 1:
        raise _bad("one distribution mixes units", "write all of its durations in the same unit: 1d, 5d, 10d")


def _check_order(low: Quantity, likely: Quantity, high: Quantity) -> None:
    _one_sort((low, likely, high))
    if not _number(low) <= _number(likely) <= _number(high):
        shown = " ≤ ".join(dict.fromkeys(_text(each) for each in (low, likely, high)))
        raise _bad(f"out of order: {shown} does not hold", "low ≤ likely ≤ high")


def _check_positive(value: Quantity, name: str) -> None:
    if _number(value) <= 0:
        raise _bad(f"{name} is {_text(value)}", f"{name} is more than 0")


# ------------------------------------------------------------------------------------------------------------------ parsing
Parse = Callable[[Any], Quantity]

_BY_NAME: Mapping[str, tuple[type[Distribution], tuple[str, ...], frozenset[str]]] = {
    "normal": (Normal, ("mean", "sd"), frozenset()),
    "lognormal": (LogNormal, ("mean", "sd"), frozenset()),
    "exponential": (Exponential, ("mean",), frozenset()),
    "weibull": (Weibull, ("scale", "shape"), frozenset({"shape"})),
    "gamma": (Gamma, ("scale", "shape"), frozenset({"shape"})),
    "beta": (Beta, ("a", "b"), frozenset({"a", "b"})),
}

_FORMS = "2d, {low: 1d, likely: 2d, high: 5d}, {uniform: [1d, 3d]}, {lognormal: {mean: 3d, sd: 1d}}, {one-of: {0: 80%, 1: 20%}}"


def _as_number(raw: Any) -> Decimal:
    return parse_number(str(raw))


def _as_duration(raw: Any) -> Duration:
    return parse_duration(str(raw))


def _as_either(raw: Any) -> Quantity:
    try:
        return parse_number(str(raw))
    except BadValue:
        return parse_duration(str(raw))


def parse_number_distribution(raw: Any) -> Distribution:
    """A distribution over numbers, from a text or a mapping.

    >>> parse_number_distribution({"low": "0.7", "likely": "0.82", "high": "0.9"}).likely
    Decimal('0.82')

    Raises:
        BadValue: (CF702) out of order or without mass; (CF107) no distribution at all.
    """
    return _parse(raw, _as_number)


def parse_duration_distribution(raw: Any) -> Distribution:
    """A distribution over durations; a text alone is always that long.

    >>> str(parse_duration_distribution("2d").value)
    '2d'
    """
    return _parse(raw, _as_duration)


def parse_distribution(raw: Any) -> Distribution:
    """A distribution over either, by how its values are written."""
    return _parse(raw, _as_either)


def _parse(raw: Any, one: Parse) -> Distribution:
    if not isinstance(raw, Mapping):
        if isinstance(raw, list):
            raise BadValue("a list is no distribution", _FORMS)
        return Fixed(one(raw))
    if "low" in raw or "high" in raw:
        return _three(raw, one)
    if len(raw) != 1:
        raise BadValue(f"no distribution has the keys {', '.join(map(str, raw))}", _FORMS)
    ((word, body),) = raw.items()
    return _named(str(word), body, one)


def _three(raw: Mapping[str, Any], one: Parse) -> Distribution:
    more = set(raw) - {"low", "likely", "high", "shape"}
    if more or "low" not in raw or "high" not in raw or "likely" not in raw:
        raise BadValue(f"three points are low, likely and high; found {', '.join(map(str, raw))}", _FORMS)
    shape = str(raw.get("shape", "triangular"))
    if shape not in {"triangular", "pert"}:
        raise BadValue(f"shape is {shape!r}", "triangular or pert")
    cls = Pert if shape == "pert" else Triangular
    return cls(one(raw["low"]), one(raw["likely"]), one(raw["high"]))


def _named(word: str, body: Any, one: Parse) -> Distribution:
    if word == "uniform":
        if not isinstance(body, list) or len(body) != 2:
            raise BadValue("uniform takes two ends", "{uniform: [1d, 3d]}")
        return Uniform(one(body[0]), one(body[1]))
    if word == "empirical":
        if not isinstance(body, list):
            file = f"; files are not read, as {body[:60]!r} would have to be" if isinstance(body, str) else ""
            raise BadValue(f"empirical takes a list of values{file}", f"write the values themselves: {_EMPIRICAL}")
        return Empirical(tuple(one(each) for each in body))
    if word == "one-of":
        if not isinstance(body, Mapping):
            raise BadValue("one-of takes value → probability", _ONE_OF)
        outcomes = [(_outcome(value, one), parse_number(str(p))) for value, p in body.items()]
        return OneOf(tuple(sorted(outcomes, key=lambda outcome: _text(outcome[0]))))  # a mapping has no order
    if word not in _BY_NAME:
        known = ["uniform", "empirical", "one-of", *_BY_NAME]
        raise BadValue(f"there is no distribution {word!r}", f"there is {', '.join(known)}, or low, likely, high")
    return _by_name(word, body, one)


def _outcome(value: Any, one: Parse) -> Quantity | str:
    try:
        return one(value)
    except BadValue:
        if one is _as_duration or _is_duration(value):  # else it is an answer: yes, no, unknown
            raise
        return str(value)


def _is_duration(value: Any) -> bool:
    try:
        _as_duration(value)
    except BadValue:
        return False
    return True


def _by_name(word: str, body: Any, one: Parse) -> Distribution:
    cls, names, plain = _BY_NAME[word]
    if not isinstance(body, Mapping) or set(body) != set(names):
        raise BadValue(f"{word} takes {' and '.join(names)}", f"{{{word}: {{{', '.join(f'{n}: …' for n in names)}}}}}")
    values = [_as_number(body[name]) if name in plain else one(body[name]) for name in names]
    return cls(*values)
