"""Every quantile against scipy, at ordinary and extreme draws and parameters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from campaignflow.simulation import quantiles as q

DRAWS = [2.0**-54, 1e-12, 1e-6, 0.001, 0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 0.999, 1 - 1e-6, 1 - 1e-9]
Case = tuple[str, Callable[[float], float], object]

CASES: list[Case] = [
    ("uniform", q.uniform(2, 5), stats.uniform(2, 3)),
    *[(f"triangular {m}", q.triangular(2, m, 7), stats.triang((m - 2) / 5, 2, 5)) for m in (2, 3, 7)],
    *[(f"pert {m}", q.pert(2, m, 7), stats.beta(1 + 4 * (m - 2) / 5, 1 + 4 * (7 - m) / 5, 2, 5)) for m in (2, 3, 7)],
    *[(f"beta {a} {b}", q.beta(a, b), stats.beta(a, b)) for a, b in ((2, 5), (1, 1), (0.5, 0.5), (80, 20), (900, 7))],
    *[(f"gamma {k}", q.gamma(k, 3), stats.gamma(k, scale=3)) for k in (0.5, 1, 2.5, 40, 1000)],
    ("exponential", q.exponential(4), stats.expon(scale=4)),
    *[(f"weibull {k}", q.weibull(k, 4), stats.weibull_min(k, scale=4)) for k in (0.7, 1, 3)],
    ("normal", q.normal_quantile, stats.norm()),
    *[
        (f"truncated {m}", q.truncated_normal(m, 2), stats.truncnorm(-m / 2, float("inf"), loc=m, scale=2))
        for m in (-3, 0, 1, 5, 40)
    ],
    *[
        (f"lognormal {sd}", q.lognormal(3, sd), stats.lognorm(s, scale=3 / (1 + (sd / 3) ** 2) ** 0.5))
        for sd, s in ((1, 0.32459284597450133), (6, 1.2686362411795196))
    ],
]


@pytest.mark.parametrize(("name", "quantile", "judge"), CASES, ids=[name for name, _, _ in CASES])
def test_agrees_with_scipy(name: str, quantile: Callable[[float], float], judge: object) -> None:
    for u in DRAWS:
        assert quantile(u) == pytest.approx(judge.ppf(u), rel=1e-7, abs=1e-9), (name, u)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "quantile", "judge"), CASES, ids=[name for name, _, _ in CASES])
def test_more_luck_is_never_less(name: str, quantile: Callable[[float], float], judge: object) -> None:
    values = [quantile((number + 0.5) / 500) for number in range(500)]
    assert values == sorted(values)


@given(a=st.floats(0.2, 200), b=st.floats(0.2, 200), u=st.floats(1e-6, 1 - 1e-6))
def test_beta_of_any_shape_agrees_with_scipy(a: float, b: float, u: float) -> None:
    assert q.beta(a, b)(u) == pytest.approx(stats.beta(a, b).ppf(u), abs=1e-9)


@given(shape=st.floats(0.2, 500), u=st.floats(1e-6, 1 - 1e-6))
def test_gamma_inverts_its_share(shape: float, u: float) -> None:
    assert stats.gamma(shape).cdf(q.gamma(shape, 1)(u)) == pytest.approx(u, rel=1e-6, abs=1e-7)


def test_no_width_is_one_value() -> None:
    assert [q.triangular(3, 3, 3)(0.3), q.pert(3, 3, 3)(0.3), q.uniform(3, 3)(0.3), q.truncated_normal(3, 0)(0.3)] == [
        3
    ] * 4


def test_a_normal_distribution_wholly_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing above 0"):
        q.truncated_normal(-1000, 1)
