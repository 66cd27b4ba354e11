"""Words and trees: Python's own parser is the oracle for what the two languages share."""

from __future__ import annotations

import ast
import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.errors import PlanError
from campaignflow.plan.expressions import MAX_CHARACTERS, MAX_DEPTH, MAX_TOKENS, ExpressionError, parse, unparse
from campaignflow.plan.expressions import syntax as ours
from campaignflow.plan.expressions.parser import parse_test

# ---------------------------------------------------------------------------------------------------------- the oracle
_OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in", ast.And: "and", ast.Or: "or",
}  # fmt: skip


class ChainedError(Exception):
    """Python reads `a < b < c`; the language refuses it."""


def from_python(node: ast.expr, source: str) -> ours.Node:
    match node:
        case ast.Constant(value):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            text = ast.get_source_segment(source, node)
            return ours.Literal(Decimal(text) if is_number else value)
        case ast.Name(name):
            return ours.Name(name)
        case ast.Attribute(base, name):
            return ours.Member(from_python(base, source), name)
        case ast.Call(ast.Name(name), arguments):
            return ours.Call(name, tuple(from_python(each, source) for each in arguments))
        case ast.List(items):
            return ours.ListOf(tuple(from_python(each, source) for each in items))
        case ast.UnaryOp(ast.Not(), operand):
            return ours.Unary("not", from_python(operand, source))
        case ast.UnaryOp(ast.USub(), operand):
            inner = from_python(operand, source)
            if isinstance(inner, ours.Literal) and isinstance(inner.value, Decimal):
                return ours.Literal(-inner.value)
            return ours.Unary("-", inner)
        case ast.BinOp(left, operator, right):
            return ours.Binary(_OPERATORS[type(operator)], from_python(left, source), from_python(right, source))
        case ast.BoolOp(operator, values):
            return ours.Logic(_OPERATORS[type(operator)], tuple(from_python(each, source) for each in values))
        case ast.Compare(left, [operator], [right]):
            return ours.Compare(_OPERATORS[type(operator)], from_python(left, source), from_python(right, source))
        case ast.Compare():
            raise ChainedError
        case ast.IfExp(test, yes, no):
            parts = (from_python(each, source) for each in (test, yes, no))
            return ours.Choice(*parts)
    raise AssertionError(ast.dump(node))


def python_tree(text: str) -> ours.Node:
    source = text.strip().replace("true", "True").replace("false", "False").replace("null", "None")
    return from_python(ast.parse(source, mode="eval").body, source)


ATOMS = st.sampled_from(
    ["a", "b.c", "d.e.f", "1", "2.50", "0", "3e2", "'x'", '"it\'s"', "true", "false", "null", "f()"]
)
INFIX = st.sampled_from(["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in"])


@st.composite
def sentences(draw: st.DrawFn, depth: int = 3) -> str:
    """Operands and operators in a row, some in brackets, calls and negations: what binds tighter is for the parsers."""
    words = []
    for index in range(draw(st.integers(1, 4))):
        if index:
            words.append(draw(INFIX))
        words.append(draw(st.sampled_from(["", "", "", "not ", "-"])))
        shape = draw(st.sampled_from(["atom", "bracket", "call", "list"])) if depth else "atom"
        if shape == "atom":
            words.append(draw(ATOMS))
        elif shape == "list":
            words.append("[1, -2, 'x']")
        elif shape == "call":
            words.append(f"g({draw(sentences(depth - 1))}, {draw(sentences(depth - 1))})")
        else:
            words.append(f"({draw(sentences(depth - 1))})")
    return " ".join(words)


@given(sentences())
def test_the_tree_is_the_one_that_python_reads(text: str) -> None:
    try:
        expected = python_tree(text)
    except (ChainedError, SyntaxError):
        with pytest.raises(ExpressionError):
            parse(text)
        return
    assert parse(text) == expected


TOKENS = ["a", "b", ".", "c", "1", "2.5", "'x'", "(", ")", "[", "]", ",", "+", "-", "*", "/", "==", "<", "in", "not"]


