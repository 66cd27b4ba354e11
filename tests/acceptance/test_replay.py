"""Replay: the fold of `apply` over the stored events is the state that the decisions made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from rpds import HashTrieMap, List

import campaignflow as cf
from campaignflow.core.apply import empty_state, fold
from campaignflow.core.compiled import compile_plan

SCENARIO = Path(__file__).parents[2] / "examples" / "civilised-city" / "1-city.scenario.yaml"


def dumped(value: Any) -> Any:
    """A state as plain values in one order."""
    if attrs.has(type(value)):
        return {field.name: dumped(getattr(value, field.name)) for field in attrs.fields(type(value))}
    if isinstance(value, Mapping | HashTrieMap):
        return sorted(((str(key), dumped(each)) for key, each in value.items()), key=lambda pair: pair[0])
    if isinstance(value, List | tuple | list):
        return [dumped(each) for each in value]
    return value


def replayed(campaign: cf.Campaign) -> Any:
    compiled = campaign.loaded.compiled
    return fold(compiled, empty_state(compiled, campaign.id), campaign.events())


def test_the_whole_story_of_plan_1_replays_to_the_same_state() -> None:
    played = cf.play(cf.Scenario.load(SCENARIO))
    with played.engine:
        assert played.held
        assert dumped(replayed(played.campaign)) == dumped(played.campaign.loaded.state)


PLAN = cf.Plan.from_text(
    """
campaignflow: 1
plan: random
phases:
  mobilize: {tasks: [a, {id: b, needs: [a]}]}
  advance: {tasks: {c: {needs: [b SS], every: day, window: 2026-01-02/2026-01-05}}, gate: "findings.open == 0"}
  evaluate: {gate: "value('x') >= 50", on-fail: {back-to: advance, at-most: 2}}
registers:
  site: {lifecycle: {dirty: {wash: clean, within: 2cd, or-else: lost}, clean: {soil: dirty}}, items: {s: {}}}
indicators: {x: {}}
rules:
  lost: {event: site.lost, do: {find: =item, problem: lost}}
"""
)
COMMANDS = st.sampled_from(
    [
        ("enter", "mobilize", {}), ("enter", "advance", {}), ("enter", "evaluate", {}), ("settle", "", {}),
        ("task.start", "a", {}), ("task.submit", "a", {}), ("task.verify", "a", {}), ("task.return", "a", {}),
        ("task.done", "a", {}), ("task.done", "b", {}), ("task.block", "b", {"reason": "rain"}), ("task.unblock", "b", {}),
        ("task.done", "c@2026-01-02", {}), ("task.waive", "c@2026-01-03", {"reason": "rain"}),
        ("site.wash", "s", {}), ("site.soil", "s", {}), ("finding.correct", "1", {}), ("finding.close", "1", {}),
        ("measure", "x", {"value": 40}), ("measure", "x", {"value": 60}), ("suspend", "", {"reason": "rain"}),
        ("resume", "", {}), ("tick", "", {}),
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(COMMANDS, st.integers(0, 40)), max_size=25))
def test_any_commands_in_any_order_replay_to_the_same_state(
    steps: list[tuple[tuple[str, str, dict[str, Any]], int]],
) -> None:
    clock = cf.VirtualClock("2026-01-01T00:00:00+00:00")
    with cf.Engine(clock=clock, deliver="never") as engine:
        campaign = engine.start(PLAN)
        for (name, item, fields), hours in steps:
            from datetime import timedelta

            clock.advance(timedelta(hours=hours))
            before = campaign.loaded.state
            try:
                if name == "tick":
                    engine.tick()
                else:
                    campaign.do(name, item, **fields)
            except cf.Refused:
                # timers that were due have fired before; the refused command itself left nothing
                assert all(event.command.get("name") != name for event in campaign.events(before.version))
        assert dumped(replayed(campaign)) == dumped(campaign.loaded.state)
        assert campaign.verify().ok


def test_compiling_twice_gives_the_same_decisions() -> None:
    one, two = compile_plan(PLAN), compile_plan(PLAN)
    assert one.leaves == two.leaves
    assert one.accepting == two.accepting == "evaluate"
