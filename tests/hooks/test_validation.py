"""A plugin's mistakes show when it is taken in."""

from __future__ import annotations

import types
from typing import Any

import pytest

from campaignflow.errors import PluginError
from campaignflow.hooks import Plugins, hookimpl


def plugin(**functions: Any) -> Any:
    """A plugin object of class `Given` with these functions."""
    return type("Given", (), functions)()


def refusal(given: object) -> str:
    with pytest.raises(PluginError) as caught:
        Plugins([given])
    return caught.value.cause


@hookimpl
def guards(self: Any, move: Any) -> None:
    """Marked, but no hook's name."""


@hookimpl
def guard(self: Any, mvoe: Any, campaign: Any) -> None:
    """An argument misspelt."""


@hookimpl
def audit(self: Any, *records: Any) -> None:
    """Arguments without names."""


@hookimpl(wrapper=True)
def deliver(self: Any, notification: Any) -> Any:
    """A wrapper."""
    return (yield)


@hookimpl(hookwrapper=True)
def compose(self: Any, event: Any) -> Any:
    """An old wrapper."""
    yield


@hookimpl
async def authorize(self: Any) -> None:
    """Not a plain function."""


def test_a_misspelt_hook_is_an_error_with_a_suggestion() -> None:
    assert refusal(plugin(guards=guards)) == "there is no hook 'guards'; did you mean 'guard'?"


def test_a_misspelt_argument_is_an_error_with_a_suggestion() -> None:
    assert refusal(plugin(guard=guard)) == (
        "hook 'guard' has no argument 'mvoe' (it has move, campaign); did you mean 'move'?"
    )


def test_arguments_have_names() -> None:
    assert refusal(plugin(audit=audit)) == "'audit' takes *records: name the arguments that it wants"


@pytest.mark.parametrize("function", [deliver, compose])
def test_a_wrapper_is_refused_with_the_reason(function: Any) -> None:
    cause = refusal(plugin(**{function.__name__: function}))
    assert "is a wrapper: each plugin is called on its own, so there is nothing to wrap" in cause


def test_an_async_hook_is_refused() -> None:
    assert refusal(plugin(authorize=authorize)) == "'authorize' is async: hooks are plain functions"


def test_a_generator_is_refused() -> None:
    @hookimpl
    def compose(self: Any) -> Any:
        yield None

    assert refusal(plugin(compose=compose)) == "'compose' is a generator: return a list"


def test_all_mistakes_are_named() -> None:
    cause = refusal(plugin(guard=guard, guards=guards, audit=audit))
    assert cause.count(";") >= 2 and "mvoe" in cause and "*records" in cause and "'guards'" in cause


def test_a_plugin_without_hooks_is_told_what_it_forgot() -> None:
    assert refusal(plugin(guard=lambda self: None)) == "implements no hook: mark 'guard' with @hookimpl"
    assert refusal(plugin()) == "implements no hook: mark its functions with @hookimpl"


def test_functions_that_are_not_marked_are_nobodys_business() -> None:
    @hookimpl
    def guard(self: Any) -> None:
        return None

    assert [each.hooks for each in Plugins([plugin(guard=guard, gaurd=lambda self: None)]).describe()] == [("guard",)]


def test_one_hook_is_implemented_once() -> None:
    @hookimpl(specname="guard")
    def other(self: Any) -> None:
        return None

    @hookimpl
    def guard(self: Any) -> None:
        return None

    assert refusal(plugin(guard=guard, other=other)) == "is implemented twice by one plugin: once is enough"


def test_an_argument_with_a_default_that_we_lack_is_left_alone() -> None:
    """So a plugin can ask for an argument of a later version."""

    @hookimpl
    def guard(self: Any, move: Any, later: str = "nothing") -> str:
        return later

    given = plugin(guard=guard)
    from tests.hooks.cases import MOVE, VIEW

    assert [each.text for each in Plugins([given]).guard(MOVE, VIEW)] == ["nothing"]


def test_names_are_unique_and_well_formed() -> None:
    @hookimpl
    def guard(self: Any) -> None:
        return None

    with pytest.raises(PluginError, match="there is a plugin of this name already"):
        Plugins([plugin(guard=guard), plugin(guard=guard)])
    with pytest.raises(PluginError, match="small letters, digits and hyphens"):
        Plugins([plugin(guard=guard, name="../up")])


def test_a_module_is_a_plugin() -> None:
    module = types.ModuleType("late_bell")

    @hookimpl
    def guard(move: Any) -> str:
        return "late"

    module.guard = guard  # type: ignore[attr-defined]
    module.__version__ = "1.2"  # type: ignore[attr-defined]
    (info,) = Plugins([module]).describe()
    assert (info.name, info.version, info.hooks) == ("late-bell", "1.2", ("guard",))


def test_no_property_of_a_plugin_is_run_by_looking_at_it() -> None:
    class Looked:
        name = "looked"

        @property
        def secret(self) -> str:
            raise AssertionError("was looked at")

        @hookimpl
        def guard(self) -> None:
            return None

    assert len(Plugins([Looked()]).describe()) == 1
