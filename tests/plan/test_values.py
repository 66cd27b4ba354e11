"""Numbers, amounts, durations, texts and gaps: what is read, what is refused, and that canonical text reads back equal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.errors import CampaignflowError
from campaignflow.plan.values import (
    Amount,
    BadValue,
    Duration,
    Text,
    Unresolved,
    format_number,
    is_placeholder,
    parse_amount,
    parse_duration,
    parse_number,
)

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", "3"), ("0.8", "0.8"), ("80%", "0.80"), ("2.5万", "25000"), ("20亿", "2000000000"), ("20e8", "2e9"),
        ("1万亿", "1e12"), ("８０％", "0.8"), ("-3", "-3"), ("−3", "-3"), (" 7 ", "7"), (".5", "0.5"), ("80 %", "0.8"),
    ],
)  # fmt: skip
def test_numbers_are_exactly_what_is_written(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "three", "1,000", "1_000", "0x10", "NaN", "inf", "1e", "3d", "1.2.3", "٣", "80%%"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_number(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["1e31", "1e-40", "9" * 35, "1e999"])
def test_a_number_out_of_range_says_so(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_number(text)
    assert caught.value.code == "CF112"


def test_thousands_separators_are_answered_with_the_plain_number() -> None:
    with pytest.raises(BadValue, match="1200000"):
        parse_number("1,200,000")


@given(numbers)
def test_a_number_reads_back(number: Decimal) -> None:
    assert parse_number(format_number(number)) == number


@given(numbers, st.sampled_from(["CNY", "pc", "mg/l", "元", "m²", "man days"]))
def test_an_amount_reads_back(number: Decimal, unit: str) -> None:
    amount = Amount(number, unit)
    assert parse_amount(str(amount)) == amount
    assert hash(parse_amount(str(amount))) == hash(amount)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("200000 CNY", "200000 CNY"), ("200万元", "2000000 元"), ("12.50 mg/l", "12.5 mg/l"), ("5 万 CNY", "50000 CNY")],
)
def test_amounts(text: str, canonical: str) -> None:
    assert str(parse_amount(text)) == canonical


@pytest.mark.parametrize("text", ["CNY", "12", "12%", "3d", "", "12mg", "CNY 12"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_amount(text)


def test_floats_are_refused_with_the_exact_spelling() -> None:
    with pytest.raises(BadValue, match=r"Decimal\('0.1'\)"):
        Amount(0.1, "CNY")  # type: ignore[arg-type] # what a caller must not do
    with pytest.raises(BadValue):
        Duration(True, "d")


@given(st.integers(-9999, 9999), st.sampled_from(["d", "cd", "w", "mo", "y", "h", "min"]))
def test_a_duration_reads_back(count: int, unit: str) -> None:
    duration = Duration(count, unit)
    assert parse_duration(str(duration), signed=True) == duration
    assert Duration(-count, unit) == -duration


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("P1D", "CF305", "1d .*1cd"), ("P2W", "CF305", "2w"), ("PT3H", "CF305", "3d"), ("3 days", "CF301", "3d or 3cd"),
        ("3天", "CF301", "3cd"), ("2周", "CF301", "2w"), ("5个工作日", "CF301", "5d"), ("-1d", "CF301", "1d"),
        ("3", "CF301", "3d"), ("soon", "CF301", "3d"), ("1.5w", "CF301", "fractions"), ("2000000d", "CF112", "at most"),
    ],
)  # fmt: skip
def test_what_is_no_duration_is_answered_with_the_right_one(text: str, code: str, hint: str) -> None:
    with pytest.raises(BadValue, match=hint) as caught:
        parse_duration(text)
    assert caught.value.code == code


@given(st.text(max_size=300) | st.text(alphabet="0123456789.eE+-%万亿 dcwmohinPTYx×_年月", max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (parse_number, parse_amount, parse_duration):
        try:
            value = read(text)
        except BadValue as refused:
            assert refused.message
        else:
            written = format_number(value) if isinstance(value, Decimal) else str(value)
            assert read(written) == value
    assert is_placeholder(text) in (True, False)


@pytest.mark.parametrize("text", ["xxx", "XXX", "20xx年9月底", "xx月份", "20XX", "××市", "２０ｘｘ年", "____年"])
def test_placeholders_are_known(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["4月1日", "Exxon", "XXL shirts", "Louis XX", "box", "x", "maxx", "taxx-free"])
def test_words_are_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


def test_a_text_falls_back_to_what_there_is() -> None:
    text = Text({"zh": "启动", "en": "Kick-off"})
    assert [text.get(language) for language in ("zh", "zh-TW", "fr", "")] == ["启动", "启动", "Kick-off", "Kick-off"]
    assert Text({"fr": "oui", "de": "ja"}).get("it") == "ja"
    assert text == Text({"en": "Kick-off", "zh": "启动"})
    assert Text(text.canonical()) == text == Text(text)
    assert Text("sweep").canonical() == str(Text("sweep")) == "sweep"


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(BadValue):
        Text({})


def test_gaps_keep_their_text() -> None:
    assert str(Unresolved()) == "~"
    assert str(Unresolved("20xx年9月底")) == "20xx年9月底"
    assert Unresolved(later="evaluate") != Unresolved()


def test_a_bad_value_is_one_of_ours_and_a_value_error() -> None:
    assert issubclass(BadValue, CampaignflowError)
    assert issubclass(BadValue, ValueError)
