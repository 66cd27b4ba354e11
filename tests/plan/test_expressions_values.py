"""What expressions give: arithmetic against Python's, logic with unknowns, comparisons of every kind of value."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from campaignflow.plan.expressions import (
    CONTEXT,
    Ref,
    Schema,
    Scope,
    Unknown,
    Value,
    compile_expression,
    compile_test,
    compile_text,
    plain,
)
from campaignflow.plan.expressions import types as t
from campaignflow.plan.expressions.schema import Register
from campaignflow.plan.fact_tables import FUNCTIONS
from campaignflow.plan.values import Amount

PARIS = ZoneInfo("Europe/Paris")
SCHEMA = Schema(
    "a test",
    {
        **dict.fromkeys(["a", "b", "c"], t.NUMBER),
        **dict.fromkeys(["p", "q", "r"], t.FLAG),
        "money": t.Type("amount", unit="CNY"),
        "other": t.Type("amount", unit="EUR"),
        "sum": t.AMOUNT,
        "name": t.TEXT,
        "day": t.DATE,
        "now": t.MOMENT,
        "unit": t.item("unit"),
        "actor": t.TEXT,
        "skills": t.many(t.TEXT),
        "gap": t.ANY,
    },
    FUNCTIONS,
    {"unit": Register("unit", {"id": t.TEXT, "parent": t.item("unit"), "lamps": t.NUMBER})},
)


class Facts:
    """A scope over a mapping; what is not in it is unknown."""

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts

    def fact(self, name: str, /) -> Value:
        return self.facts.get(name, Unknown.of(name))

    own = fact

    def member(self, ref: Ref, name: str, /) -> Value:
        return self.facts.get(f"{ref}.{name}", Unknown.of(f"{ref}.{name}"))

    def call(self, function: str, arguments: tuple[object, ...], /) -> Value:
        return self.facts.get(function, Unknown.of(function))


def value(text: str, expects: str = "any", **facts: Any) -> Value:
    scope: Scope = Facts(**facts)
    return compile_expression(text, SCHEMA, expects).evaluate(scope)


# ---------------------------------------------------------------------------------------------------------- arithmetic
NUMBERS = st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=2)
NUMERIC = st.recursive(
    st.sampled_from(["a", "b", "c"]) | st.decimals(0, 99, places=1).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=12,
)
COMPARED = st.tuples(NUMERIC, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMERIC).map(" ".join)
BOOLEAN = st.recursive(
    COMPARED | st.sampled_from(["p", "q", "r"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})")
        | inner.map(lambda text: f"(not {text})")
    ),
    max_leaves=6,
)


def in_python(text: str, facts: Mapping[str, Any]) -> Any:
    """The same text, read by Python with Decimals in the same context."""
    import re

    quoted = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)", r"D('\1')", text)
    with decimal.localcontext(CONTEXT):
        return eval(quoted, {"D": Decimal}, dict(facts))


@given(NUMERIC, NUMBERS, NUMBERS, NUMBERS)
def test_arithmetic_is_pythons_decimal(text: str, a: Decimal, b: Decimal, c: Decimal) -> None:
    facts = {"a": a, "b": b, "c": c}
    try:
        expected = in_python(text, facts)
    except decimal.DecimalException:
        assert isinstance(value(text, **facts), Unknown)
    else:
        assert value(text, **facts) == expected


@given(BOOLEAN, NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.booleans(), st.booleans())
def test_conditions_are_pythons_where_all_is_known(
    text: str, a: Decimal, b: Decimal, c: Decimal, p: bool, q: bool, r: bool
) -> None:
    facts = {"a": a, "b": b, "c": c, "p": p, "q": q, "r": r}
    try:
        expected = in_python(text, facts)
    except decimal.DecimalException:
        assume(False)
    assert value(text, **facts) is expected


def test_sums_of_tenths_are_exact() -> None:
    assert value("0.1 + 0.7 >= 0.8") is True
    assert value("80% == 0.8") is True
    assert value("a * 3 == 1", a=1 / Decimal(3)) is False
    assert value("1 / 3 * 3 == 1") is False


def test_division_by_zero_and_what_no_number_holds_is_unknown() -> None:
    assert isinstance(value("1 / 0"), Unknown)
    assert isinstance(value("a > 1 / 0", a=Decimal(1)), Unknown)
    assert isinstance(value("a / b > 1", a=1, b=0), Unknown)
    assert value("(a / b) == null", a=1, b=0) is True
    assert value("a * a == null", a=Decimal("1e6000")) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(-3)", "3"), ("floor(-2.5)", "-3"), ("ceil(2.1)", "3"), ("round(2.5)", "2"), ("round(3.5)", "4"),
        ("round(2.345, 2)", "2.34"), ("round(1250, -2)", "1200"), ("min(3, 1, 2)", "1"), ("max(3, 80%)", "3"),
        ("p ? 1 : 2", "1"), ("-a", "-4"), ("- - a", "4"), ("2.5万 / 1亿", "0.00025"),
    ],
)  # fmt: skip
def test_functions_of_numbers(text: str, expected: str) -> None:
    assert value(text, "number", a=Decimal(4), p=True) == Decimal(expected)


def test_counts_may_be_plain_integers() -> None:
    assert value("a / b", a=1, b=3) == CONTEXT.divide(1, 3)
    assert value("round(a) + floor(b) == 4", a=1, b=3) is True


def test_a_rounding_that_no_number_holds_is_unknown() -> None:
    assert value("round(a, 27) == null", a=Decimal(123)) is True
    assert value("round(a, b) == null", a=Decimal(1), b=Decimal(999)) is True


# --------------------------------------------------------------------------------------------------------------- logic
LOGIC = st.recursive(
    st.sampled_from(["p", "q", "r"]),
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4))
        | st.tuples(st.just("not"), inner.map(lambda one: [one]))
    ),
    max_leaves=10,
)
THREE = [True, False, None]


def written(tree: Any, *, backwards: bool = False) -> str:
    if isinstance(tree, str):
        return tree
    word, parts = tree
    texts = [written(part, backwards=backwards) for part in parts]
    if word == "not":
        return f"(not {texts[0]})"
    return "(" + f" {word} ".join(reversed(texts) if backwards else texts) + ")"


@given(LOGIC)
def test_the_order_of_words_never_matters(tree: Any) -> None:
    for known in product(THREE, repeat=3):
        facts = {name: held for name, held in zip("pqr", known, strict=True) if held is not None}
        assert value(written(tree), **facts) == value(written(tree, backwards=True), **facts)


@given(LOGIC)
def test_what_is_decided_holds_however_the_unknown_turns_out(tree: Any) -> None:
    text = written(tree)
    for known in product(THREE, repeat=3):
        facts = {name: held for name, held in zip("pqr", known, strict=True) if held is not None}
        verdict = value(text, **facts)
        blank = [name for name in "pqr" if name not in facts]
        if isinstance(verdict, Unknown):
            assert verdict.names and verdict.names <= set(blank)
            continue
        for turned in product([True, False], repeat=len(blank)):
            assert value(text, **facts, **dict(zip(blank, turned, strict=True))) is verdict


def test_kleene() -> None:
    assert value("p and q", q=False) is False
    assert value("q and p", q=False) is False
    assert value("p or q", q=True) is True
    assert value("p and q and r", r=False) is False
    assert value("p and q", q=True) == Unknown.of("p")
    assert value("p and q or r") == Unknown.of("p", "q", "r")
    assert value("not p") == Unknown.of("p")
    assert value("p ? 1 : 2") == Unknown.of("p")


def test_whether_there_is_a_value_is_never_unknown() -> None:
    assert value("a == null") is True
    assert value("a != null") is False
    assert value("a == null", a=Decimal(0)) is False
    assert value("null != name", name="") is True
    assert value("(p and q) == null", q=True) is True
    assert value("a != null and a > 3") is False


def test_an_unknown_is_no_flag() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(Unknown.of("x"))


# --------------------------------------------------------------------------------------------------- kinds of values
def test_amounts() -> None:
    facts = {"money": Amount("200", "CNY"), "sum": Amount("50", "CNY"), "a": Decimal(3)}
    assert value("money >= 200", **facts) is True
    assert value("200 == money", **facts) is True
    assert value("money + sum", **facts) == Amount("250", "CNY")
    assert value("money + 1", **facts) == Amount("201", "CNY")
    assert value("1 - money", **facts) == Amount("-199", "CNY")
    assert value("money * a", **facts) == Amount("600", "CNY")
    assert value("money / a * 3", **facts) != Amount("0", "CNY")
    assert value("money / sum", **facts) == Decimal(4)
    assert value("-money", **facts) == Amount("-200", "CNY")
    assert value("max(money, sum, 300)", **facts) == Decimal(300)
    assert value("round(money / 3)", **facts) == Amount("67", "CNY")
    assert value("p ? money : 0", p=True, **facts) == Amount("200", "CNY")


def test_amounts_of_different_units_do_not_meet() -> None:
    facts = {"money": Amount("200", "CNY"), "sum": Amount("50", "EUR")}
    assert isinstance(value("money > sum", **facts), Unknown)
    assert isinstance(value("money + sum", **facts), Unknown)
    assert value("money == sum", **facts) is False


def test_a_moment_beside_a_date_counts_as_its_local_day() -> None:
    facts = {"day": date(2026, 4, 20), "now": datetime(2026, 4, 20, 23, 59, tzinfo=PARIS)}
    assert value("now == day", **facts) is True
    assert value("now > day", **facts) is False
    assert value("day <= now", **facts) is True
    moments = {"now": datetime(2026, 4, 20, 9, tzinfo=PARIS), "day": datetime(2026, 4, 20, 10, tzinfo=PARIS)}
    assert value("now < day", **moments) is True  # a field of type date may hold a moment


def test_references_compare_with_items_and_ids() -> None:
    north = Ref("unit", "north")
    facts = {
        "unit": north,
        "actor": "north",
        "unit/north.lamps": Decimal(640),
        "unit/north.parent": Ref("unit", "town"),
    }
    assert value("unit == 'north'", **facts) is True
    assert value("'unit/north' == unit", **facts) is True
    assert value("unit != 'south'", **facts) is True
    assert value("unit == actor", **facts) is True
    assert value("unit in ['south', 'north']", **facts) is True
    assert value("unit.lamps > 600", **facts) is True
    assert value("unit.parent == 'town'", **facts) is True
    assert value("unit.parent.lamps", **facts) == Unknown.of("unit/town.lamps")
    assert value("unit.lamps") == Unknown.of("unit")


def test_lists() -> None:
    assert value("a in [1, 2.0, -3]", a=Decimal("2")) is True
    assert value("a not in [1, 2]", a=3) is True
    assert value("name in ['中文', 'x']", name="中文") is True
    assert value("'nurse' in skills", skills=("nurse", "driver")) is True
    assert value("'nurse' in skills") == Unknown.of("skills")


def test_a_gap_that_came_as_something_else_is_unknown_not_an_error() -> None:
    assert isinstance(value("a > gap", a=Decimal(1), gap="three"), Unknown)
    assert isinstance(value("a + gap", a=Decimal(1), gap="three"), Unknown)
    assert value("a == gap", a=Decimal(1), gap=True) is False
    assert isinstance(value("gap.lamps", gap="three"), Unknown)
    assert value("gap.lamps", gap=Ref("unit", "n"), **{"unit/n.lamps": Decimal(3)}) == Decimal(3)


# ------------------------------------------------------------------------------------------------ tests and templates
def test_tests() -> None:
    schema = Schema("a test", {"value": t.NUMBER, "lower": t.NUMBER}, FUNCTIONS)

    def holds(text: str, *, bare: bool = False, **facts: Any) -> Value:
        return compile_test(text, schema, bare_number=bare).evaluate(Facts(**facts))

    assert holds(">= 80%", value=Decimal("0.8")) is True
    assert holds("lower >= 80%", value=Decimal("0.9"), lower=Decimal("0.79")) is False
    assert holds("90", bare=True, value=Decimal(90)) is True
    assert holds(">= 80%") == Unknown.of("value")


def test_templates() -> None:
    template = compile_text("{name}: {a * 2} of {b}, {{{p}}} on {day}", SCHEMA)
    scope = Facts(name="Nord", a=Decimal("1.50"), p=True, day=date(2026, 4, 1))
    assert template.render(scope) == "Nord: 3 of –, {yes} on 2026-04-01"
    assert template.render(scope, format=lambda value: "*") == "*: * of *, {*} on *"
    assert template.reads == {"name", "a", "b", "p", "day"}


def test_plain_values() -> None:
    assert plain(Decimal("80.00")) == "80"
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Amount("2.50", "CNY")) == "2.5 CNY"
    assert plain(Ref("unit", "north")) == "north"
    assert plain(datetime(2026, 4, 1, 9, 5, tzinfo=PARIS)) == "2026-04-01 09:05"
