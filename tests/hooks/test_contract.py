"""The contract as a document: every hook says the same in `docs/hooks.md` as in its specification."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from campaignflow.hooks import HOOK_VERSION, Plugins, specs

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
KINDS = (specs.DECISION_HOOKS, specs.EFFECT_HOOKS, specs.REGISTRATION_HOOKS)
HOOKS = [hook for kind in KINDS for hook in kind]
SAYS = ["Fires", "Gets", "Returns", "Fails", "Repeats"]


def section(hook: str) -> str:
    """A hook's part of the page, headed by its exact signature."""
    heading = f"### `{hook}({', '.join(inspect.signature(getattr(specs, hook)).parameters)})`\n"
    assert PAGE.count(heading) == 1
    return re.split(r"\n##", PAGE.partition(heading)[2])[0]


def in_one_line(text: str) -> str:
    return " ".join(text.replace("**", "").replace("\n- ", "\n").split())


def test_every_function_with_a_mark_is_a_hook_of_one_kind() -> None:
    marked = [name for name, each in vars(specs).items() if hasattr(each, "campaignflow_spec")]
    assert sorted(marked) == sorted(HOOKS) == sorted(set(HOOKS))
    assert HOOK_VERSION == 1


@pytest.mark.parametrize("hook", HOOKS)
def test_the_specification_says_everything(hook: str) -> None:
    said = re.findall(r"^(\w+): .", inspect.getdoc(getattr(specs, hook)) or "", re.MULTILINE)
    assert said == SAYS


@pytest.mark.parametrize("hook", HOOKS)
def test_the_page_says_the_same_with_an_example(hook: str) -> None:
    page = section(hook)
    assert in_one_line(inspect.getdoc(getattr(specs, hook)) or "") in in_one_line(page.partition("```")[0])
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "@hookimpl" in example and f"def {hook}(" in example and "assert" in example


def test_the_manager_fulfils_what_the_core_asks() -> None:
    from campaignflow.core.ports import Ports

    ports: Ports = Plugins()
    asked = [name for name, each in vars(Ports).items() if inspect.isfunction(each) and not name.startswith("_")]
    assert sorted(asked) == ["authorize", "compose", "guard", "scoring_method"]
    for name in asked:
        expected = inspect.signature(getattr(Ports, name)).parameters
        assert list(inspect.signature(getattr(Plugins, name)).parameters) == list(expected)
    assert ports.scoring_method("sum") is None


def test_names_that_the_language_has_are_those_of_the_core() -> None:
    from campaignflow.hooks.contributions import BUILT_IN

    assert BUILT_IN["register_scoring_methods"] == {"weighted-mean", "sum", "lowest"}