@given(st.lists(st.sampled_from([*TOKENS, "and", "or", "true", "null"]), max_size=12).map(" ".join))
def test_what_is_accepted_of_random_words_python_accepts_with_the_same_tree(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert parse(text) == python_tree(text)


@given(sentences(), sentences(), sentences())
def test_choices_nest_to_the_right_and_bind_least(one: str, two: str, three: str) -> None:
    with contextlib.suppress(ExpressionError):
        expected = ours.Choice(parse(one), parse(two), parse(three))
        assert parse(f"{one} ? {two} : {three}") == expected
        again = ours.Choice(parse(one), parse(two), expected)
        assert parse(f"{one} ? {two} : {one} ? {two} : {three}") == again


@given(sentences())
def test_a_tree_as_text_reads_back_as_the_same_tree(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        tree = parse(text)
        assert parse(unparse(tree)) == tree


@given(st.text(max_size=60) | st.text("abn.<>=!()[]'\"%?:&|万亿 \\#0123456789", max_size=60))
def test_any_text_gives_a_tree_or_a_fault_with_a_place(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        assert error.faults and error.problems
        assert all(0 <= fault.offset <= len(text) and fault.length >= 1 for fault in error.faults)
        assert all(fault.caret(text) for fault in error.faults)


# ------------------------------------------------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("80%", "0.8"),
        ("0.5%", "0.005"),
        ("2.5万", "25000"),
        ("20亿", "2000000000"),
        ("20e8", "2000000000"),
        (".5", "0.5"),
    ],
)
def test_numbers_are_exact(text: str, number: str) -> None:
    assert parse(text) == ours.Literal(Decimal(number))


def test_a_percentage_of_34_digits_loses_none() -> None:
    assert parse("0.123456789012345678901234567890123%") == ours.Literal(
        Decimal("0.00123456789012345678901234567890123")
    )


@pytest.mark.parametrize("text", ["1e31", "1e999999999", "1e99999999999999999999", "9" * 35, "0." + "1" * 35])
def test_numbers_out_of_range_are_refused(text: str) -> None:
    assert code(text) == "CF112"


# -------------------------------------------------------------------------------------------------------------- limits
def code(text: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert isinstance(caught.value, PlanError) and isinstance(caught.value, ValueError)
    return caught.value.faults[0].code


def test_limits() -> None:
    longest = "a" * MAX_CHARACTERS
    assert parse(longest) == ours.Name(longest)
    assert code(longest + "a") == "CF406"
    most = "+".join("a" * (MAX_TOKENS // 2))
    parse(most + "+a") if MAX_TOKENS % 2 else parse(most)
    assert code(most + "+a+a") == "CF406"
    deep = MAX_DEPTH - 1
    parse("(" * deep + "a" + ")" * deep)
    for opening, closing in (("(", ")"), ("f(", ")"), ("not ", ""), ("- ", ""), ("a ? a : ", "")):
        assert code(opening * (deep + 1) + "a" + closing * (deep + 1)) == "CF406"


@pytest.mark.parametrize(
    "sign", ["%", "&", "|", "!", "^", "#", "\\", "{", "}", ";", "@", "$", "`", "~", "，", "\u202e", "é", "\x00"]
)
def test_only_listed_signs_are_read(sign: str) -> None:
    assert code(f"a {sign} b") == "CF406"


@pytest.mark.parametrize(
    "text", ["a ** b", "a // b", "a % b", "lambda: 1", "[x for x in y]", "a[0]", "f(x=1)", "a if b else c", "a; b"]
)
def test_what_python_has_and_the_language_has_not(text: str) -> None:
    assert code(text) in {"CF401", "CF406"}


# -------------------------------------------------------------------------------------------------------------- faults
@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("findings.open = 0", 14, "write =="),
        ("1 < 2 < 3", 6, "do not chain"),
        ("a == b == c", 7, "do not chain"),
        ("a && b", 2, "write and"),
        ("5 % 3", 2, "80%"),
        ("a ≥ 3", 2, "write >="),
        ("'open", 0, "close it"),
        ("'a\\n'", 2, "as they stand"),
        ("tasks open", 6, "no blanks"),
        ("a and", 5, None),
        ("", 0, None),
        ("   ", 3, None),
        ("(a", 2, None),
        ("[a]", 1, None),
        ("[]", 1, None),
        ("a.", 2, None),
        ("f(a b)", 4, None),
    ],
)
def test_a_fault_names_its_place_and_what_would_be_right(text: str, offset: int, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    (fault,) = caught.value.faults
    assert fault.offset == offset
    assert hint is None or hint in str(fault.hint)


def test_the_caret_stands_under_the_word_in_its_line() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("a and\n\tb = c")
    assert caught.value.faults[0].caret("a and\n\tb = c") == "\tb = c\n\t  ^"


# --------------------------------------------------------------------------------------------------------------- tests
def test_a_test_supplies_its_subject() -> None:
    assert parse_test(">= 80%", "value") == parse("value >= 80%")
    assert parse_test("== 'x' and n > 3", "grade") == parse("grade == 'x' and n > 3")
    assert parse_test("n >= 25 and k >= 21", "value") == parse("n >= 25 and k >= 21")
    assert parse_test("90", "value", bare_number=True) == parse("value >= 90")
    assert parse_test("-5", "value", bare_number=True) == parse("value >= -5")
    assert parse_test("90", "value") == parse("90")
