"""What stands where: the facts of each place of a plan, and the tables they come from."""

from __future__ import annotations

import pytest

from campaignflow.plan import fact_tables as tables
from campaignflow.plan.expressions import WORDS, ExpressionError, compile_expression, compile_test
from campaignflow.plan.expressions.arguments import RULES
from campaignflow.plan.facts import Place, PlanFacts, schema_for
from campaignflow.plan.model import BUILT_IN_REGISTERS, Plan

PLAN = Plan.from_text("""
campaignflow: 1
plan: lamps
units: {town: {}, north: {reports-to: town, lamps: 640}}
dates: {fair-day: ~}
phases:
  programme: {phases: {first: {}, second: {}}}
tasks:
  sweep: {owners: [town]}
  group: {for-each: {under: town}, owners: [each], tasks: {inner: {for-each: fault}, plain: {}}}
registers:
  unit: {fields: {lamps: number}}
  fault: {fields: {unit: unit}, lifecycle: {open: {fix: fixed, drop: gone}, fixed: {}}}
  notice: {fields: {fault: fault}}
  citation: {fields: {kind: {one-of: [medal]}}}
indicators: {noise: {measure: number, for-each: fault, target: ">= 1"}, plain: {measure: number}}
scorecards: {teams: {for-each: {under: town}, items: [a], rank: "true"}, whole: {items: [a]}}
rules:
  late: {event: fault.overdue, do: notify town}
  either: {event: [fault.fixed, notice.listed], do: notify town}
  best: {event: score.taken teams, do: notify town}
  vague: {event: score.taken, do: notify town}
  noisy: {event: measurement.taken noise, do: notify town}
  mended: {event: fault.fixed, for-each: {register: notice}, do: notify town}
  entered: {event: phase.entered, do: notify town}
  hooked: {event: weather.storm, do: notify town}
""")
FACTS_OF = PlanFacts(PLAN)


def fits(text: str, place: Place, expects: str = "any") -> bool:
    try:
        compile_expression(text, FACTS_OF.schema(place), expects)
    except ExpressionError:
        return False
    return True


GATE = Place.gate("programme/first")
EVERYWHERE = [
    GATE, Place.phase_when("first"), Place.task_when("sweep"), Place.evidence("sweep"), Place.guard("fault", "fix"),
    Place.indicator("noise"), Place.target("noise"), Place.score("teams"), Place.score_test("teams"),
    Place.rule("late"), Place.where("fault"), Place.where("fault", Place.rule("late")), Place.expectation(),
]  # fmt: skip


@pytest.mark.parametrize("place", EVERYWHERE, ids=lambda place: place.kind)
def test_what_stands_everywhere(place: Place) -> None:
    for name in tables.FACTS:
        if not (place.kind == "where" and name in {"phase"}):
            assert fits(name, place), name
    assert fits("dates.fair_day <= today and today <= dates.fair_day.end", place, "flag")


