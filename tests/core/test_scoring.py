"""Scores and their working: every key once, then the laws."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.core.freeze import freeze
from campaignflow.core.measures import Measured, number, rate
from campaignflow.core.messages import ScoreItem, ScoringMethod
from campaignflow.core.ranking import Rank, rank
from campaignflow.core.scoring import Scored, score_card
from campaignflow.core.working import Step, Working
from campaignflow.errors import PluginError
from campaignflow.plan.expressions.values import Unknown
from campaignflow.plan.model_scores import Adjustment, Scorecard, ScoreNode, Veto
from campaignflow.plan.values import Unresolved

D = Decimal
OPERATORS = {
    ">=": lambda value, bound: value >= bound,
    "<=": lambda value, bound: value <= bound,
    "==": lambda value, bound: value == bound,
}


@frozen
class Table:
    """A reader that answers from tables; what is not in them is unknown."""

    indicators: Mapping[str, Measured] = field(factory=dict)
    numbers: Mapping[str, Decimal] = field(factory=dict)
    flags: Mapping[str, bool] = field(factory=dict)
    marks: Mapping[str, Decimal] = field(factory=dict)

    def indicator(self, indicator: str, of: str | None) -> Measured | Unknown:
        return self.indicators.get(indicator, Unknown.of(f"value('{indicator}')"))

    def number(self, expression: str, of: str | None, period: str | None) -> Decimal | Unknown:
        if expression.isdigit():
            return D(expression)
        return self.numbers.get(expression, Unknown.of(expression))

    def flag(self, expression: str, of: str | None, period: str | None) -> bool | Unknown:
        return self.flags.get(expression, Unknown.of(expression))

    def mark(self, scorecard: str, node: str, of: str | None, period: str | None) -> Decimal | None:
        return self.marks.get(node)

    def holds(self, test: str, value: Decimal, of: str | None, period: str | None) -> bool | Unknown:
        operator, bound = test.split()
        if bound == "given.limit":
            return Unknown.of("given.limit")
        percent = bound.endswith("%")
        return OPERATORS[operator](value, D(bound.rstrip("%")) / (100 if percent else 1))


def no_methods(_: str) -> None:
    return None


def card(*items: ScoreNode, **keys: Any) -> Scorecard:
    return Scorecard("card", items=items, **keys)


def leaf(name: str, **keys: Any) -> ScoreNode:
    return ScoreNode(name, by="root", **keys)


def marked(tree: Scorecard, **marks: str | int) -> Scored:
    return score_card(tree, Table(marks={name: D(points) for name, points in marks.items()}), no_methods)


def read(tree: Scorecard, **tables: Any) -> Scored:
    return score_card(tree, Table(**tables), no_methods)


def node(scored: Scored, item: str) -> Working:
    found = scored.working.find(item)
    assert found is not None
    return found


# --------------------------------------------------------------------------------------------------------------- leaves
def test_a_rate_counts_a_hundredfold_and_a_number_as_it_is() -> None:
    tree = card(ScoreNode("awareness", indicator="awareness"), ScoreNode("noise", indicator="noise"), method="sum")
    scored = read(tree, indicators={"awareness": rate(412, 500), "noise": number(D("3.5"))})
    assert scored.value == D("85.9")
    assert node(scored, "awareness").reason == "awareness: 412 of 500"
    assert (node(scored, "awareness").raw, node(scored, "awareness").value) == (D("0.824"), D("82.4"))


def test_bands_turn_what_was_read_into_points_and_the_first_that_holds_counts() -> None:
    bands = {">= 90%": 10, ">= 80%": 6, "else": 0}
    tree = card(ScoreNode("awareness", indicator="awareness", bands=bands), method="sum")
    assert [
        read(tree, indicators={"awareness": rate(k, 100)}).value for k in (95, 90, 80, 79)
    ] == [10, 10, 6, 0]  # fmt: skip


def test_a_value_that_no_band_holds_for_is_missing_not_zero() -> None:
    tree = card(ScoreNode("x", value="count", bands={">= 5": 10}))
    assert read(tree, numbers={"count": D(3)}).pending == ("x: no band holds for 3",)


def test_a_band_that_waits_makes_the_item_wait() -> None:
    tree = card(ScoreNode("x", value="count", bands={">= given.limit": 10, "else": 0}))
    assert read(tree, numbers={"count": D(3)}).pending == ("x: >= given.limit is unknown (given.limit)",)


def test_an_assessor_marks_what_has_neither_indicator_nor_value() -> None:
    tree = card(ScoreNode("group", items=[leaf("welcome", points=40)]), method="sum")
    assert score_card(tree, Table(marks={"group/welcome": D(30)}), no_methods).value == 30
    assert marked(tree).pending == ("group/welcome: nobody has marked it yet",)


def test_a_leaf_with_deductions_and_no_value_starts_at_full_marks() -> None:
    less = {
        "warnings": {"per": "warnings", "price": 4, "free": 1, "at_most": 12},
        "again": {"per": "again", "price": 6},
    }
    tree = card(ScoreNode("discipline", points=30, less=less), method="sum")
    scored = read(tree, numbers={"warnings": D(3), "again": D(2)})
    assert scored.value == 10
    assert node(scored, "discipline").steps == (
        Step("less", "warnings", D(-8), "3 counted, 1 free, 4 each"),
        Step("less", "again", D(-12), "2 counted, 6 each"),
    )
    assert read(tree, numbers={"warnings": D(9), "again": D(0)}).value == 18  # at most 12
    assert read(tree, numbers={"warnings": D(0), "again": D(0)}).value == 30  # fewer than free count as none


def test_a_marked_leaf_with_deductions_waits_for_its_mark() -> None:
    tree = card(leaf("x", points=30, less={"late": {"per": "late", "price": 1}}))
    assert read(tree, numbers={"late": D(2)}).pending == ("x: nobody has marked it yet",)
    assert read(tree, numbers={"late": D(2)}, marks={"x": D(20)}).value == 18


def test_a_deduction_that_is_unknown_makes_the_item_missing() -> None:
    tree = card(ScoreNode("x", less={"late": {"per": "late", "price": 1, "free": "given.free"}}))
    assert read(tree).pending == ("x: less late: late is unknown (late)",)
    assert read(tree, numbers={"late": D(2)}).pending == ("x: less late: given.free is unknown (given.free)",)
    assert read(tree, numbers={"late": D(2), "given.free": D(1)}).value == 99


def test_full_marks_cut_below_and_above_before_the_bonus() -> None:
    plus = {"praise": {"per": "praise", "price": 5}}
    tree = card(leaf("x", points=10, plus=plus), method="sum")
    assert read(tree, marks={"x": D(12)}, numbers={"praise": D(1)}).value == 15
    assert read(tree, marks={"x": D(-3)}, numbers={"praise": D(0)}).value == 0
    kinds = [step.kind for step in node(read(tree, marks={"x": D(12)}, numbers={"praise": D(1)}), "x").steps]
    assert kinds == ["cut", "plus"]


def test_the_root_takes_deductions_full_marks_and_bonuses_too() -> None:
    tree = card(leaf("a"), leaf("b"), method="sum", points=100, less={"late": {"per": "1", "price": 10}},
                plus={"praise": {"per": "2", "price": 3}})  # fmt: skip
    assert marked(tree, a=60, b=30).value == 86
    assert marked(tree, a=90, b=90).value == 106


# -------------------------------------------------------------------------------------------------- what has no value
def test_what_is_missing_holds_the_score_up_unless_the_plan_says_otherwise() -> None:
    items = (leaf("a", weight=1), leaf("b", weight=3))
    waiting = marked(card(*items), a=80)
    assert (waiting.value, waiting.grade, waiting.pending) == (None, None, ("b: nobody has marked it yet",))
    assert waiting.working.status == "pending"
    zero = marked(card(*items, missing="zero"), a=80)
    assert zero.value == 20
    assert node(zero, "b").reason == "counted as zero: nobody has marked it yet"
    left = marked(card(*items, missing="leave-out"), a=80)
    assert left.value == 80
    assert (node(left, "b").status, node(left, "b").contribution) == ("left-out", None)


def test_a_score_of_nothing_has_no_value() -> None:
    assert marked(card(leaf("a"), missing="leave-out")).pending == ("card: none of its parts has a value",)
    assert read(card(leaf("a", na_when="closed")), flags={"closed": True}).pending == (
        "card: none of its parts applies",
    )


def test_what_is_disputed_has_no_value_until_it_is_upheld() -> None:
    tree = card(ScoreNode("x", indicator="noise"))
    assert read(tree, indicators={"noise": Measured(D(3), disputed=True)}).pending == (
        "x: indicator noise is disputed",
    )


def test_a_node_leaves_the_tree_or_counts_nothing() -> None:
    tree = card(leaf("a", weight=3), leaf("b", na_when="closed", zero_when="fraud"))
    marks = {"a": D(80), "b": D(40)}
    assert read(tree, marks=marks, flags={"closed": False, "fraud": False}).value == 70
    assert read(tree, marks=marks, flags={"closed": True}).value == 80
    nothing = read(tree, marks=marks, flags={"closed": False, "fraud": True})
    assert nothing.value == 60
    assert (node(nothing, "b").status, node(nothing, "b").reason) == ("zero", "fraud")
    assert read(tree, marks=marks, flags={"closed": False}).pending == ("b: fraud is unknown (fraud)",)


def test_a_number_to_be_ratified_later_is_missing() -> None:
    gap = Unresolved(later="evaluate")
    assert marked(card(leaf("a", weight=gap)), a=1).pending == ("a: its weight is not known yet",)
    assert marked(card(leaf("a", points=gap)), a=1).pending == ("a: its full marks are not known yet",)
    assert marked(card(leaf("a"), grades={"A": {"at_least": gap}}), a=1).pending == (
        "card: grade A: where it begins is not known yet",
    )


def test_a_number_too_large_to_score_is_missing() -> None:
    assert marked(card(leaf("a")), a="1E+99").pending == ("a: the number is too large to score",)


# -------------------------------------------------------------------------------------------------------------- methods
def test_lowest_is_only_as_good_as_the_worst() -> None:
    scored = marked(card(leaf("a"), leaf("b"), leaf("c"), method="lowest"), a=90, b=40, c=70)
    assert scored.value == 40
    assert [part.contribution for part in scored.working.parts] == [None, 40, None]


def test_a_plugin_s_method_sees_values_weights_and_points() -> None:
    seen: list[tuple[ScoreItem, ...]] = []

    def middle(items: tuple[ScoreItem, ...]) -> Decimal:
        seen.append(items)
        return sorted(item.value for item in items)[len(items) // 2]

    tree = card(leaf("a", points=50), leaf("b", weight=2), leaf("c", na_when="gone"), method="middle")
    table = Table(marks={"a": D(40), "b": D(70), "c": D(1)}, flags={"gone": True})
    assert score_card(tree, table, {"middle": ScoringMethod("middle", middle)}.get).value == 70
    assert seen == [(ScoreItem("a", D(40), D(1), D(50)), ScoreItem("b", D(70), D(2), None))]


@pytest.mark.parametrize("wrong", [lambda _: 0.5, lambda _: D("NaN"), lambda _: 1 / 0, lambda _: None])
def test_a_plugin_s_method_that_fails_is_named(wrong: Any) -> None:
    tree = card(leaf("a"), method="middle")
    with pytest.raises(PluginError, match="middle"):
        score_card(tree, Table(marks={"a": D(1)}), {"middle": ScoringMethod("middle", wrong)}.get)
    with pytest.raises(PluginError, match="no plugin brings"):
        marked(tree, a=1)


def test_weights_that_are_all_zero_give_no_mean() -> None:
    tree = card(leaf("a", weight=0), leaf("b", weight=1, na_when="gone"))
    assert read(tree, marks={"a": D(1)}, flags={"gone": True}).pending == (
        "card: the weights of the parts that count are all zero",
    )


# ------------------------------------------------------------------------------------------------ veto, rounding, grade
GRADES = {"A": 90, "B": ">= 75", "C": 60}


@pytest.mark.parametrize(("points", "grade"), [(90, "A"), ("89.99", "B"), (75, "B"), (60, "C"), (59, None)])
def test_the_first_grade_that_holds(points: str | int, grade: str | None) -> None:
    assert marked(card(leaf("a"), grades=GRADES), a=points).grade == grade


def test_rounding_is_half_even_and_comes_before_the_grade() -> None:
    tree = card(leaf("a"), grades=GRADES, round=1)
    assert [marked(tree, a=points).value for points in ("82.5", "83.5", "83.4")] == [82, 84, 83]
    assert marked(tree, a="89.6").grade == "A"
    assert marked(card(leaf("a"), round="0.5"), a="83.3").value == D("83.5")
    assert marked(card(leaf("a"), round=0), a="83.333").value == D("83.333")


def test_a_result_prints_as_people_write_it() -> None:
    tree = card(leaf("a", weight=2), leaf("b"))
    assert [str(marked(tree, a=a, b=b).value) for a, b in ((100, 100), ("83.5", "83.5"), (1, 2))] == [
        "100",
        "83.5",
        "1.33",
    ]


def test_a_veto_lowers_the_score_or_the_grade_and_never_raises_them() -> None:
    veto = [Veto("accident", when="accident", score=50), Veto("fraud", when="fraud", grade="C")]
    tree = card(leaf("a"), grades=GRADES, veto=veto)

    def result(points: int, **flags: bool) -> tuple[Decimal | None, str | None]:
        scored = read(tree, marks={"a": D(points)}, flags={"accident": False, "fraud": False} | flags)
        return scored.value, scored.grade

    assert result(95) == (95, "A")
    assert result(95, accident=True) == (50, None)
    assert result(40, accident=True) == (40, None)
    assert result(95, fraud=True) == (95, "C")
    assert result(61, fraud=True) == (61, "C")
    assert read(tree, marks={"a": D(95)}, flags={"accident": False}).pending == (
        "card: veto fraud: fraud is unknown (fraud)",
    )


def test_a_unit_can_see_why_it_got_83_5() -> None:
    tree = card(
        ScoreNode("awareness", indicator="awareness", weight=2),
        ScoreNode("discipline", points=100, less=[Adjustment("late", per="late", price=5, free="1")]),
        round="0.5",
    )
    scored = read(tree, indicators={"awareness": rate(412, 500)}, numbers={"late": D(4)})
    assert scored.value == D("83.5")
    assert scored.working.explain() == "\n".join(
        [
            "card: 83.5 (weighted-mean of 2)",
            "  83.266666666667",
            "  +0.233333333333 rounding: half even, to 0.5",
            "  awareness: 82.4 -> +54.933333333334 (awareness: 412 of 500)",
            "  discipline: 85 -> +28.333333333333 (starts at full marks)",
            "    100",
            "    -15 less late: 4 counted, 1 free, 5 each",
        ]
    )


# ----------------------------------------------------------------------------------------------------------------- laws
POINTS = st.decimals(-50, 200, places=3)
WEIGHTS = st.decimals(0, 10, places=2)
ITEMS = st.lists(st.tuples(POINTS, WEIGHTS), min_size=1, max_size=8).filter(lambda items: any(w for _, w in items))
METHODS = st.sampled_from(["weighted-mean", "sum", "lowest"])


def tree_of(items: list[tuple[Decimal, Decimal]], method: str, **keys: Any) -> Scorecard:
    return card(*(leaf(f"i{place}", weight=weight) for place, (_, weight) in enumerate(items)), method=method, **keys)


def scored_items(items: list[tuple[Decimal, Decimal]], method: str, **keys: Any) -> Scored:
    marks = {f"i{place}": points for place, (points, _) in enumerate(items)}
    return score_card(tree_of(items, method, **keys), Table(marks=marks), no_methods)


def base(scored: Scored) -> Decimal:
    assert scored.working.base is not None
    return scored.working.base


@given(ITEMS)
def test_lowest_is_at_most_the_mean_is_at_most_the_highest(items: list[tuple[Decimal, Decimal]]) -> None:
    counted = [points for points, weight in items if weight]
    mean = base(scored_items(items, "weighted-mean"))
    assert base(scored_items(items, "lowest")) <= mean <= max(points for points, _ in items)
    assert min(counted) <= mean <= max(counted)


@given(ITEMS, METHODS, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(items: list[tuple[Decimal, Decimal]], method: str, chance: Any) -> None:
    tree = tree_of(items, method)
    marks = {f"i{place}": points for place, (points, _) in enumerate(items)}
    nodes = list(tree.items.values())
    chance.shuffle(nodes)
    shuffled = card(*nodes, method=method)
    first, second = (score_card(each, Table(marks=marks), no_methods) for each in (tree, shuffled))
    assert first.value == second.value
    if method != "lowest":  # of two that are equally low, the first named brings the result
        assert {part.item: part for part in first.working.parts} == {part.item: part for part in second.working.parts}


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> list[ScoreNode]:
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
    return [draw(nodes(name, depth)) for name in names]


@st.composite
def nodes(draw: st.DrawFn, name: str, depth: int) -> ScoreNode:
    keys: dict[str, Any] = {"weight": draw(st.integers(1, 4)), "points": draw(st.none() | st.integers(10, 100))}
    for kind in ("less", "plus"):
        if draw(st.booleans()):
            keys[kind] = [Adjustment(kind, per=str(draw(st.integers(0, 5))), price=draw(st.integers(1, 7)))]
    for condition in ("na_when", "zero_when"):
        if draw(st.integers(0, 5)) == 0:
            keys[condition] = draw(st.sampled_from(["yes", "no", "unknown"]))
    if depth and draw(st.booleans()):
        keys |= {"items": draw(trees(depth - 1)), "method": draw(METHODS)}
        return ScoreNode(name, **keys)
    return (
        leaf(name, **keys)
        if draw(st.booleans())
        else ScoreNode(name, value=draw(st.sampled_from(["7", "83", "x"])), **keys)
    )


@given(
    trees(),
    METHODS,
    st.sampled_from(["pending", "zero", "leave-out"]),
    st.dictionaries(st.sampled_from(["a", "b", "a/b"]), POINTS),
)
def test_every_working_adds_up(items: list[ScoreNode], method: str, missing: str, marks: dict[str, Decimal]) -> None:
    tree = card(*items, method=method, missing=missing)
    scored = score_card(tree, Table(marks=marks, flags={"yes": True, "no": False}), no_methods)
    assert (scored.value is None) == bool(scored.pending)
    assert scored.value == scored.working.value
    for each in scored.working.walk():
        assert each.status != "missing" or missing == "pending"
        if each.value is None:
            continue
        assert each.base is not None
        assert each.value == each.base + sum(step.amount for step in each.steps)
        brought = [part.contribution for part in each.parts if part.contribution is not None]
        if brought:
            assert each.base == sum(brought)
    assert Working.from_data(freeze(scored.working.as_data())) == scored.working


@given(ITEMS, METHODS, st.sampled_from(["0.01", "0.5", "1", "0"]))
def test_a_result_is_a_multiple_of_what_it_is_rounded_to(
    items: list[tuple[Decimal, Decimal]], method: str, unit: str
) -> None:
    scored = scored_items(items, method, round=unit)
    assert scored.value is not None
    if D(unit):
        assert scored.value % D(unit) == 0
        assert abs(scored.value - base(scored)) <= D(unit) / 2


# ---------------------------------------------------------------------------------------------------------------- ranks
def test_ties_share_a_place_and_the_next_is_counted_past_them() -> None:
    ranks = rank({"a": D(70), "b": D(90), "c": D(70), "d": D(10), "e": None})
    assert {who: (each.place, each.last) for who, each in ranks.items()} == {
        "a": (2, False), "b": (1, False), "c": (2, False), "d": (4, True),
    }  # fmt: skip
    assert {each.ranked for each in ranks.values()} == {4}


def test_cohorts_are_ranked_apart() -> None:
    ranks = rank({"a": D(1), "b": D(2), "c": D(3)}, {"a": "town", "b": "town"})
    assert ranks == {"a": Rank(2, 2, True, "town"), "b": Rank(1, 2, False, "town"), "c": Rank(1, 1, False, None)}


def test_where_all_are_equal_nobody_is_last() -> None:
    assert not any(each.last for each in rank({"a": D(1), "b": D("1.0")}).values())


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.none() | st.integers(0, 5).map(D)))
def test_a_place_is_one_more_than_how_many_are_better(scores: dict[str, Decimal | None]) -> None:
    known = {who: score for who, score in scores.items() if score is not None}
    ranks = rank(scores)
    assert list(ranks) == sorted(known)
    assert all(each.place == 1 + sum(other > known[who] for other in known.values()) for who, each in ranks.items())
