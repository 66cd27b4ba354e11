"""What registration hooks bring: checked, named once, and guarded at every later call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from campaignflow.core.messages import ScoringMethod
from campaignflow.errors import PluginError
from campaignflow.hooks.calling import Failure, attempt, unusable
from campaignflow.hooks.validate import Implementation
from campaignflow.hooks.values import DistributionKind, PluginCommand, ReportSection

__all__ = ["BUILT_IN", "Contribution", "collect", "take_in"]

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
_CALENDAR_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*\Z")

#: Names that the plan language has itself: a plan must mean the same on every host.
BUILT_IN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "register_scoring_methods": frozenset({"weighted-mean", "sum", "lowest"}),
        "register_distributions": frozenset(
            {"fixed", "triangular", "pert", "uniform", "bernoulli", "one-of", "normal", "lognormal", "exponential"}
            | {"gamma", "beta", "weibull", "poisson"}
        ),
        "register_commands": frozenset(
            {"new", "check", "format", "diff", "schema", "diagram"}
            | {"start", "do", "status", "why-not", "tick", "worker", "log", "amend", "report", "serve"}
            | {"play", "simulate", "compare", "forecast", "audit", "plugins", "deadletters", "store"}
        ),
    }
)


@frozen
class Contribution:
    """One named thing that a plugin registered.

    Attributes:
        plugin: whose. hook: through which registration hook. value: the ScoringMethod, Calendar, … itself.
    """

    plugin: str
    hook: str
    value: Any = field(eq=False)

    @property
    def name(self) -> str:
        """What a plan or the command line calls it."""
        return str(self.value.name)


def collect(implementation: Implementation, limit: float) -> tuple[Contribution, ...]:
    """Call one registration hook and check what it brings.

    Raises:
        PluginError: it raised, was late, or brought something that is not what the hook is for.
    """
    plugin, hook = implementation.plugin, implementation.hook
    found = attempt(implementation.bound({}), limit, lambda answer: _checked(hook, answer))
    if isinstance(found, Failure):
        raise PluginError(plugin, hook, found.cause) from found.error
    return tuple(Contribution(plugin, hook, each) for each in found)


def take_in(known: dict[str, dict[str, Contribution]], new: tuple[Contribution, ...]) -> None:
    """Add contributions to what is known, all or none.

    Raises:
        PluginError: a name that is built in, or that a plugin has taken before.
    """
    fresh: dict[tuple[str, str], Contribution] = {}
    for each in new:
        holder = known.get(each.hook, {}).get(each.name) or fresh.get((each.hook, each.name))
        if each.name in BUILT_IN.get(each.hook, frozenset()):
            raise PluginError(each.plugin, each.hook, f"{each.name!r} is built in: give yours another name")
        if holder is not None:
            raise PluginError(each.plugin, each.hook, f"{each.name!r} is taken by plugin {holder.plugin!r}")
        fresh[each.hook, each.name] = each
    for (hook, name), each in fresh.items():
        known.setdefault(hook, {})[name] = each


def _checked(hook: str, answer: Any) -> tuple[Any, ...]:
    kind, functions = _wanted(hook)
    if not isinstance(answer, list | tuple):
        raise unusable(answer, f"a list of {kind.__name__}")
    for each in answer:
        if not isinstance(each, kind):
            raise unusable(each, f"a list of {kind.__name__}")
        _check_name(hook, each.name)
        _check_functions(each, functions)
    return tuple(answer)


def _wanted(hook: str) -> tuple[type[Any], tuple[str, ...]]:
    """The class that a registration hook brings, and which of its fields are called later."""
    if hook == "register_calendars":
        from campaignflow.plan.calendars import Calendar  # dear to import, and few plugins need it

        return Calendar, ()
    return _KINDS[hook]


_KINDS: Mapping[str, tuple[type[Any], tuple[str, ...]]] = MappingProxyType(
    {
        "register_scoring_methods": (ScoringMethod, ("score",)),
        "register_distributions": (DistributionKind, ("quantile",)),
        "register_report_sections": (ReportSection, ("render",)),
        "register_commands": (PluginCommand, ("run",)),
    }
)


def _check_name(hook: str, name: Any) -> None:
    pattern = _CALENDAR_NAME if hook == "register_calendars" else _NAME
    if not isinstance(name, str) or not pattern.match(name):
        raise ValueError(f"{name!r} is no name: small letters, digits and hyphens, as in 'entropy-weights'")


def _check_functions(value: Any, functions: tuple[str, ...]) -> None:
    for each in functions:
        function: Callable[..., Any] = getattr(value, each)
        if not callable(function):
            raise ValueError(f"{value.name!r}: its {each!r} cannot be called")
