"""Reading plans from text: every problem at once, each with its place; gaps, and how they are filled."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.errors import PlanError
from campaignflow.plan.model import Plan
from campaignflow.plan.problems import Problem

HEAD = "campaignflow: 1\nplan: p\n"


def problems_of(text: str, **fill: object) -> list[Problem]:
    with pytest.raises(PlanError) as caught:
        Plan.from_text(text, fill=fill or None)
    return list(caught.value.problems)


def codes(text: str) -> list[str]:
    return [problem.code for problem in problems_of(HEAD + text)]


def test_all_problems_are_reported_with_their_places() -> None:
    text = HEAD + "phases:\n  advance:\n    tittle: x\n    tasks: {a: {needs: [b]}, c: {weight: many}}\n    gate:\n"
    found = [(problem.code, str(problem.place)) for problem in problems_of(text)]
    assert found == [
        ("CF106", "<text>:5:5"),
        ("CF201", "<text>:6:25"),
        ("CF107", "<text>:6:42"),
        ("CF514", "<text>:7:10"),
    ]


def test_a_problem_prints_its_line_with_a_caret() -> None:
    (problem,) = problems_of(HEAD + "phases:\n  advanse: {kind: advanse}\n")
    assert problem.render().splitlines() == [
        "<text>:4:19: CF107 error: 'advanse' is none of mobilize, advance, evaluate, rectify, conclude, sustain",
        "  |   advanse: {kind: advanse}",
        "  |                   ^",
        "  = did you mean 'advance'?",
    ]
    assert problem.path == "phases.advanse.kind"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CF101"),
        ("- a", "CF107"),
        ("plan: p", "CF108"),
        ("campaignflow: 1", "CF108"),
        ("campaignflow: 2\nplan: p", "CF110"),
        ("campaignflow: 1\nplan: Spring Clean", "CF109"),
        ("campaignflow: 1\nplan: ~", "CF109"),
    ],
)
def test_the_header(text: str, code: str) -> None:
    assert code in [problem.code for problem in problems_of(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year:", ["CF514"]),
        ("year: x", ["CF107"]),
        ("year: 1066", ["CF112"]),
        ("phases: [a，b]", ["CF104"]),
        ("phases: advance", ["CF107"]),
        ("phases: [{a: {}, b: {}}]", ["CF107"]),
        ("phases: [a, a]", ["CF109"]),
        ("phases: {a: {id: b}}", ["CF106"]),
        ("phases: {x: {gate: {findings.open}}}", ["CF515", "CF107"]),
        ("phases: {x: {gate: true, on-fail: {at-most: 2}}}", ["CF108"]),
        ("tasks: {t: {evidence: photo}}", ["CF107"]),
        ("tasks: {t: {weight: .nan}}", ["CF112"]),
        ("tasks: {t: {for_each: site}}", ["CF106"]),
        ("tasks: {t: {checklist: {q: {weight: 1, requried: true}}}}", ["CF106"]),
        ("registers: {r: {lifecycle: {a: {go: {too: b}}}}}", ["CF106", "CF108"]),
        ("rules: {r: {event: task.overdue, do: {kind: x}}}", ["CF507"]),
        ("rules: {r: {event: task.overdue, do: {cite: owner, notify: owner}}}", ["CF108"]),
        ("rules: {r: {event: overdue, do: settle}}", ["CF107"]),
        ("indicators: {i: {measure: rate, value: '1'}}", ["CF108"]),
        ("scorecards: {s: {items: {a: {value: '1', items: [b]}}}}", ["CF108"]),
    ],
)
def test_problems_by_code(text: str, expected: list[str]) -> None:
    if expected:
        assert sorted(set(codes(text))) == sorted(set(expected))
    else:
        Plan.from_text(HEAD + text)


def test_text_is_text_and_flags_are_flags() -> None:
    plan = Plan.from_text(
        HEAD
        + "units: {a: {members: {head: NO, no: yes}, population: 010}}\n"
        + "registers: {unit: {fields: {population: number}}}"
    )
    unit = plan.units["a"]
    assert [member.name for member in unit.members.values()] == ["NO", "yes"]
    assert unit.fields == {"population": "010"}


GAPS = (
    HEAD
    + """
title: {en: A plan, zh: 计划}
given: {pass-mark: ~, fee: xxx}
units:
  group: {members: {head: ~, deputy: {name: ~, role: deputy}}}
tasks:
  known: {owners: [group]}
  owned: {owners: ~}
  whole: ~
  later: {owners: [group], weight: {later: advance}}
phases: {advance: {gate: "score('s') >= given.pass_mark"}}
scorecards: {s: {items: ~}}
"""
)


def test_gaps_are_listed_in_order_with_their_places() -> None:
    plan = Plan.from_text(GAPS)
    assert [(gap.path, gap.text, gap.place and gap.place.line) for gap in plan.unresolved] == [
        ("given.pass-mark", "~", 5),
        ("given.fee", "xxx", 5),
        ("units.group.members.head", "~", 7),
        ("units.group.members.deputy", "~", 7),
        ("tasks.owned.owners", "~", 10),
        ("tasks.whole", "~", 11),
        ("tasks.later.weight", "~", 12),
        ("scorecards.s.items", "~", 14),
    ]
    assert plan.unresolved[0].needed_by == "1 expression"
    assert plan.unresolved[6].later == "advance"
    gaps = [problem for problem in plan.problems if problem.severity == "gap"]
    assert [problem.path for problem in gaps] == [gap.path for gap in plan.unresolved if gap.later is None]


def test_a_fill_file_closes_gaps_of_every_form() -> None:
    fill = """
