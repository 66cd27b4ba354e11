"""Look at a plugin when it is taken in, so that its mistakes show then and not in the middle of a campaign."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from attrs import frozen

from campaignflow.errors import PluginError
from campaignflow.hooks import specs

__all__ = ["Implementation", "arguments_of", "implementations", "nearest", "plugin_name", "plugin_version"]

_MARK = specs.PROJECT + "_impl"
_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*\Z")
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@frozen(eq=False)
class Implementation:
    """One function of one plugin that implements a hook.

    Attributes:
        plugin, hook: whose, and of what. function: bound to its plugin. arguments: those of the hook that it takes.
    """

    plugin: str
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]

    def bound(self, given: Mapping[str, Any]) -> Callable[[], Any]:
        """The call with its own choice of the hook's arguments."""
        chosen = {name: given[name] for name in self.arguments}
        return lambda: self.function(**chosen)


def hook_names() -> tuple[str, ...]:
    """Every hook, in the order of the three kinds."""
    return specs.DECISION_HOOKS + specs.EFFECT_HOOKS + specs.REGISTRATION_HOOKS


def arguments_of(hook: str) -> tuple[str, ...]:
    """The names of a hook's arguments.

    >>> arguments_of("guard")
    ('move', 'campaign')
    """
    return tuple(inspect.signature(getattr(specs, hook)).parameters)


def implementations(plugin: object, name: str) -> tuple[Implementation, ...]:
    """What a plugin implements, in the order of its attributes' names.

    Raises:
        PluginError: a misspelt hook or argument (with the nearest right one), a wrapper, an async or generator
            function, two implementations of one hook, or none at all. All the mistakes are named, not only the first.
    """
    found = tuple(_marked(plugin))
    causes = [cause for attribute, options in found for cause in _mistakes(plugin, attribute, options)]
    if not found:
        causes.append(_nothing(plugin))
    if causes:
        raise PluginError(name, "registration", "; ".join(causes))
    made = tuple(_implementation(plugin, name, attribute, options) for attribute, options in found)
    _refuse_twice(name, made)
    return made


def plugin_name(plugin: object) -> str:
    """Its `name`; else the module's or class's name with hyphens.

    >>> class LateBell: ...
    >>> plugin_name(LateBell())
    'late-bell'
    """
    given = getattr(plugin, "name", None)
    if given is None:
        own = plugin.__name__.rpartition(".")[2] if isinstance(plugin, ModuleType) else _class_of(plugin).__name__
        given = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", own).strip("_").replace("_", "-").lower()
    if not isinstance(given, str) or not _NAME.match(given):
        raise PluginError(str(given)[:80], "registration", "a plugin's `name` is small letters, digits and hyphens")
    return given


def plugin_version(plugin: object) -> str:
    """Its `version` or `__version__`, else nothing."""
    given = getattr(plugin, "version", None) or getattr(plugin, "__version__", None)
    return given if isinstance(given, str) else ""


def nearest(word: str, choices: Iterable[str]) -> str:
    """`; did you mean 'guard'?`, or nothing when no choice is near.

    >>> nearest("gaurd", ("guard", "audit"))
    "; did you mean 'guard'?"
    """
    close = difflib.get_close_matches(word, list(choices), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _class_of(plugin: object) -> type:
    return plugin if isinstance(plugin, type) else type(plugin)


def _marked(plugin: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Marked functions, found without running any property (as pluggy finds them)."""
    for attribute in dir(plugin):
        found = inspect.getattr_static(plugin, attribute, None)
        options = getattr(getattr(found, "__func__", found), _MARK, None)
        if isinstance(options, Mapping):
            yield attribute, options


def _nothing(plugin: object) -> str:
    unmarked = [hook for hook in hook_names() if callable(getattr(plugin, hook, None))]
    hint = f": mark {unmarked[0]!r} with @hookimpl" if unmarked else ": mark its functions with @hookimpl"
    return "implements no hook" + hint


def _mistakes(plugin: object, attribute: str, options: Mapping[str, Any]) -> Iterator[str]:
    hook = options.get("specname") or attribute
    function = getattr(plugin, attribute)
    if options.get("wrapper") or options.get("hookwrapper"):
        yield (
            f"{attribute!r} is a wrapper: each plugin is called on its own, so there is nothing to wrap; "
            "use tryfirst or trylast for order"
        )
    elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"{attribute!r} is async: hooks are plain functions"
    elif inspect.isgeneratorfunction(function):
        yield f"{attribute!r} is a generator: return a list"
    if hook not in hook_names():
        yield f"there is no hook {hook!r}{nearest(hook, hook_names())}"
        return
    yield from _wrong_arguments(attribute, hook, function)


def _wrong_arguments(attribute: str, hook: str, function: Callable[..., Any]) -> Iterator[str]:
    known = arguments_of(hook)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _BY_NAME:
            yield f"{attribute!r} takes {str(parameter).partition(':')[0]}: name the arguments that it wants"
        elif parameter.name not in known and parameter.default is parameter.empty:
            has = f"it has {', '.join(known)}" if known else "it has none"
            yield f"hook {hook!r} has no argument {parameter.name!r} ({has}){nearest(parameter.name, known)}"


def _implementation(plugin: object, name: str, attribute: str, options: Mapping[str, Any]) -> Implementation:
    hook = options.get("specname") or attribute
    function = getattr(plugin, attribute)
    taken = inspect.signature(function).parameters
    return Implementation(name, hook, function, tuple(each for each in arguments_of(hook) if each in taken))


def _refuse_twice(name: str, made: tuple[Implementation, ...]) -> None:
    seen: set[str] = set()
    for each in made:
        if each.hook in seen:
            raise PluginError(name, each.hook, "is implemented twice by one plugin: once is enough")
        seen.add(each.hook)
