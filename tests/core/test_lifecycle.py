"""Lifecycles as values: legality and its words, ends, reach, diagrams, and the built-in ones."""

from __future__ import annotations

from decimal import Decimal

import pytest

from campaignflow.core.builtin import BUILTIN, RESUMABLE, TASK_ENDS
from campaignflow.core.lifecycle import (
    ENGINE,
    OR_ELSE,
    LifeClock,
    Lifecycle,
    LifeState,
    Trigger,
    build,
    lifecycle_of,
    listed,
)
from campaignflow.plan.model_registers import Register
from campaignflow.plan.values import Duration

VOLUNTEER = build(
    "volunteer",
    {
        "applied": {"approve": "active", "reject": "rejected"},
        "active": {"rest": "resting", "leave": "left"},
        "resting": LifeState("resting", {"return": (Trigger("return", "resting", "active"),)}, or_else="left"),
    },
)


def legal(register: str) -> dict[str, dict[str, set[str]]]:
    """State → trigger → targets."""
    life = BUILTIN[register]
    return {
        state: {name: {move.target for move in life.candidates(state, name)} for name in life.triggers}
        for state in life.states
    }


def test_states_that_are_only_targets_are_added_as_ends() -> None:
    assert list(VOLUNTEER.states) == ["applied", "active", "resting", "rejected", "left"]
    assert VOLUNTEER.ends == {"rejected", "left"}
    assert VOLUNTEER.initial == "applied"
    assert VOLUNTEER.starts_in == ("applied",)


def test_a_marked_end_can_be_left_again() -> None:
    life = build("fault", {"open": {"repair": "repaired"}, "repaired": {"reopen": "open"}}, ends=["repaired"])
    assert life.ends == {"repaired"}
    assert life.illegal("repaired", "reopen") is None


def test_a_time_limit_is_a_move_of_the_engine() -> None:
    limit = VOLUNTEER.candidates("resting", OR_ELSE)
    assert [(move.target, move.by) for move in limit] == [("left", ENGINE)]
    assert VOLUNTEER.illegal("resting", OR_ELSE, by_engine=True) is None
    assert "from the engine" in str(VOLUNTEER.illegal("resting", OR_ELSE))
    assert OR_ELSE not in VOLUNTEER.triggers


def test_a_clock_leads_out_of_every_state_it_runs_in() -> None:
    clock = LifeClock("repair", ("new", "held"), or_else="lost")
    life = build("case", {"new": {"take": "held"}, "held": {}}, clocks=[clock])
    assert [move.target for move in life.moves("new")] == ["held", "lost"]
    assert [move.target for move in life.moves("held")] == ["lost"]
    assert life.ends == {"lost"}
    assert life.reachable() == {"new", "held", "lost"}


@pytest.mark.parametrize(
    ("state", "trigger", "words"),
    [
        ("applied", "approve", None),
        ("applied", "leave", "a volunteer that is applied has no 'leave': possible from here are approve, reject"),
        ("active", "rset", "possible from here are rest, leave (did you mean 'rest'?)"),
        ("resting", "leave", "possible from here is return"),
        ("left", "rest", "nothing leads out of it"),
        ("lft", "rest", "there is no state 'lft'; there is applied, active, resting, rejected, left"),
    ],
)
def test_what_is_illegal_says_what_would_be_possible(state: str, trigger: str, words: str | None) -> None:
    found = VOLUNTEER.illegal(state, trigger)
    assert found is None if words is None else words in str(found)


def test_reach_starts_where_items_may_start() -> None:
    life = build("notice", {"reminder": {"up": "warning"}, "warning": {}, "final": {"drop": "dropped"}})
    assert life.reachable() == {"reminder", "warning"}
    direct = build("notice", {"reminder": {}, "final": {"drop": "dropped"}}, starts_in=["reminder", "final"])
    assert direct.reachable() == {"reminder", "final", "dropped"}


def test_a_register_without_a_lifecycle_lists_items_that_never_end() -> None:
    life = listed("shop")
    assert life.stateless
    assert life.initial == "listed"
    assert life.ends == frozenset()


def test_the_diagram_shows_starts_moves_guards_and_ends() -> None:
    guarded = Trigger("close", "open", "shut", when='count(a, "x") > 0')
    text = build("door", {"open": {"close": guarded}}).diagram()
    assert text.splitlines() == [
        "stateDiagram-v2",
        '    state "open" as s0',
        '    state "shut" as s1',
        "    [*] --> s0",
        "    s0 --> s1: close [count(a, #34;x#34;) #62; 0]",
        "    s1 --> [*]",
    ]