given.pass-mark: 80
given.fee: 200 CNY
units.group.members.head: 李
units.group.members.deputy: 王
tasks.owned.owners: [group]
tasks.whole: {owners: [group], weight: 2}
tasks.later.weight: 3
scorecards.s.items: [clean, {id: tidy, points: 10}]
"""
    plan = Plan.from_text(GAPS, fill)
    assert plan.unresolved == ()
    assert str(plan.given["pass-mark"].value) == "80"
    assert plan.units["group"].members["deputy"].name == "王"
    assert list(plan.scorecards["s"].items) == ["clean", "tidy"]
    again = Plan.from_text(GAPS).filled({"given.pass-mark": 80, "tasks.owned.owners": ["group"]})
    assert len(again.unresolved) == 6


def test_a_fill_file_may_name_gaps_only() -> None:
    with pytest.raises(PlanError) as caught:
        Plan.from_text(GAPS, "given.pass-mrk: 80\ntasks.known.owners: [group]\nunits: {}\ngiven.fee: [1]\n")
    errors = [problem for problem in caught.value.problems if problem.severity == "error"]
    found = {problem.path: problem for problem in errors}
    assert [problem.code for problem in errors] == ["CF803", "CF803", "CF803", "CF107"]
    assert found["given.pass-mrk"].hint == "did you mean 'given.pass-mark'?"
    assert str(found["given.pass-mrk"].place) == "<fill>:1:1"
    assert str(found["given.fee"].place) == "<fill>:4:12"


def test_values_can_be_changed_at_paths() -> None:
    plan = Plan.from_text(HEAD + "resources: {inspectors: 3}\ntasks: {t: {weight: 1}}")
    changed = plan.changed({"resources.inspectors": 5, "tasks.t.key": True, "phases": ["advance"]})
    assert str(changed.resources["inspectors"].capacity) == "5"
    assert changed.tasks["t"].key is True
    assert list(changed.phases) == ["advance"]
    with pytest.raises(PlanError, match="CF803"):
        plan.changed({"tasks.u.key": True})


def test_files_tables_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        HEAD + "units: [north]\nregisters: {shop: {fields: {unit: unit, area: number}, items: shops.csv}}", "utf-8"
    )
    (tmp_path / "shops.csv").write_text("id,unit,area\nbakery,north,30\ngrocer,north,\n", "utf-8")
    (tmp_path / "fill.yaml").write_text("registers.shop.keep: 1y", "utf-8")
    plan = Plan.load(tmp_path / "plan.yaml")
    assert {item.id: dict(item.fields) for item in plan.registers["shop"].items.values()} == {
        "bakery": {"area": "30", "unit": "north"},
        "grocer": {"unit": "north"},
    }
    with pytest.raises(PlanError, match=r"fill.yaml:1:1: CF803"):
        Plan.load(tmp_path / "plan.yaml", fill=tmp_path / "fill.yaml")
    (tmp_path / "shops.csv").write_text("id,unit\nbakery,north,30\nBAD,north\n", "utf-8")
    with pytest.raises(PlanError, match=r"(?s)shops.csv:2:1: CF116.*shops.csv:3:1: CF109"):
        Plan.load(tmp_path / "plan.yaml")
    (tmp_path / "plan.yaml").write_text(HEAD + "registers: {shop: {items: ../x.csv}, b: {items: y.csv}}", "utf-8")
    with pytest.raises(PlanError, match=r"(?s)CF111.*outside.*CF111.*No such file"):
        Plan.load(tmp_path / "plan.yaml")
    with pytest.raises(PlanError, match="CF111 error: the file cannot be read"):
        Plan.load(tmp_path / "none.yaml")


def test_an_element_that_cannot_be_read_makes_no_second_problem() -> None:
    assert codes("rules: {r: {do: settle}}\ntasks: {a: [1], b: {needs: [a]}}") == ["CF108", "CF107"]
    assert codes("units: [u]\ntasks: {a: {owners: u}}") == ["CF107"]


@given(st.text("aptshoe:{}[],-~ \n\"'1", max_size=80))
def test_hostile_text_gives_a_plan_or_placed_problems(text: str) -> None:
    try:
        Plan.from_text(HEAD + text)
    except PlanError as error:
        assert all(problem.place is not None for problem in error.problems)


def test_ten_thousand_tasks_cost_their_size() -> None:
    def seconds(count: int) -> float:
        lines = [
            f"  t{n}: {{title: Task {n}, owners: [a], needs: [t{n + 1}], evidence: [minutes]}}" for n in range(count)
        ]
        text = "\n".join([HEAD + "units: [a]\ntasks:", *lines, f"  t{count}: {{owners: [a]}}"])
        begun = time.perf_counter()
        assert len(Plan.from_text(text).tasks) == count + 1
        return time.perf_counter() - begun

    seconds(10)
    assert seconds(10_000) < max(30 * seconds(1_000), 3)
