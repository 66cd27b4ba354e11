"""Conditions of counts: what counts, what does not, and how a condition falls into parts that an index can use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.plan.expressions import (
    Condition,
    Ref,
    RegisterArg,
    Unknown,
    Value,
    compile_expression,
    parse,
    unparse,
)
from campaignflow.plan.facts import Place, PlanFacts
from campaignflow.plan.model import Plan

PLAN = Plan.from_text("""
campaignflow: 1
plan: lamps
units: {town: {}, north: {reports-to: town}}
given: {limit: 3}
registers:
  unit: {fields: {lamps: number}}
  fault: {fields: {unit: unit, size: number, bad: flag, place: text}, lifecycle: {open: {fix: fixed}}}
indicators:
  in-time: {value: "1", for-each: unit, target: ">= 1"}
""")
SCHEMA = evolve(
    PlanFacts(PLAN).schema(Place.indicator("in-time")),
    facts={
        **PlanFacts(PLAN).schema(Place.indicator("in-time")).facts,
        **{f"period.{edge}": PlanFacts(PLAN).everywhere.facts["now"] for edge in ("start", "end")},
    },
)


@frozen
class World:
    """A scope over items in memory, as simple as the language allows."""

    items: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = field(factory=dict)
    at: dict[str, Any] = field(factory=dict)

    def fact(self, name: str, /) -> Value:
        return self.facts.get(name, Unknown.of(name))

    def own(self, name: str, /) -> Value:
        return self.at.get(name, Unknown.of(name))

    def member(self, ref: Ref, name: str, /) -> Value:
        return self.facts.get(f"{ref}.{name}", Unknown.of(f"{ref}.{name}"))

    def call(self, function: str, arguments: tuple[Any, ...], /) -> Value:
        if function == "been":
            return arguments[0] in self.at.get("been", ())
        if function == "in_period":
            return arguments[0] == self.facts["period"]
        assert function == "count"
        register, *condition = arguments
        assert isinstance(register, RegisterArg)
        return self.count(condition[0]) if condition else len(self.items)

    def count(self, condition: Any) -> Value:
        verdicts = [condition.evaluate(evolve(self, at=item)) for item in self.items]
        unknown = [verdict for verdict in verdicts if isinstance(verdict, Unknown)]
        return unknown[0] if unknown else sum(verdicts)


def condition(text: str) -> Condition:
    expression = compile_expression(f"count(fault, {text})", SCHEMA, "number")
    (aggregate,) = [each for each in expression.aggregates if each.register == "fault"][-1:]
    found = aggregate.arguments[1]
    assert isinstance(found, Condition)
    return found


NORTH, SOUTH = Ref("unit", "north"), Ref("unit", "south")


def test_the_scope_gets_the_register_and_the_condition() -> None:
    seen: list[tuple[str, tuple[object, ...]]] = []

    class Spy(World):
        def call(self, function: str, arguments: tuple[Any, ...], /) -> Value:
            seen.append((function, arguments))
            return 0

    expression = compile_expression("share(fault, bad, not ended) == 0 and total(fault, size) == 0", SCHEMA)
    assert expression.evaluate(Spy()) is True
    (share, shared), (total, totalled) = seen
    assert (share, total) == ("share", "total")
    assert shared[0] == totalled[0] == RegisterArg("fault")
    assert [str(each) for each in shared[1:]] == ["bad", "not ended"]
    assert str(totalled[1]) == "size"
    assert [aggregate.arguments for aggregate in expression.aggregates] == [shared, totalled]
    assert all(ours is theirs for ours, theirs in zip(expression.aggregates[0].arguments, shared, strict=True))


def test_a_blank_field_of_its_own_leaves_the_item_out() -> None:
    world = World(({"size": Decimal(5)}, {}, {"size": Decimal(1)}), {"given.limit": Decimal(3)})
    expression = compile_expression("count(fault, size > given.limit)", SCHEMA, "number")
    assert expression.evaluate(world) == 1
    assert compile_expression("count(fault, not size > 3)", SCHEMA, "number").evaluate(world) == 1
    assert compile_expression("count(fault, size == null)", SCHEMA, "number").evaluate(world) == 1


def test_something_unknown_outside_makes_the_whole_unknown() -> None:
    world = World(({"size": Decimal(5)}, {}))
    expression = compile_expression("count(fault, size > given.limit) == 0", SCHEMA)
    assert expression.evaluate(world) == Unknown.of("given.limit")
    assert compile_expression("count(fault, bad and size > given.limit)", SCHEMA, "number").evaluate(
        World(({"size": Decimal(5), "bad": False},))
    ) == 0  # fmt: skip


def test_a_blank_at_the_end_of_a_reference_is_a_blank_of_the_item() -> None:
    world = World(({"unit": NORTH}, {"unit": SOUTH}, {}), {"unit/north.lamps": Decimal(9)})
    assert compile_expression("count(fault, unit.lamps > 3)", SCHEMA, "number").evaluate(world) == 1


def test_a_measure_says_that_it_is_blank() -> None:
    expression = compile_expression("mean(fault, size * given.limit)", SCHEMA, "number")
    measure = expression.aggregates[0].arguments[1]
    assert isinstance(measure, Condition)
    blank = measure.evaluate(World(facts={"given.limit": Decimal(3)}))
    assert isinstance(blank, Unknown) and blank.is_own
    outside = measure.evaluate(World(at={"size": Decimal(2)}))
    assert isinstance(outside, Unknown) and not outside.is_own


def test_inner_counts_have_names_of_their_own() -> None:
    text = "count(unit, count(fault, unit == each and size > 1) > 0 and lamps > 0)"
    expression = compile_expression(text, SCHEMA, "number")
    assert [each.register for each in expression.aggregates] == ["fault", "unit"]
    assert expression.reads == {"count:fault", "count:unit", "each"}


# ------------------------------------------------------------------------------------------------------------- parts
@pytest.mark.parametrize(
    ("text", "static", "keys", "rest"),
    [
        ("not ended", "not ended", [], None),
        ("unit == each", None, ["unit == each"], None),
        ("each == unit and state == 'open'", "state == 'open'", ["unit == each"], None),
        ("(unit == each and bad) and place == 'x'", "bad and (place == 'x')", ["unit == each"], None),
        ("unit == each and in_period(created)", None, ["unit == each", "in_period(created)"], None),
        ("been('fixed') and nth >= 3", "been('fixed') and (nth >= 3)", [], None),
        ("size == given.limit and size > given.limit", None, ["size == given.limit"], "size > given.limit"),
        ("bad and overdue", "bad", [], "overdue"),
        ("bad and unit.lamps > 3", "bad", [], "unit.lamps > 3"),
        ("bad or unit == each", None, [], "bad or (unit == each)"),
        ("under(each) and bad", "bad", [], "under(each)"),
        ("under('town')", "under('town')", [], None),
        ("created == now", None, [], "created == now"),
        ("unit != each and bad", "bad", [], "unit != each"),
    ],
)
def test_parts(text: str, static: str | None, keys: list[str], rest: str | None) -> None:
    found = condition(text)
    assert (str(found.static) if found.static else None) == static
    assert [str(key.item) + f" == {key.outer}" if key.outer else f"in_period({key.item})" for key in found.keys] == keys
    assert (str(found.rest) if found.rest else None) == rest


PARTS = st.sampled_from(
    ["unit == each", "bad", "size > 1", "size == given.limit", "size > given.limit", "been('fixed')", "not bad",
     "place == 'x' or bad", "unit.lamps > 3", "in_period(created)", "true"]
)  # fmt: skip
BLANK = st.none()
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "unit": st.sampled_from([NORTH, SOUTH]),
        "bad": st.booleans(),
        "size": st.integers(0, 4).map(Decimal),
        "place": st.sampled_from(["x", "y"]),
        "been": st.just(("fixed",)),
        "created": st.integers(0, 4).map(Decimal),
    },
)
OUTSIDE = st.fixed_dictionaries(
    {"period": st.integers(0, 4).map(Decimal)},
    optional={
        "each": st.sampled_from([NORTH, SOUTH]),
        "given.limit": st.integers(0, 4).map(Decimal),
        "unit/north.lamps": st.just(Decimal(9)),
    },
)


@given(st.lists(PARTS, min_size=1, max_size=5), ITEMS, OUTSIDE)
def test_the_parts_together_say_what_the_whole_says(
    parts: list[str], item: dict[str, Any], facts: dict[str, Any]
) -> None:
    found = condition(" and ".join(f"({part})" for part in parts))
    world = World(facts=facts, at=item)
    verdicts = [part.evaluate(world) for part in (found.static, found.rest) if part]
    for key in found.keys:
        mine = key.item.evaluate(world)
        other = facts["period"] if key.outer is None else key.outer.evaluate(world)
        sides = [side.names for side in (mine, other) if isinstance(side, Unknown)]
        names = frozenset[str]().union(*sides)
        outside = Unknown(names).outside
        verdicts.append(mine == other if not names else outside if outside.names else False)
    assert found.evaluate(world) == _together(verdicts)


def _together(verdicts: list[Any]) -> Value:
    if any(verdict is False for verdict in verdicts):
        return False
    names = frozenset[str]().union(*(verdict.names for verdict in verdicts if isinstance(verdict, Unknown)))
    return Unknown(names) if names else True


def test_a_blank_leaves_the_item_out_whatever_else_is_unknown() -> None:
    found = condition("bad and size > given.limit")
    assert found.evaluate(World(at={"size": Decimal(2)})) is False
    assert found.evaluate(World(at={"bad": True})) == Unknown.of("given.limit")
    assert found.static is not None and found.static.evaluate(World()) is False


def test_equal_conditions_have_equal_texts() -> None:
    assert condition("unit==each and (bad)").text == condition("(unit == each) and bad").text
    assert unparse(parse("a+b*c")) == "a + (b * c)"
