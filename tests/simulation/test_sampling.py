"""From distributions as written to values: agreement with scipy, rounding, exactness, order, refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from campaignflow.errors import SimulationError
from campaignflow.plan.distributions import parse_distribution, parse_duration_distribution, parse_number_distribution
from campaignflow.plan.values import Duration
from campaignflow.simulation.draws import Draws, Purpose
from campaignflow.simulation.sampling import chance, sample, sample_duration, sample_number, sample_whole

THREE = {"low": "2", "likely": "3", "high": "7"}
JUDGED: list[tuple[str, Any, Any]] = [
    ("triangular", THREE, stats.triang(0.2, 2, 5)),
    ("pert", {**THREE, "shape": "pert"}, stats.beta(1.8, 4.2, 2, 5)),
    ("uniform", {"uniform": ["2", "5"]}, stats.uniform(2, 3)),
    ("normal", {"normal": {"mean": "3", "sd": "2"}}, stats.truncnorm(-1.5, float("inf"), loc=3, scale=2)),
    (
        "lognormal",
        {"lognormal": {"mean": "3", "sd": "1"}},
        stats.lognorm(0.32459284597450133, scale=3 / (1 + 1 / 9) ** 0.5),
    ),
    ("exponential", {"exponential": {"mean": "4"}}, stats.expon(scale=4)),
    ("weibull", {"weibull": {"scale": "4", "shape": "1.5"}}, stats.weibull_min(1.5, scale=4)),
    ("gamma", {"gamma": {"scale": "3", "shape": "2.5"}}, stats.gamma(2.5, scale=3)),
    ("beta", {"beta": {"a": "2", "b": "5"}}, stats.beta(2, 5)),
]
NAMES = [name for name, _, _ in JUDGED]


@pytest.mark.parametrize(("name", "written", "judge"), JUDGED, ids=NAMES)
def test_quantiles_agree_with_scipy_to_the_sixth_decimal(name: str, written: Any, judge: Any) -> None:
    distribution = parse_number_distribution(written)
    for u in (1e-9, 0.001, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999, 1 - 1e-9):
        value = sample_number(distribution, u)
        assert float(value) == pytest.approx(judge.ppf(u), rel=1e-7, abs=6e-7)
        assert value.as_tuple().exponent == -6


@pytest.mark.parametrize(("name", "written", "judge"), JUDGED, ids=NAMES)
def test_addressed_draws_follow_the_distribution(name: str, written: Any, judge: Any) -> None:
    distribution = parse_number_distribution(written)
    values = [
        float(sample_number(distribution, Draws(7, replication).uniform("task", Purpose.DURATION)))
        for replication in range(1_000)
    ]
    assert stats.kstest(values, judge.cdf).pvalue > 1e-4


@given(u=st.floats(2.0**-54, 1 - 2.0**-53), v=st.floats(2.0**-54, 1 - 2.0**-53), written=st.sampled_from(JUDGED))
def test_more_luck_is_never_less(u: float, v: float, written: tuple[str, Any, Any]) -> None:
    distribution = parse_number_distribution(written[1])
    low, high = sorted((u, v))
    assert sample_number(distribution, low) <= sample_number(distribution, high)


@given(u=st.floats(2.0**-54, 1 - 2.0**-53), shape=st.sampled_from(["triangular", "pert"]))
def test_three_points_stay_within_their_ends(u: float, shape: str) -> None:
    drawn = sample_duration(parse_duration_distribution({"low": "1d", "likely": "1d", "high": "3d", "shape": shape}), u)
    assert drawn.unit == "d"
    assert 1 <= drawn.count <= 3


def test_fixed_values_come_back_as_written() -> None:
    assert sample(parse_distribution("2d"), 0.3) == Duration(2, "d")
    assert sample(parse_distribution("80%"), 0.3) == Decimal("0.8")


@pytest.mark.parametrize("unit", ["cd", "w"])
def test_calendar_units_are_counted_whole(unit: str) -> None:
    written = {"low": f"1{unit}", "likely": f"3{unit}", "high": f"9{unit}"}
    drawn = {sample_duration(parse_duration_distribution(written), number / 50).count for number in range(1, 50)}
    assert drawn <= {Decimal(count) for count in range(1, 10)}
    assert len(drawn) > 5


def test_one_of_gives_each_value_its_share_by_value() -> None:
    distribution = parse_number_distribution({"one-of": {"0": "80%", "1": "0%", "2": "20%"}})
    assert [sample(distribution, u) for u in (0.001, 0.799, 0.8, 0.999)] == [0, 0, 2, 2]
    assert sample(parse_number_distribution({"one-of": {"yes": "0.5", "no": "0.5"}}), 0.7) == "yes"


def test_empirical_values_are_alike_and_in_order() -> None:
    distribution = parse_duration_distribution({"empirical": ["5d", "1d", "2d", "2d"]})
    assert [sample_duration(distribution, u).count for u in (0.1, 0.3, 0.6, 0.76, 1 - 2.0**-53)] == [1, 2, 2, 5, 5]


def test_whole_numbers_are_never_negative() -> None:
    distribution = parse_number_distribution({"low": "0", "likely": "0", "high": "4"})
    assert {sample_whole(distribution, number / 100) for number in range(1, 100)} == {0, 1, 2, 3, 4}


def test_chance_is_the_share_of_draws_that_say_yes() -> None:
    draws = Draws(1).uniform
    yes = sum(chance(Decimal("0.3"), draws("task", Purpose.PASS, index)) for index in range(4_000))
    assert stats.binomtest(yes, 4_000, 0.3).pvalue > 1e-4
    assert chance(parse_number_distribution("1"), 1 - 2.0**-53)
    assert not chance(Decimal(0), 2.0**-54)


@pytest.mark.parametrize(
    "wrong", [Decimal("1.2"), Decimal(-1), parse_number_distribution(THREE), parse_distribution("2d")]
)
def test_no_probability(wrong: Any) -> None:
    with pytest.raises(SimulationError, match="probability is due"):
        chance(wrong, 0.5)


def test_what_gives_the_wrong_sort_is_refused() -> None:
    with pytest.raises(SimulationError, match="a number is due"):
        sample_number(parse_distribution("2d"), 0.5)
    with pytest.raises(SimulationError, match="a duration is due"):
        sample_duration(parse_distribution("2"), 0.5)
    with pytest.raises(SimulationError, match="nothing above 0"):
        sample(parse_number_distribution({"normal": {"mean": "-900", "sd": "1"}}), 0.5)
