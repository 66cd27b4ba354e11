"""The examples are played: every expectation and every expected refusal of their scenarios holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import campaignflow as cf
from campaignflow.simulation.play import Played, play

EXAMPLES = Path(__file__).parents[2] / "examples"
CITY = EXAMPLES / "civilised-city" / "1-city.yaml"
SCENARIOS = sorted(EXAMPLES.rglob("*.scenario.yaml"))
PLANS = sorted(path for path in EXAMPLES.rglob("*.yaml") if path.name.count(".") == 1)


def relative(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def filled(plan: Path) -> cf.Plan:
    fill = plan.with_suffix(".fill.yaml")
    return cf.Plan.load(plan, fill=fill if fill.exists() else None)


@pytest.fixture(scope="module")
def city() -> Played:
    return play(cf.Scenario.load(CITY.with_suffix(".scenario.yaml")))


@pytest.mark.parametrize("path", PLANS, ids=relative)
def test_every_plan_is_read_without_a_problem_once_filled(path: Path) -> None:
    assert [str(problem) for problem in filled(path).problems] == []


@pytest.mark.parametrize("path", SCENARIOS, ids=relative)
def test_every_story_goes_as_it_is_told(path: Path) -> None:
    played = play(cf.Scenario.load(path))
    wrong = [f"{played.when(each)} {each.that}: {each.text}" for each in played.expectations if not each.held]
    assert wrong == []
    assert played.campaign.state == "accepted"
    assert [event for event in played.campaign.events() if event.type == "rule.refused"] == []


def test_what_the_source_does_not_say_is_a_gap_with_its_place() -> None:
    gaps = cf.Plan.load(CITY).unresolved
    assert {gap.path for gap in gaps} == {
        "year",
        "given.pass-mark",
        "given.accountable-after",
        "units.leading-group.members.head",
        "resources.budget",
        "resources.volunteers",
        "resources.inspectors",
        "resources.leaflets",
        "phases.evaluate.tasks.self-check.checklist",
        "scorecards.city-standard.items",
        "scorecards.self-check-card.items",
    }
    assert all(gap.place is not None and gap.place.line > 1 for gap in gaps)


def test_a_plan_with_gaps_does_not_start() -> None:
    with cf.Engine() as engine, pytest.raises((cf.Refused, cf.PlanError), match="year"):
        engine.start(cf.Plan.load(CITY))


def test_the_story_of_plan_1_holds_all_that_it_should(city: Played) -> None:
    events = list(city.campaign.events())
    types = Counter(event.type for event in events)
    kinds = Counter(event.data["fields"]["kind"] for event in events if event.type == "citation.issued")
    assert kinds == {"praise": 4, "criticism": 2, "accountability": 1}
    assert types["inspection.passed"] + types["inspection.failed"] == 36
    assert types["finding.open"] == 8  # seven, and one re-opened
    assert types["finding.overdue"] == 2
    assert types["phase.sent_back"] == types["phase.failed"] == types["campaign.accepted"] == 1
    assert types["model-unit.honoured"] == types["model-unit.declined"] == 1
    assert types["document.filed"] >= 30
    assert types["notification.queued"] >= 20


def test_the_mock_evaluation_fails_and_the_next_one_passes(city: Played) -> None:
    scores = [event.data["fields"] for event in city.campaign.events() if event.type == "score.taken"]
    standard = [(score["value"], score["grade"]) for score in scores if score["scorecard"] == "city-standard"]
    assert standard == [("81.22", "C"), ("89.14", "B")]


def test_plan_1_is_neither_sure_to_be_on_time_nor_sure_to_be_late() -> None:
    results = cf.simulate(filled(CITY), 24, 7)
    assert 0 < results.on_time.p < 1
