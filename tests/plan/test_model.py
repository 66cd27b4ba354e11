"""The model from Python: one door, the same problems, immutable values."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import attrs
import pytest

import campaignflow.plan.model as cf
from campaignflow.errors import PlanError
from campaignflow.plan.values import Amount, Duration, Text, Unresolved


def spring_clean() -> cf.Plan:
    return cf.Plan(
        "spring-clean",
        phases=[
            cf.Phase("mobilize", tasks=[cf.Task("kick-off")]),
            cf.Phase("advance", tasks=[cf.Task("sweep", needs=["kick-off"])], gate="findings.open == 0"),
            cf.Phase("evaluate", gate="value('cleanliness') >= 85", on_fail=cf.back_to("advance")),
        ],
        indicators=[cf.Indicator("cleanliness")],
    )


def test_the_smallest_plan_is_what_it_says() -> None:
    plan = spring_clean()
    assert list(plan.phases) == ["mobilize", "advance", "evaluate"]
    assert [phase.kind for phase in plan.phases.values()] == ["mobilize", "advance", "evaluate"]
    assert plan.phases["advance"].tasks["sweep"].needs == (cf.Need("kick-off"),)
    gate = plan.phases["advance"].gate
    assert isinstance(gate, cf.Gate)
    assert gate.when == "findings.open == 0"
    assert plan.phases["evaluate"].on_fail == cf.OnFail(back_to="advance", at_most=3)
    assert plan.indicators["cleanliness"].measure == "number"
    assert plan.back_dating == Duration(3, "d")


def test_shorthands_are_the_long_forms() -> None:
    assert cf.Resource("crew", capacity=3) == cf.Plan("p", resources={"crew": 3}).resources["crew"]
    assert cf.Plan("p", resources={"leaflets": "5000 pc"}).resources["leaflets"].amount == Amount(5000, "pc")
    assert (
        cf.Phase("x", gate="true") == cf.Phase("x", gate=cf.Gate(when="true")) == cf.Phase("x", gate={"when": "true"})
    )
    assert cf.Unit("u", members=["head"]).members["head"] == cf.Member("head")
    assert cf.Unit("u", members={"head": "Li"}).members["head"] == cf.Member("head", name="Li", role="head")
    assert cf.Task("t", for_each="site").for_each == cf.Selection(register="site")
    assert cf.Task("t", for_each=["a", "b"]).for_each == cf.Selection(ids=["a", "b"])
    assert cf.Task("t", inspect={"of": "each"}).inspect == cf.Inspect(of=cf.Selection(register="each"))
    assert cf.Task("t", evidence=["photo"]) == cf.Task("t", evidence=[cf.Evidence("photo")])
    assert cf.Task("t", evidence={"photo": {"en": "Photo"}}).evidence["photo"].title == Text({"en": "Photo"})
    assert cf.Task("t", checklist={"sign": "牌子"}).checklist["sign"].title == Text("牌子")
    assert cf.FieldSpec("lamps", type="number") == cf.Register("r", fields={"lamps": "number"}).fields["lamps"]
    assert cf.Scorecard("s", grades={"A": 90, "B": ">= 75"}).grades["A"].at_least == Decimal(90)
    assert cf.Scorecard("s", grades={"A": 90, "B": ">= 75"}).grades["B"].test == ">= 75"
    assert cf.Unit("u", source="1/2") == cf.Unit("u", source=["1/2"])


def test_states_gather_their_triggers() -> None:
    state = cf.State(
        "new", triggers={"accept": "taken", "refuse": [{"to": "gone", "when": "true"}, "back"]}, within="8h"
    )
    assert state.triggers["accept"] == (cf.Trigger(to="taken"),)
    assert [move.to for move in state.triggers["refuse"]] == ["gone", "back"]
    assert cf.Register("r", lifecycle={"new": {"accept": "taken", "within": "8h"}}).lifecycle["new"].within == Duration(
        8, "h"
    )


def test_commands_of_rules() -> None:
    rule = cf.Rule("late", event="task.overdue", do=cf.do("cite", "owner", kind="criticism", reply_within="5d"))
    same = cf.Rule("late", event=["task.overdue"], do=[{"cite": "owner", "reply-within": "5d", "kind": "criticism"}])
    assert rule == same
    assert cf.Rule("r", event="score.taken teams", do="publish teams").do == (cf.Do("publish", "teams"),)
    assert cf.do("site.add", "new", unit="=item.unit").fields["unit"] == "=item.unit"
    assert cf.do("settle").item == ""
    with pytest.raises(PlanError, match=r"CF507.*did you mean 'cite'"):
        cf.do("citee", "owner")


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ("a", cf.Need("a", "FS", Duration(0, "d"))),
        ("a SS", cf.Need("a", "SS")),
        ("a FS+3d", cf.Need("a", "FS", Duration(3, "d"))),
        ("a FF-1d", cf.Need("a", "FF", Duration(-1, "d"))),
        ("part/a SF + 2h", cf.Need("part/a", "SF", Duration(2, "h"))),
    ],
)
def test_needs(needs: str, expected: cf.Need) -> None:
    task = cf.Task("t", needs=[needs])
    assert task.needs == (expected,)
    assert cf.Task("t", needs=[str(expected)]) == task


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: cf.Task("Kick Off"), "CF109.*kick-off"),
        (lambda: cf.Task("y" * 65), "CF109"),
        (lambda: cf.Task("t", needs="kick-off"), r"CF107.*write \[kick-off\]"),
        (lambda: cf.Task("t", weight=float("nan")), "CF112"),
        (lambda: cf.Task("t", weight=-1), "CF112"),
        (lambda: cf.Task("t", key="yes"), "CF107.*write true"),
        (lambda: cf.Task("t", duration=object()), "CF107"),
        (lambda: cf.Task("t", needs=["a b c"]), "CF107"),
        (lambda: cf.Phase("x", kind="advanse"), "CF107.*did you mean 'advance'"),
        (lambda: cf.Phase("x", gate={"wen": "true"}), "CF106.*did you mean 'when'"),
        (lambda: cf.Indicator("i", measure="rate", value="1"), "CF108"),
        (lambda: cf.Indicator("i", k="1"), "CF108"),
        (lambda: cf.Rule("r", do="settle"), "CF108"),
        (
            lambda: cf.Rule("r", event="task.overdue", every=None, at=None, after="1d", before="1d", do="settle"),
            "CF108",
        ),
        (lambda: cf.Resource("r"), "CF108"),
        (lambda: cf.Resource("r", capacity=1, amount="2 pc"), "CF108"),
        (lambda: cf.Plan("p", timezone="Europe/Pari"), "did you mean 'Europe/Paris'"),
        (lambda: cf.Plan("p", phases=[cf.Phase("a"), cf.Phase("a")]), "CF109"),
        (lambda: cf.Plan("p", tasks=[cf.Phase("a")]), "CF107"),
        (lambda: cf.Plan("p", tasks=[cf.Task("t", needs=["u"])]), "CF201"),
        (lambda: cf.do("cite", "owner", text=object()), "CF107"),
    ],
)
def test_what_the_door_refuses(build: object, code: str) -> None:
    assert callable(build)
    with pytest.raises(PlanError, match=code):
        build()


def test_a_required_key_is_a_missing_argument() -> None:
    with pytest.raises(TypeError):
        cf.Rule("r", event="task.overdue")  # type: ignore[call-arg]
    with pytest.raises(PlanError, match=r"CF108.*back-to"):
        cf.Phase("x", gate="true", on_fail={"at_most": 2})


def test_floats_are_what_they_look_like() -> None:
    assert cf.Task("t", weight=0.1).weight == Decimal("0.1")


def test_gaps_stand_anywhere() -> None:
    assert cf.Plan("p", year=Unresolved()).unresolved[0].path == "year"
    plan = cf.Plan(
        "p",
        given={"limit": None},
        units={"a": {"members": {"head": None}}},
        phases={"advance": {"tasks": {"first": None, "second": {"owners": ["a"], "weight": Unresolved("xxx")}}}},
    )
    assert [gap.path for gap in plan.unresolved] == [
        "given.limit",
        "units.a.members.head",
        "phases.advance.tasks.first",
        "phases.advance.tasks.second.weight",
    ]
    assert plan.phases["advance"].tasks["first"].gap == Unresolved()
    assert [problem.severity for problem in plan.problems if problem.code == "CF801"] == ["gap"] * 4
    assert cf.Plan("p", year=None).unresolved == ()


def test_values_are_immutable_and_come_back_from_pickle() -> None:
    plan = spring_clean()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        plan.year = 2026  # type: ignore[misc]
    with pytest.raises(TypeError, match="immutable"):
        plan.phases["x"] = cf.Phase("x")
    assert copy.deepcopy(plan) == plan == pickle.loads(pickle.dumps(plan))
    assert hash(plan) == hash(spring_clean())
    assert attrs.evolve(plan, schedule="backward").phases is plan.phases


def test_what_is_read_but_not_run_is_named() -> None:
    plan = cf.Plan(
        "p",
        units=["a"],
        schedule="backward",
        tasks=[cf.Task("t", owners=["a"], inspect={"of": "unit", "sample": 20})],
        rules={"r": {"event": "task.overdue", "do": "case.merge one"}},
    )
    assert plan.not_run() == (
        ("schedule", "schedule: backward"),
        ("tasks.t.inspect.sample", "sample"),
        ("rules.r.do", "command case.merge"),
    )
    assert spring_clean().not_run() == ()
