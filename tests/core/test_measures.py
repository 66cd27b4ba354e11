"""Rates, their intervals, and how several values make one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from campaignflow.core.measures import Measured, combine, counted, number, rate, roll_up, wilson
from campaignflow.plan.expressions.values import Unknown

D = Decimal
GRADED = {"good": D(100), "fair": D(60), "poor": D(0), "absent": None}
NUMBERS = st.decimals(-1000, 1000, places=2)
MEASURED = st.builds(number, NUMBERS, st.none() | st.integers(0, 100))


@st.composite
def rates(draw: st.DrawFn) -> Measured:
    n = draw(st.integers(1, 500))
    found = rate(draw(st.integers(0, n)), n)
    assert isinstance(found, Measured)
    return found


@given(
    n=st.integers(1, 5000),
    share=st.floats(0, 1),
    confidence=st.sampled_from(["0.5", "0.8", "0.9", "0.95", "0.99", "0.999"]),
)
def test_wilson_agrees_with_scipy(n: int, share: float, confidence: str) -> None:
    k = round(n * share)
    lower, upper = wilson(k, n, D(confidence))
    theirs = binomtest(k, n).proportion_ci(float(confidence), method="wilson")
    assert float(lower) == pytest.approx(theirs.low, abs=1e-11)
    assert float(upper) == pytest.approx(theirs.high, abs=1e-11)


@pytest.mark.parametrize(
    ("k", "n", "lower", "upper"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_wilson_agrees_with_published_values(k: int, n: int, lower: str, upper: str) -> None:
    found = wilson(k, n)
    assert [str(round(end, 4)) for end in found] == [lower, upper]


@given(rates())
def test_an_interval_holds_its_rate(found: Measured) -> None:
    assert found.lower is not None
    assert found.upper is not None
    assert 0 <= found.lower <= found.value <= found.upper <= 1


def test_of_nothing_everything_is_possible() -> None:
    assert wilson(0, 0) == (0, 1)
    assert rate(0, 0) == Unknown.of("n")
    assert (wilson(0, 10)[0], wilson(10, 10)[1]) == (0, 1)


def test_answers_that_do_not_apply_leave_the_denominator() -> None:
    found = counted({"yes": 9, "no": 1, "not-applicable": 90}, {"yes": D(1), "no": D(0), "not-applicable": None})
    assert isinstance(found, Measured)
    assert (found.value, found.k, found.n) == (D("0.9"), 9, 10)
    assert (found.lower, found.upper) == wilson(9, 10)
    assert counted({"not-applicable": 3}, {"not-applicable": None}) == Unknown.of("n")


def test_graded_answers_have_a_mean_and_no_interval() -> None:
    found = counted({"good": 2, "fair": 1, "absent": 7}, GRADED, at=5)
    assert isinstance(found, Measured)
    assert (round(found.value, 4), found.n, found.lower, found.at) == (D("86.6667"), 3, None, 5)


def test_the_latest_goes_by_when_it_was_measured() -> None:
    values = [number(D(1), at=10), number(D(2), at=30), number(D(3), at=20), number(D(4))]
    assert combine(values) == values[1]
    assert combine([number(D(1), at=7), number(D(2), at=7)]) == number(D(2), at=7)
    assert combine([], name="noise") == Unknown.of("noise")


@pytest.mark.parametrize(("use", "expected"), [("mean", 3), ("sum", 9), ("lowest", 1), ("highest", 5), ("pool", 3)])
def test_several_measurements_as_one(use: str, expected: int) -> None:
    found = combine([number(D(3), at=1), number(D(5), at=2), number(D(1), at=3)], use)
    assert isinstance(found, Measured)
    assert found.value == expected


def test_pooled_rates_add_up_and_keep_an_interval() -> None:
    found = combine([rate(9, 10), rate(10, 90)], "pool", D("0.9"))  # type: ignore[list-item]  # both have an n
    assert found == rate(19, 100, D("0.9"))


@given(st.lists(MEASURED, min_size=1, max_size=6))
def test_lowest_mean_highest(values: list[Measured]) -> None:
    low, mean, high = (combine(values, use) for use in ("lowest", "mean", "highest"))
    assert isinstance(low, Measured)
    assert isinstance(mean, Measured)
    assert isinstance(high, Measured)
    assert low.value <= mean.value <= high.value


@pytest.mark.parametrize("use", ["mean", "sum", "lowest", "highest", "pool"])
def test_what_is_disputed_makes_the_whole_disputed(use: str) -> None:
    found = combine([Measured(D(3), disputed=True), Measured(D(3), disputed=True)], use)
    assert isinstance(found, Measured)
    assert found.disputed


@pytest.mark.parametrize("use", ["pool", "mean", "sum", "lowest", "highest", "none"])
def test_a_whole_is_unknown_until_every_part_is_known(use: str) -> None:
    parts: dict[str, Measured | Unknown] = {"north": rate(1, 2), "south": Unknown.of("x"), "east": Unknown.of("y")}
    assert roll_up(parts, use, name="noise") == Unknown.of("value('noise', 'south')", "value('noise', 'east')")
    assert roll_up({}, use, name="noise") == Unknown.of("value('noise')")


@given(
    st.dictionaries(st.sampled_from("abcdef"), rates(), min_size=1),
    st.sampled_from(["pool", "mean", "sum", "lowest", "highest"]),
)
def test_a_whole_does_not_depend_on_the_order_of_its_parts(parts: dict[str, Measured], use: str) -> None:
    assert roll_up(parts, use) == roll_up(dict(reversed(parts.items())), use)


def test_no_roll_up_gives_no_whole() -> None:
    assert roll_up({"north": number(D(1))}, "none", name="noise") == Unknown.of("value('noise')")
    assert roll_up({"north": rate(1, 2), "south": rate(9, 98)}, "pool") == rate(10, 100)