def test_a_task_goes_from_planned_to_verified() -> None:
    table = legal("task")
    assert table["planned"]["ready"] == {"ready"}
    assert table["ready"]["start"] == {"in_progress"}
    assert table["ready"]["submit"] == table["in_progress"]["submit"] == {"submitted"}
    assert table["submitted"]["verify"] == {"verified"}
    assert table["submitted"]["return"] == {"returned"}
    assert table["returned"]["start"] == {"in_progress"}
    assert not table["returned"]["submit"]
    assert not table["planned"]["start"]
    assert BUILTIN["task"].ends == {"verified", "waived", "cancelled", "carried"}


def test_only_the_engine_makes_a_task_ready_or_takes_it_up_again() -> None:
    made = {move.name for state in BUILTIN["task"].states for move in BUILTIN["task"].moves(state) if move.by == ENGINE}
    assert made == {"ready", "redo"}
    assert "from the engine" in str(BUILTIN["task"].illegal("planned", "ready"))
    assert BUILTIN["task"].illegal("planned", "ready", by_engine=True) is None


def test_a_blocked_task_may_go_back_to_whatever_it_was() -> None:
    table = legal("task")
    assert {state for state in table if table[state]["block"]} == set(RESUMABLE)
    assert table["blocked"]["unblock"] == set(RESUMABLE)


@pytest.mark.parametrize("trigger", TASK_ENDS)
def test_a_task_that_has_not_ended_can_be_given_up(trigger: str) -> None:
    life, table = BUILTIN["task"], legal("task")
    assert {state for state in table if table[state][trigger]} == set(life.states) - life.ends


def test_the_other_built_in_registers() -> None:
    finding = legal("finding")
    assert finding["open"]["correct"] == finding["correcting"]["correct"] == {"corrected"}
    assert finding["corrected"]["close"] == {"closed"}
    assert finding["corrected"]["reopen"] == {"open"}
    assert BUILTIN["citation"].ends == {"closed", "withdrawn"}
    assert BUILTIN["inspection"].ends == {"passed", "failed"} == set(BUILTIN["inspection"].starts_in)
    assert BUILTIN["measurement"].reachable() == {"taken", "disputed", "upheld"}
    assert [BUILTIN[each].initial for each in ("score", "document", "unit")] == ["taken", "filed", "listed"]


@pytest.mark.parametrize("life", BUILTIN.values(), ids=BUILTIN.keys())
def test_every_built_in_state_can_be_reached_and_every_open_one_left(life: Lifecycle) -> None:
    assert life.reachable() == set(life.states)
    assert all(life.moves(state) or state in life.ends or life.stateless for state in life.states)


# ------------------------------------------------------------------------------------------------- what a plan declares
def test_a_plan_s_register_becomes_a_lifecycle() -> None:
    fault = Register(
        "fault",
        starts_in=["reported", "safe"],
        lifecycle={
            "reported": {"accept": "accepted", "reject": {"to": "rejected", "by": "desk"}, "within": "8h"},
            "accepted": {
                "order": {"to": "waiting", "needs": ["part"], "in_person": True},
                "repair": [{"to": "repaired", "when": "part != null"}, "safe"],
                "within": "2d",
                "or_else": "lost",
            },
            "safe": {},
            "repaired": {"end": True, "reopen": "accepted"},
        },
        clocks={"repair": {"runs_in": ["accepted", "safe"], "within": "6d", "or_else": "lost"}},
    )
    life = lifecycle_of(fault)
    assert list(life.states) == ["reported", "accepted", "safe", "repaired", "rejected", "waiting", "lost"]
    assert life.starts_in == ("reported", "safe")
    assert life.ends == {"rejected", "waiting", "lost", "repaired"}
    assert life.states["reported"].within == Duration(Decimal(8), "h")
    assert life.candidates("reported", "reject") == (Trigger("reject", "reported", "rejected", by="desk"),)
    assert life.candidates("accepted", "order")[0].needs == ("part",)
    assert life.candidates("accepted", "order")[0].in_person
    assert [(move.target, move.when) for move in life.candidates("accepted", "repair")] == [
        ("repaired", "part != null"),
        ("safe", None),
    ]
    assert [move.target for move in life.candidates("safe", OR_ELSE)] == ["lost"]


def test_a_register_without_states_is_listed() -> None:
    assert lifecycle_of(Register("shop")) == listed("shop")
