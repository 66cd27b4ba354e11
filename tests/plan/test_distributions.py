"""Distributions as plans write them: each form reads back equal, what is out of order is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.plan.distributions import (
    Distribution,
    Fixed,
    Pert,
    Triangular,
    parse_distribution,
    parse_duration_distribution,
    parse_number_distribution,
)
from campaignflow.plan.values import BadValue, Duration

DURATIONS: list[Any] = [
    "2d",
    {"low": "1d", "likely": "2d", "high": "5d"},
    {"low": "1d", "likely": "2d", "high": "5d", "shape": "pert"},
    {"uniform": ["1d", "3d"]},
    {"normal": {"mean": "5d", "sd": "1d"}},
    {"lognormal": {"mean": "36h", "sd": "12h"}},
    {"exponential": {"mean": "2cd"}},
    {"weibull": {"scale": "2w", "shape": "1.5"}},
    {"gamma": {"scale": "30min", "shape": "2"}},
    {"empirical": ["1d", "2d", "2d", "5d"]},
    {"one-of": {"1d": "0.75", "3d": "0.25"}},
]


@pytest.mark.parametrize("written", DURATIONS)
def test_each_form_is_its_own_canonical_form(written: Any) -> None:
    distribution = parse_duration_distribution(written)
    assert distribution.canonical() == written
    assert parse_distribution(written) == distribution
    assert hash(parse_distribution(written)) == hash(distribution)
    assert distribution.unit in {"d", "h", "cd", "w", "min"}


def test_percentages_and_numbers_are_exact() -> None:
    assert parse_number_distribution("80%") == Fixed(Decimal("0.8"))
    assert parse_number_distribution("80%").unit is None
    assert parse_number_distribution({"low": "70%", "likely": "0.82", "high": "0.9"}).canonical()["low"] == "0.7"


def test_three_points_are_straight_unless_they_say_pert() -> None:
    points = {"low": "1d", "likely": "2d", "high": "5d"}
    assert type(parse_duration_distribution(points)) is Triangular
    assert type(parse_duration_distribution({**points, "shape": "pert"})) is Pert


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"low": "3d", "likely": "2d", "high": "5d"}, "CF702"), ({"uniform": ["3d", "1d"]}, "CF702"),
        ({"low": "1d", "likely": "2w", "high": "5w"}, "CF702"), ({"one-of": {"1d": "0.5", "2d": "0.4"}}, "CF702"),
        ({"one-of": {"1d": "1.5", "2d": "-0.5"}}, "CF702"), ({"exponential": {"mean": "0d"}}, "CF702"),
        ({"empirical": []}, "CF702"),
        ({"lognormal": {"mean": "1d", "sd": "0d"}}, "CF702"), ({"low": "1d", "high": "2d"}, "CF107"),
        ({"normel": {}}, "CF107"),
        ({"normal": {"mean": "1d"}}, "CF107"), ({"uniform": "1d"}, "CF107"), (["1d"], "CF107"), ({}, "CF107"),
        ("soon", "CF301"),
        ({"low": "1d", "likely": "2d", "high": "5d", "shape": "round"}, "CF107"), ("P2D", "CF305"),
    ],
)  # fmt: skip
def test_what_is_none_or_out_of_order_is_refused(written: Any, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_duration_distribution(written)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"lognormal": {"mean": "3d", "sd": "1w"}}, "mixes units"), ({"normal": {"mean": "3d", "sd": "1"}}, "mixes units"),
        ({"uniform": ["1d", "2h"]}, "mixes units"), ({"empirical": ["1d", "2"]}, "mixes units"),
        ({"one-of": {"1d": "0.5", "2w": "0.5"}}, "mixes units"), ({"one-of": {"1d": "0.5", "2": "0.5"}}, "mixes units"),
        ({"one-of": {"1d": "0.5", "soon": "0.5"}}, "mixes units"), ({"one-of": {"1": "0.5", "1.0": "0.5"}}, "1 stands twice"),
        ({"one-of": {"1": "120%", "2": "-20%"}}, "-0.2 is no probability"), ({"one-of": {"1": "80%", "2": "30%"}}, "1.1, not"),
        ({"one-of": {}}, "needs values"), ({"empirical": "durations.csv"}, "files are not read"),
        ({"empirical": {"file": "durations.csv"}}, "list of values"),
    ],
)  # fmt: skip
def test_refusals_say_why(written: Any, reason: str) -> None:
    with pytest.raises(BadValue, match=re.escape(reason)) as caught:
        parse_distribution(written)
    assert caught.value.hint


def test_a_distribution_of_durations_or_numbers_gives_no_others() -> None:
    for written in ({"one-of": {"0": "0.8", "1": "0.2"}}, {"one-of": {"soon": "0.5", "1d": "0.5"}}):
        with pytest.raises(BadValue):
            parse_duration_distribution(written)
    with pytest.raises(BadValue):
        parse_number_distribution({"one-of": {"1d": "0.5", "2d": "0.5"}})


def test_answers_are_texts() -> None:
    answers = parse_distribution({"one-of": {"yes": "70%", "no": "20%", "unknown": "10%"}})
    assert answers.canonical() == {"one-of": {"no": "0.2", "unknown": "0.1", "yes": "0.7"}}
    assert parse_distribution(answers.canonical()) == answers


_plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["1d", "0.5", "2w"])
)
_words = st.sampled_from(
    ["low", "likely", "high", "shape", "uniform", "normal", "beta", "empirical", "one-of", "mean", "sd", "1d"]
)
_trees = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words | _plain, inner, max_size=4)
)


@given(_trees)
def test_nothing_breaks_the_readers(written: Any) -> None:
    for read in (parse_distribution, parse_duration_distribution, parse_number_distribution):
        try:
            distribution = read(written)
        except BadValue as refused:
            assert refused.message
        else:
            assert read(distribution.canonical()) == distribution


counts = st.decimals(min_value=0, max_value=1000, places=3)


@given(st.lists(counts, min_size=3, max_size=3).map(sorted), st.sampled_from(["d", "h", "min", None]))
def test_three_points_in_order_read_back(points: list[Decimal], unit: str | None) -> None:
    values: list[Any] = [Duration(point, unit) if unit else point for point in points]
    for kind in (Triangular, Pert):
        distribution: Distribution = kind(*values)
        assert parse_distribution(distribution.canonical()) == distribution
