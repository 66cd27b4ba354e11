"""Static types: every slip is found before anything runs, at its place, once, with advice."""

from __future__ import annotations

import pytest
from attrs import evolve

from campaignflow.plan.expressions import (
    Expression,
    ExpressionError,
    Fault,
    compile_expression,
    compile_test,
    compile_text,
)
from campaignflow.plan.facts import Place, PlanFacts
from campaignflow.plan.model import Plan

PLAN = Plan.from_text("""
campaignflow: 1
plan: lamps
units: {town: {}, north: {reports-to: town, lamps: 640}}
given: {pass-mark: 85, budget: 200000 CNY, travel: 300 EUR, word: soon, limit: {later: advance}}
resources: {inspectors: 3, leaflets: 5000 pc}
phases:
  mobilize: {tasks: {kick-off: {owners: [town]}}}
  advance: {}
registers:
  unit: {fields: {lamps: number}}
  alert: {lifecycle: {calm: {rise: high}, high: {fall: calm}}}
  fault:
    fields: {unit: unit, place: place, cost: {type: amount, measured-in: CNY}, seen: date, skills: {type: text, many: true}, next: fault, sort: {one-of: [dark, bent]}}
    lifecycle: {open: {fix: fixed}, fixed: {reopen: open}}
  road-sign: {fields: {fault: fault}}
indicators:
  awareness: {measure: rate, target: ">= given.pass_mark", grades: {A: 90}}
  dark: {value: "1", for-each: unit}
  pooled: {k: "1", n: "2", for-each: unit, roll-up: pool}
scorecards:
  city-standard: {items: [a], grades: {Good: 90}}
  teams: {for-each: unit, items: [a]}
""")  # noqa: E501
FACTS = PlanFacts(PLAN)
SCHEMA = evolve(FACTS.schema(Place.gate("advance")))


def compiled(text: str, expects: str = "flag") -> Expression:
    return compile_expression(text, SCHEMA, expects)


def fault(text: str, expects: str = "flag") -> Fault:
    with pytest.raises(ExpressionError) as caught:
        compiled(text, expects)
    (only,) = caught.value.faults
    return only


# ------------------------------------------------------------------------------------------------------------ names
@pytest.mark.parametrize(
    ("text", "under", "hint"),
    [
        ("findins.open == 0", "findins", "'findings'"),
        ("findings.opn == 0", "opn", "'open'"),
        ("findings == 0", "findings", "findings.open"),
        ("given.pass_marc > 1", "pass_marc", "'pass_mark'"),
        ("cuont(fault) == 0", "cuont", "'count'"),
        ("count(falt) == 0", "falt", "'fault'"),
        ("count(fault, unt == 'north') == 0", "unt", "'unit'"),
        ("count(fault, unit.lamp > 3) == 0", "lamp", "'lamps'"),
        ("total(fault, cots) == null", "cots", "'cost'"),
        ("unit == 'north'", "unit", None),
        ("event.value > 3", "event", "rules with `event`"),
        ("item.nth == 1", "item", "guards"),
        ("north == 'x'", "north", "'north'"),
        ("kick_off == 'x'", "kick_off", "'kick-off'"),
        ("value > 3", "value", "value(id[, of])"),
        ("been('open')", "been", None),
        ("in_period(now)", "in_period", None),
        ("phase.name == 'x'", "name", None),
    ],
)
def test_unknown_names(text: str, under: str, hint: str | None) -> None:
    found = fault(text)
    assert found.code == "CF402"
    assert text[found.offset :][: found.length] == under
    assert hint is None or hint in str(found.hint)


