"""References, circles and what else a plan's model shows by itself."""

from __future__ import annotations

import pytest

from campaignflow.errors import PlanError
from campaignflow.plan.checks_times import windows_of
from campaignflow.plan.model import Plan
from campaignflow.plan.problems import Problem

HEAD = "campaignflow: 1\nplan: p\nunits: {office: {members: {head: Li}}, north: {reports-to: office}}\n"


def found(text: str) -> list[Problem]:
    """Errors, or the warnings of a plan that has none."""
    try:
        return list(Plan.from_text(HEAD + text).problems)
    except PlanError as error:
        return list(error.problems)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tasks: {t: {owners: [nroth]}}", "north"),
        ("tasks: {t: {owners: [office/haed]}}", "head"),
        ("tasks: {t: {owners: [north], verify: ofice}}", "office"),
        ("tasks: {kick-off: {owners: [north]}, t: {owners: [north], needs: [kickoff]}}", "kick-off"),
        ("phases: {advance: {}, evaluate: {gate: 'true', on-fail: {back-to: advence}}}", "advance"),
        ("phases: {advance: {}, evaluate: {gate: 'true', on-fail: {back-to: advance, then: evalute}}}", "evaluate"),
        ("phases: {advance: {by: offise}}", "office"),
        ("tasks: {t: {owners: [north], for-each: {register: shp}}}\nregisters: {shop: {}}", "shop"),
        ("registers: {shop: {fields: {unit: untt}}}", "unit"),
        ("registers: {shop: {fields: {street: text}, repeats-by: [stret]}}", "street"),
        ("registers: {shop: {lifecycle: {open: {shut: closed}}, starts-in: [clsed]}}", "closed"),
        ("indicators: {waste: {}}\nscorecards: {s: {items: {a: {indicator: wast}}}}", "waste"),
        ("indicators: {waste: {owner: nort}}", "north"),
        ("resources: {crew: 2}\ntasks: {t: {owners: [north], uses: {crw: 1}}}", "crew"),
        ("tasks: {plan-it: {owners: [north]}, t: {owners: [north], evidence: {d: {of: planit}}}}", "plan-it"),
        (
            "rules: {r: {event: task.overdue swep, do: settle}}\ntasks: {sweep: {owners: [north]}}",
            "sweep",
        ),
        ("rules: {r: {event: task.overdue, do: {cite: ofice, kind: praise}}}", "office"),
        ("tasks: {t: {owners: [north], weight: {later: advence}}}\nphases: [advance]", "advance"),
    ],
)
def test_a_name_that_names_nothing_gets_the_nearest(text: str, hint: str) -> None:
    (problem,) = [problem for problem in found(text) if problem.severity == "error"]
    assert (problem.code, problem.hint) == ("CF201", f"did you mean {hint!r}?")
    assert problem.place is not None
    assert problem.place.line > 3


@pytest.mark.parametrize(
    "text",
    [
        "tasks: {t: {owners: [office/head]}, u: {owners: [north], verify: none}, v: {owners: [north], verify: parent}}",
        "phases: {a: {owners: [north], tasks: [t]}}",
        "tasks: {g: {owners: [north], tasks: {a: {}, b: {needs: [a]}}}, t: {owners: [north], needs: [g]}}",
        "registers: {shop: {fields: {unit: unit, boss: member}, lifecycle: {open: {shut: {to: closed, by: boss}}}}}",
        "tasks: {t: {for-each: {register: shop}}}\nregisters: {shop: {}}",
        "rules: {r: {every: ~, do: {cite: office, kind: praise}}}",
        "tasks: {t: {owners: [north]}, u: {owners: [north], needs: ['t SS', 't FF']}}",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert [problem.code for problem in found(text) if problem.severity == "error"] == []


def test_units_that_report_in_a_circle_are_all_named() -> None:
    units = "{a: {reports-to: b}, b: {reports-to: c}, c: {reports-to: a}, d: {reports-to: a}}"
    with pytest.raises(PlanError, match="CF203 error: units report in a circle: a → b → c → a"):
        Plan.from_text(f"campaignflow: 1\nplan: p\nunits: {units}")


@pytest.mark.parametrize(
    ("tasks", "named"),
    [
        ("{a: {needs: [b]}, b: {needs: [c]}, c: {needs: [a]}}", {"a", "b", "c"}),
        ("{a: {needs: [a]}}", {"a"}),
        ("{g: {tasks: {a: {needs: [g]}}}}", {"g", "a"}),
        ("{g: {needs: [t], tasks: [a]}, t: {needs: [a]}}", {"t", "a"}),
        ("{a: {needs: [b SS]}, b: {needs: [a SS]}}", {"a", "b"}),
    ],
)
def test_needs_in_a_circle_are_all_named(tasks: str, named: set[str]) -> None:
    with pytest.raises(PlanError) as caught:
        Plan.from_text(f"campaignflow: 1\nplan: p\ntasks: {tasks}")
    (problem,) = caught.value.problems
    assert problem.code == "CF204"
    words = problem.message.partition(": ")[2].split(" needs ")
    assert set(words) == named
    assert words[0] == words[-1]


def test_a_long_chain_is_no_circle_and_no_recursion() -> None:
    tasks = ", ".join(f"t{n}: {{needs: [t{n + 1}]}}" for n in range(3_000))
    Plan.from_text(f"campaignflow: 1\nplan: p\ntasks: {{{tasks}, t3000: {{}}}}")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("tasks: {t: {}}", "CF205", "4:9"),
        ("tasks: {g: {tasks: [t]}}", "CF205", "4:21"),
        ("tasks: {t: {owners: [north], in-person: true}}", "CF210", "4:41"),
        ("phases: {a: {tasks: {t: {owners: [north]}}}, b: {tasks: {t: {owners: [north]}}}}", "CF109", "4:58"),
        ("phases: {a: {gate: 'true', on-fail: {back-to: b}}, b: {}}", "CF503", "4:47"),
    ],
)
def test_what_is_missing_or_cannot_be(text: str, code: str, place: str) -> None:
    (problem,) = [problem for problem in found(text) if problem.severity == "error"]
    assert (problem.code, str(problem.place)) == (code, f"<text>:{place}")


