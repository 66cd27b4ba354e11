"""What an engine says of a plan before it starts one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaignflow.engine import Engine
from campaignflow.errors import PlanError, Refused
from campaignflow.plan.model import Phase, Plan

CARD = """
campaignflow: 1
plan: league
timezone: Asia/Shanghai
phases: {advance: {}, verify: {}, stage-1: {phases: {next: {}}}}
indicators: {streets: {}, parks: {}}
scorecards: {table: {method: topsys, items: {streets: {indicator: streets}, parks: {indicator: parks}}}}
"""


def test_a_sound_plan_has_no_problems(engine: Engine, plan: Plan) -> None:
    assert engine.check(plan) == []


def test_a_method_that_no_plugin_brings_is_an_error_with_its_place(engine: Engine) -> None:
    plan = Plan.from_text(CARD)
    problems = {each.code: each for each in engine.check(plan)}
    assert "topsys" in problems["CF804"].message
    assert problems["CF804"].place is not None
    assert problems["CF804"].place.line == 7
    with pytest.raises(PlanError, match="topsys"):
        engine.start(plan)
    assert engine.campaigns() == []


def test_a_phase_that_a_method_of_the_handle_hides_is_a_warning(engine: Engine) -> None:
    plan = Plan.from_text(CARD.replace("topsys", "sum"))
    found = [(each.severity, each.path) for each in engine.check(plan) if each.code == "CF512"]
    assert found == [("warning", "phases.verify"), ("warning", "phases.stage-1.phases.next")]
    engine.start(plan)


def test_a_plan_with_gaps_is_refused_in_words(engine: Engine) -> None:
    plan = Plan.from_text(
        "campaignflow: 1\nplan: p\ntimezone: ~\nyear: ~\nphases: {advance: {window: 4月1日—4月7日}}\n"
    )
    before = list(engine.store.dump())
    with pytest.raises(Refused, match="year"):
        engine.start(plan)
    assert list(engine.store.dump()) == before


def test_a_plan_that_this_version_does_not_run_is_refused_in_words(open_engine: Callable[..., Engine]) -> None:
    plan = Plan("x", schedule="backward", phases=[Phase("advance")])
    with pytest.raises(Refused, match="backward"):
        open_engine().start(plan)