@pytest.mark.parametrize(
    ("text", "under", "hint"),
    [
        ("value('awarenes') > 1", "'awarenes'", "'awareness'"),
        ("value('city-standard') > 1", "'city-standard'", "score('city-standard')"),
        ("score('awareness') > 1", "'awareness'", "value('awareness')"),
        ("grade('city-standard') == 'Goood'", "'Goood'", "'Good'"),
        ("grade('awareness') == 'B'", "'B'", "'A'"),
        ("state('alrt') == 'high'", "'alrt'", "'alert'"),
        ("state('alert') == 'hihg'", "'hihg'", "'high'"),
        ("state('alert') in ['high', 'calmm']", "'calmm'", "'calm'"),
        ("count(fault, state == 'opn') == 0", "'opn'", "'open'"),
        ("count(fault, been('fixd')) == 0", "'fixd'", "'fixed'"),
        ("count(fault, times('fx') > 1) == 0", "'fx'", "'fix'"),
        ("count(fault, time_in('opened') > 1) == 0", "'opened'", "'open'"),
        ("count(fault, unit == 'nort') == 0", "'nort'", "'north'"),
        ("count(fault, under('twon')) == 0", "'twon'", "'town'"),
        ("count(fault, sort == 'darc') == 0", "'darc'", "'dark'"),
        ("count(task, task == 'kik-off') == 0", "'kik-off'", "'kick-off'"),
        ("phase == 'advanse'", "'advanse'", "'advance'"),
        ("campaign.state == 'accept'", "'accept'", "'accepted'"),
        ("left('leaflet') > 1", "'leaflet'", "'leaflets'"),
        ("entered('advanced') < now", "'advanced'", "'advance'"),
        ("during('fair')", "'fair'", None),
        ("value('pooled', 'nort') > 1", "'nort'", "'north'"),
        ("count(citation, kind == 'prise') == 1", "'prise'", "'praise'"),
    ],
)
def test_ids_that_name_nothing(text: str, under: str, hint: str | None) -> None:
    found = fault(text)
    assert found.code == "CF405"
    assert text[found.offset :][: found.length] == under
    assert hint is None or hint in str(found.hint)


def test_ids_that_do_name_something() -> None:
    for text in (
        "count(task, unit == 'north' and task == 'kick-off') == 0",
        "count(task, id == 'kick-off@north') == 0",
        "count(finding, subject == 'road-sign/7' or subject == 'north') == 0",
        "count(road_sign, fault == 'anything' and fault.state == 'open') == 0",
        "phase in ['mobilize', 'advance'] and campaign.state != 'suspended'",
        "state('alert', '1') == 'high'",
    ):
        compiled(text)


# ------------------------------------------------------------------------------------------------------------ types
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("findings.open == 'none'", "CF403"),
        ("findings.open > 'none'", "CF403"),
        ("given.word > 'a'", "CF403"),
        ("given.word + 'a' == 'b'", "CF403"),
        ("today == '2026-04-01'", "CF403"),
        ("today + 3 > now", "CF403"),
        ("campaign.accepted == 1", "CF403"),
        ("campaign.accepted > false", "CF403"),
        ("count(fault, skills == 'x') == 0", "CF403"),
        ("count(fault, 3 in skills) == 0", "CF403"),
        ("count(fault, seen in ['x']) == 0", "CF403"),
        ("1 in 2", "CF403"),
        ("count(fault, unit == next) == 0", "CF403"),
        ("count(fault, unit > 'north') == 0", "CF403"),
        ("null > 1", "CF403"),
        ("null + 1 == 2", "CF403"),
        ("[1] == 1", "CF403"),
        ("-given.word == 1", "CF403"),
        ("given.budget * given.budget > 1", "CF403"),
        ("given.budget > given.travel", "CF611"),
        ("given.budget + given.travel > 1", "CF611"),
        ("(campaign.accepted ? 1 : 'x') == 1", "CF403"),
        ("value(awareness) > 1", "CF403"),
        ("value('awareness', 'north') > 1", "CF403"),
        ("value('pooled', 3) > 1", "CF403"),
        ("value() > 1", "CF403"),
        ("value('awareness', 'north', 'x') > 1", "CF403"),
        ("count('fault') == 0", "CF403"),
        ("count(fault, not ended, ended) == 0", "CF403"),
        ("total(fault, cost * 2) == null", "CF403"),
        ("workdays(now, '2026-04-01') > 1", "CF403"),
        ("round(1.5, given.word) == 1", "CF403"),
        ("abs(now) == 1", "CF403"),
        ("'x'.y == 1", "CF402"),
        ("count(fault, place) == 0", "CF404"),
        ("count(fault, nth and ended) == 0", "CF404"),
        ("mean(fault, place) == 0", "CF404"),
        ("not findings.open", "CF404"),
        ("findings.open and true == campaign.accepted", "CF404"),
        ("findings.open ? true : false", "CF404"),
        ("findings.open", "CF404"),
        ("'x'", "CF404"),
        ("null", "CF403"),
        ("['x']", "CF403"),
        ("value('dark') > 1", "CF410"),
        ("met('dark')", "CF410"),
        ("score('teams') > 1", "CF410"),
    ],
)
def test_type_errors(text: str, code: str) -> None:
    assert fault(text).code == code