def test_without_units_nobody_needs_an_owner() -> None:
    assert Plan.from_text("campaignflow: 1\nplan: p\ntasks: [t]").problems == ()


def test_warnings_do_not_stop_a_plan() -> None:
    text = (
        "given: {used: 1, idle: 2}\ntasks: {t: {title: {en: T, zh: 任}, owners: [north], when: given.used > 0}}\n"
        "phases: {a: {title: {en: A}}}"
    )
    assert [(problem.code, problem.path) for problem in found(text)] == [
        ("CF209", "given.idle"),
        ("CF115", "phases.a.title"),
    ]


def test_party_words_need_an_item() -> None:
    text = "rules: {r: {every: ~, do: {cite: owner, kind: praise}}}"
    assert [problem.code for problem in found(text) if problem.severity == "error"] == ["CF207"]


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("registers: {shop: {fields: {area: number}, items: {a: {aera: 3}}}}", "CF106", "did you mean 'area'?"),
        (
            "registers: {shop: {fields: {area: number}, items: {a: {area: big}}}}",
            "CF107",
            "3, 0.8, 80%, 2.5万, 20亿 or 20e8",
        ),
        ("registers: {shop: {fields: {unit: unit}, items: {a: {unit: nort}}}}", "CF107", "did you mean 'north'?"),
        ("registers: {shop: {fields: {size: {one-of: [s, l]}}, items: {a: {size: xl}}}}", "CF107", "did you mean 'l'?"),
        ("registers: {shop: {fields: {size: {required: true}}, items: {a: {}}}}", "CF108", None),
        ("registers: {shop: {fields: {nth: number}}}", "CF409", "choose another name"),
        ("registers: {shop: {lifecycle: {overdue: {}}}}", "CF109", "choose another name"),
        ("registers: {shop: {lifecycle: {a: {extend: b}}}}", "CF109", "choose another name"),
    ],
)
def test_fields_states_and_triggers(text: str, code: str, hint: str | None) -> None:
    (problem,) = [problem for problem in found(text) if problem.severity == "error"]
    assert (problem.code, problem.hint) == (code, hint)


def test_a_misspelt_key_of_a_unit_is_no_field() -> None:
    with pytest.raises(PlanError, match=r"CF106.*did you mean 'reports-to'"):
        Plan.from_text("campaignflow: 1\nplan: p\nunits: {a: {}, b: {report-to: a}}")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("phases: {a: {window: 2026-04-20/2026-04-02}}", "CF302", "4:22"),
        ("phases: {a: {window: 2026-05-01/2026-05-20}, b: {window: 2026-04-01/2026-04-20}}", "CF303", "4:58"),
        (
            "phases: {a: {window: 2026-04-01/2026-04-20, tasks: {t: {owners: [north], window: 4月19日—4月21日}}}}",
            "CF303",
            "4:82",
        ),
        ("phases: {a: {window: 2026-04-01/2026-04-20, phases: {b: {window: 2026-05-01}}}}", "CF303", "4:66"),
        ("dates: {a: b + 1d, b: c.end, c: a - 2w}", "CF311", "4:12"),
        ("tasks: {t: {owners: [north], within: 30d}}", "CF306", "4:38"),
        ("dates: {a: 2026-04-01}\nphases: {p: {window: b/a}}", "CF201", "5:22"),
        ("phases: {p: {window: accepted/q.entered}}", "CF201", "4:22"),
        ("phases: {p: {window: 2026-04-31}}", "CF301", "4:22"),
    ],
)
def test_windows(text: str, code: str, place: str) -> None:
    problems = {problem.code: problem for problem in found(text)}
    assert str(problems[code].place) == f"<text>:{place}"


def test_a_year_in_the_window_around_is_the_year_inside() -> None:
    inside = "phases: {a: {window: 2026-03-01/2026-06-30, tasks: {t: {owners: [north], window: 4月1日—4月7日}}}}"
    plan = Plan.from_text(HEAD + inside)
    assert [problem.code for problem in plan.problems] == []
    assert [str(window.end) for window in windows_of(plan)] == [
        "2026-07-01 00:00:00+00:00",
        "2026-04-08 00:00:00+00:00",
    ]


def test_a_year_that_is_missing_is_one_gap() -> None:
    text = (
        HEAD
        + "phases: {a: {window: 4月1日—4月7日}, "
        + "b: {window: 4月8日/accepted, tasks: {t: {owners: [north], window: 9月底}}}}"
    )
    plan = Plan.from_text(text)
    assert [(gap.path, gap.needed_by) for gap in plan.unresolved] == [("year", "3 windows")]
    assert Plan.from_text(text, fill={"year": 2026}).unresolved == ()
    spoken = Plan.from_text(HEAD + "phases: {a: {window: 20xx年9月底}}")
    assert [(gap.path, gap.text) for gap in spoken.unresolved] == [("phases.a.window", "20xx年9月底")]