@pytest.mark.parametrize(
    ("text", "here", "not_here"),
    [
        ("item.state == 'open'", [Place.guard("fault", "fix"), Place.rule("late")], [GATE, Place.rule("entered")]),
        ("item.fault.state == 'open'", [Place.guard("notice", "x")], [Place.guard("fault", "fix")]),
        ("item.required", [Place.evidence("sweep")], [Place.task_when("sweep")]),
        ("each.lamps > 1", [Place.task_when("plain"), Place.score("teams")], [Place.task_when("sweep"), GATE]),
        ("each.unit == 'north'", [Place.task_when("inner"), Place.indicator("noise")], [Place.task_when("plain")]),
        ("item.lamps > 1", [Place.task_when("inner")], [Place.task_when("plain")]),
        ("value > 1", [Place.target("noise"), Place.score_test("teams")], [Place.indicator("noise"), GATE]),
        ("lower > 1", [Place.target("noise")], [Place.score_test("teams")]),
        ("event.type == 'x'", [Place.rule("late"), Place.rule("entered")], [GATE]),
        ("event.rank == 1", [Place.rule("best"), Place.rule("vague")], [Place.rule("late")]),
        ("event.of.lamps > 1", [Place.rule("best")], [Place.rule("vague"), Place.rule("noisy")]),
        ("event.of.unit == 'north'", [Place.rule("noisy")], [Place.rule("best"), Place.rule("vague")]),
        ("event.met and event.value > 3", [Place.rule("noisy")], [Place.rule("best")]),
        ("event.fault == null", [], [Place.rule("either"), Place.rule("late")]),
        ("event.actor == item.opener", [Place.rule("either")], [Place.rule("entered")]),
        ("item.state == 'open'", [Place.rule("either")], []),
        ("item.unit == 'north'", [Place.rule("late")], [Place.rule("either")]),
        ("event.anything > 3", [Place.rule("hooked")], [Place.rule("late")]),
        ("each.fault.state == 'fixed'", [Place.rule("mended")], [Place.rule("late")]),
    ],
)
def test_what_stands_only_somewhere(text: str, here: list[Place], not_here: list[Place]) -> None:
    assert [place for place in here if not fits(text, place)] == []
    assert [place for place in not_here if fits(text, place)] == []


def test_in_a_where_bare_names_are_the_candidates() -> None:
    place = Place.where("notice", Place("rule", "mended", "for-each"))
    assert fits("fault == item and not ended and each.fault == item", place, "flag")
    assert not fits("lamps > 0", place)
    assert fits("lamps > 0 and id == item.unit", Place.where("unit", Place.rule("late")), "flag")
    assert fits("item.anything > 0 and event.whatever == null", Place.where("unit"), "flag")


def test_in_another_selection_each_is_the_item_that_the_for_each_is_at() -> None:
    place = Place.where("fault", Place.task_when("plain"), for_each=False)
    assert fits("unit == each", place, "flag")
    assert not fits("unit == each", Place.where("fault", Place.task_when("plain")), "flag")
    assert fits("unit == item", Place.where("fault", Place.task_when("plain")), "flag")


def test_phases_are_known_by_id_and_path() -> None:
    assert fits("phase == 'second' or phase == 'programme/second'", GATE, "flag")
    assert not fits("phase == 'third'", GATE)


def test_states_are_those_of_the_plan() -> None:
    assert fits("count(fault, state == 'gone') == 0", GATE)
    assert not fits("count(fault, state == 'listed') == 0", GATE)
    assert fits("count(notice, state == 'listed') == 0", GATE)
    assert fits("count(child, state == 'anything') == 0", GATE)
    assert fits("count(citation, kind == 'medal' or kind == 'praise') == 0", GATE)


def test_a_plan_of_nothing_has_one_phase() -> None:
    schema = schema_for(Plan("small"), Place.gate("advance"))
    assert compile_expression("phase == 'advance'", schema).reads == {"phase"}
    assert compile_test(">= 3", schema_for(Plan("s", indicators=["x"]), Place.target("x"))).reads == {"value"}


# ------------------------------------------------------------------------------------------------------------- tables
def test_every_built_in_register_has_its_facts() -> None:
    assert set(tables.REGISTER_FIELDS) == set(BUILT_IN_REGISTERS)
    assert set(tables.REGISTER_STATES) == set(BUILT_IN_REGISTERS) - {"child"}
    assert all(not set(tables.ITEM_FACTS) & set(fields) for fields in tables.REGISTER_FIELDS.values())
    assert not tables.RESERVED_NAMES & WORDS


def test_every_function_is_written_as_it_is_shown() -> None:
    for name, function in tables.FUNCTIONS.items():
        assert function.shown.startswith(f"{name}(") and function.doc
        assert all(parameter.kind in RULES for parameter in function.parameters)
        assert function.shown.count("[") == sum(parameter.optional for parameter in function.parameters)