def test_what_is_due() -> None:
    assert fault("campaign.accepted", "number").code == "CF404"
    assert fault("findings.open", "text").code == "CF404"
    assert compiled("given.budget", "number").type.unit == "CNY"
    assert compiled("today", "day").type.kind == "date"
    assert compiled("given.limit", "number").type.kind == "any"


def test_every_slip_is_found_and_each_only_once() -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled("findins.open == 0 and value('awarenes') + 1 > 'x' and not findings.open")
    assert [each.code for each in caught.value.faults] == ["CF402", "CF403", "CF405", "CF404"]
    assert len(caught.value.problems) == 4
    assert "did you mean 'findings'?" in str(caught.value)


def test_types_of_results() -> None:
    kinds = {
        "total(fault, cost)": "amount",
        "mean(unit, lamps / 2)": "number",
        "given.budget / given.budget": "number",
        "given.budget / 2": "amount",
        "left('leaflets')": "amount",
        "left('inspectors')": "number",
        "entered('advance')": "moment",
        "state('alert')": "text",
        "value('awareness')": "number",
        "max(1, given.budget)": "amount",
        "known('awareness')": "flag",
        "days(start, now)": "number",
    }
    assert {text: compiled(text, "any").type.kind for text in kinds} == kinds


# ---------------------------------------------------------------------------------------------------------- warnings
@pytest.mark.parametrize(
    ("text", "under"),
    [
        ("1 > 2", "1 > 2"),
        ("findings.open == 0 and 1 == 1", "1 == 1"),
        ("findings.open == 0 or true", "true"),
        ("findings.open == findings.open", "findings.open == findings.open"),
        ("1 == null", "1 == null"),
    ],
)
def test_what_is_always_so(text: str, under: str) -> None:
    (warning,) = compiled(text).warnings
    assert (warning.code, warning.severity) == ("CF407", "warning")
    assert text[warning.offset :][: warning.length] == under


def test_a_bare_true_is_meant() -> None:
    assert compiled("true").warnings == ()


def test_a_count_that_must_look_at_everything() -> None:
    (warning,) = compiled("count(fault, unit.lamps > 3) == 0").warnings
    assert warning.code == "CF408"
    assert compiled("count(fault, unit.lamps > 3 and not ended) == 0").warnings == ()


# ------------------------------------------------------------------------------------------------------------- reads
def test_what_an_expression_reads() -> None:
    text = "findings.open == 0 and value('awareness') >= given.pass_mark and count(fault, place == given.word) == 0"
    expression = compiled(text)
    assert expression.reads == {"findings.open", "value:awareness", "given.pass_mark", "count:fault", "given.word"}
    assert not expression.uses_time


@pytest.mark.parametrize(
    "text",
    [
        "today > start", "tasks.overdue == 0", "count(task, overdue) == 0", "count(fault, time_in('open') > 3) == 0",
        "expected('awareness') > 1", "count(road_sign, fault.overdue and not ended) == 0", "hours(start, now) > 3",
    ],
)  # fmt: skip
def test_what_time_alone_can_change(text: str) -> None:
    assert compiled(text).uses_time


# ------------------------------------------------------------------------------------------------ tests and templates
def test_faults_of_tests_stand_where_they_are_written() -> None:
    target = FACTS.schema(Place.target("awareness"))
    with pytest.raises(ExpressionError) as caught:
        compile_test(">= given.pass_marc", target)
    assert caught.value.faults[0].offset == 9
    with pytest.raises(ExpressionError) as caught:
        compile_test("= 3", target)
    assert caught.value.faults[0].hint == "to compare, write =="
    with pytest.raises(ExpressionError) as caught:
        compile_test("90", target)
    assert caught.value.faults[0].code == "CF404"
    assert compile_test("n >= 25 and k >= 21", target).reads == {"n", "k"}


def test_faults_of_templates_stand_where_they_are_written() -> None:
    text = "now {findins.open}, {tasks.opn} {"
    with pytest.raises(ExpressionError) as caught:
        compile_text(text, SCHEMA)
    assert [(each.code, each.offset) for each in caught.value.faults] == [("CF402", 5), ("CF402", 27), ("CF401", 32)]
