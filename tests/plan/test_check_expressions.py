"""Expressions of a whole plan: each is typed in its place, and its faults stand at line and column."""

from __future__ import annotations

import pytest

from campaignflow.errors import PlanError
from campaignflow.plan.check_expressions import check_expressions
from campaignflow.plan.model import Indicator, Phase, Plan
from campaignflow.plan.problems import Problem

HEAD = """campaignflow: 1
plan: x
units: {town: {}, north: {reports-to: town, lamps: 3}}
registers:
  unit: {fields: {lamps: number}}
  fault: {fields: {unit: unit}, lifecycle: {open: {fix: fixed}}}
"""


def problems(text: str) -> list[Problem]:
    with pytest.raises(PlanError) as caught:
        Plan.from_text(HEAD + text, file="p.yaml")
    return [problem for problem in caught.value.problems if problem.code != "CF209"]


def marked(text: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text without its marks `«»`, and where the marks were."""
    places = []
    for number, line in enumerate((HEAD + text).split("\n"), 1):
        for index, character in enumerate(line):
            if character == "«":
                places.append(("p.yaml", number, index + 1 - line[:index].count("«")))
    return text.replace("«", ""), places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("phases: {advance: {gate: «findins.open == 0}}", "CF402"),
        ('phases: {advance: {gate: "findings.open == 0 and «findins.open == 0"}}', "CF402"),
        ("phases: {advance: {gate: 'findings.open «= 0'}}", "CF401"),
        ('phases:\n  advance:\n    gate: {when: "tasks.«opn == 0", ask: {q: "?"}}', "CF402"),
        ('phases: {advance: {when: "«findings.open"}}', "CF404"),
        ("phases: {a: {phases: {b: {tasks: {t: {owners: [town], when: «item.x == 1}}}}}}", "CF402"),
        ('tasks: {t: {owners: [town], evidence: {photo: {when: "item.unit == «\'nort\'"}}}}', "CF405"),
        ('tasks: {t: {for-each: {register: fault, where: "«stat == \'open\'"}, owners: [town]}}', "CF402"),
        ('tasks: {t: {for-each: unit, owners: ["=each.«parnt"]}}', "CF402"),
        ('tasks: {t: {owners: [town], inspect: {of: {register: fault, where: "«lamps > 0"}}}}', "CF402"),
        ('indicators: {i: {k: "count(fault, «unt == \'north\')", n: "1"}}', "CF402"),
        ('indicators: {i: {value: "«today"}}', "CF404"),
        ('indicators: {i: {target: ">= «given.x"}}', "CF402"),
        ('indicators: {i: {target: "«80%"}}', "CF404"),
        ("indicators: {i: {grades: {A: 90, B: \"«>= 'x'\"}}}", "CF403"),
        ('scorecards: {s: {items: {a: {value: "value(«\'nose\')"}}}}', "CF405"),
        ('scorecards: {s: {items: {a: {bands: {">= 9«o": 1, else: 0}}}}}', "CF401"),
        ('scorecards: {s: {items: {a: {}}, veto: {v: {when: "«3", score: 0}}}}', "CF404"),
        ('scorecards: {s: {items: {a: {less: {l: {per: "«true", price: 1}}}}}}', "CF404"),
        ('rules: {r: {event: fault.fixed, when: "item.«lmps > 3", do: notify town}}', "CF402"),
        ('rules: {r: {event: fault.fixed, do: {notify: "=item.«unt", text: hi}}}', "CF402"),
        ('rules: {r: {event: fault.fixed, do: [{notify: town, text: hi}, {cite: =«itm.unit, kind: praise}]}}', "CF402"),
        ('rules: {r: {event: fault.fixed, do: {notify: town, text: "hi {item.id} {item.«titel}"}}}', "CF402"),
        ('rules: {r: {event: fault.fixed, do: {notify: town, text: {en: "hi", zh: "«{ x"}}}}', "CF401"),
        ('rules: {r: {event: fault.fixed, for-each: {where: "each.«nope == 1"}, do: notify town}}', "CF402"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_line_and_column(text: str, code: str) -> None:
    plain, places = marked(text)
    (problem,) = problems(plain)
    assert problem.code == code
    assert problem.place is not None
    assert [(problem.place.file, problem.place.line, problem.place.column)] == places
    assert problem.excerpt is not None and problem.path


def test_in_a_block_the_fault_stands_at_the_block() -> None:
    (problem,) = problems("phases:\n  advance:\n    gate: >\n      findings.open == 0 and\n      findins.open == 0\n")
    assert problem.code == "CF402" and problem.place is not None
    assert (problem.place.line, problem.place.column) == (9, 11)


def test_a_trigger_is_typed_by_its_register() -> None:
    text = HEAD.replace("fix: fixed", 'fix: {to: fixed, when: "item.unt == null"}')
    with pytest.raises(PlanError) as caught:
        Plan.from_text(text)
    assert [problem.code for problem in caught.value.problems] == ["CF402"]
    assert "did you mean 'unit'?" in str(caught.value)


def test_all_faults_of_a_plan_are_reported() -> None:
    found = problems('phases: {a: {gate: "x == 1 and y == 2"}, b: {gate: "tasks.opn == 0"}}')
    assert [problem.code for problem in found] == ["CF402", "CF402", "CF402"]


def test_warnings_do_not_stop_a_plan() -> None:
    plan = Plan.from_text(HEAD + 'phases: {a: {gate: "1 == 1 and count(fault, unit.lamps > 3) == 0"}}', file="p.yaml")
    codes = {problem.code: problem for problem in plan.problems if problem.code.startswith("CF4")}
    assert set(codes) == {"CF407", "CF408"}
    assert {problem.severity for problem in codes.values()} == {"warning"}
    assert str(codes["CF407"].place) == "p.yaml:7:21"


def test_a_plan_built_in_python_names_the_character() -> None:
    with pytest.raises(PlanError) as caught:
        Plan("x", phases=[Phase("advance", gate="findins.open == 0")], indicators=[Indicator("c", target=">= 'x'")])
    first, second = caught.value.problems
    assert first.path == "phases.advance.gate.when" and "character 1 of 'findins.open == 0'" in first.message
    assert second.code == "CF403" and second.place is None


def test_gaps_are_no_faults() -> None:
    text = (
        "given: {mark: ~}\nphases: {a: {gate: ~}}\nindicators: {i: {target: {later: a}}, j: {target: '>= given.mark'}}"
    )
    assert check_expressions(Plan.from_text(HEAD + text)) == []
