"""The strict YAML composer: scalars as written, places, and what is refused while reading."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.plan.nodes import Entries, Items, Node, Scalar
from campaignflow.plan.yaml import Limits, compose, decode


def codes(text: str, **limits: int) -> list[str]:
    return [problem.code for problem in compose(text, limits=Limits(**limits))[1]]


def scalar(node: Node | None, key: str) -> Scalar:
    assert isinstance(node, Entries)
    found = node.get(key)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    "written", ["12:30", "010", "NO", "yes", "on", "0x10", "1_000", "2026-04-01", "1e3", "null", ".5"]
)
def test_a_plain_scalar_stays_what_was_written(written: str) -> None:
    node, problems = compose(f"key: {written}")
    assert (scalar(node, "key").text, scalar(node, "key").plain, problems) == (written, True, [])


def test_a_quoted_tilde_is_a_text_and_a_plain_one_is_not() -> None:
    node, _ = compose("a: ~\nb: '~'\nc:\n")
    assert [(scalar(node, key).text, scalar(node, key).plain) for key in "abc"] == [
        ("~", True),
        ("~", False),
        ("", True),
    ]


def test_places_count_characters_chinese_included() -> None:
    node, _ = compose("标题: {中文: 值}\nlist:\n  - 一\n  - {键: 二}\n", "p.yaml")
    assert isinstance(node, Entries)
    title, items = node.entries[0][1], node.entries[1][1]
    assert isinstance(title, Entries)
    assert isinstance(items, Items)
    assert str(title.entries[0][1].place()) == "p.yaml:1:10"
    assert [str(item.place()) for item in items.items] == ["p.yaml:3:5", "p.yaml:4:5"]
    assert title.excerpt() == "标题: {中文: 值}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2", "CF102"),
        ("a: {b: 1, b: 2}", "CF102"),
        ("a: &x 1\nb: 2", "CF103"),
        ("a: !tag 1", "CF103"),
        ("a: !!python/object:os.system {}", "CF103"),
        ("计划：x\nphases:\n  a: {}", "CF104"),
        ("a: {b: 1，c: 2}", "CF104"),
        ("phases:\n  advance：\n    window: x\n", "CF104"),
        ("a: [1, 2", "CF101"),
        ("a: b: c", "CF101"),
        ("\ta: 1", "CF101"),
        ("a: 1\n---\nb: 2", "CF101"),
        ("a: >= 80%", "CF101"),
        ("? {a: 1}\n: 2", "CF101"),
        ("a: \x07", "CF101"),
        ("a: \ud800", "CF101"),
        ('a: "x\\u202Ey"', "CF113"),
        ("a: x\u202ey", "CF113"),
        ("a: 活动?；完成", "CF114"),
        ("a: caf\ufffd", "CF114"),
        ("title: Room #5", "CF515"),
    ],
)
def test_what_is_refused_or_doubted(text: str, code: str) -> None:
    assert code in codes(text)


def test_an_alias_is_refused_and_costs_nothing() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    begun = time.perf_counter()
    assert set(codes(bomb)) == {"CF103"}
    assert time.perf_counter() - begun < 1


def test_comments_are_no_loss_where_they_are_comments() -> None:
    assert codes('a: 1   # five\nb: "Room #5"\nc: x#5\n#d: 1\n') == []


def test_limits_on_size_depth_and_nodes() -> None:
    assert codes("a: " + "x" * 100, size=50) == ["CF105"]
    assert codes("[" * 40 + "]" * 40) == ["CF105"]
    assert codes("[" * 5_000)[0] in ("CF101", "CF105")  # libyaml itself stops at a depth, too
    assert codes("[1, 2, 3, 4]", nodes=4) == ["CF105"]
    assert codes("[1, 2, 3, 4]", nodes=5) == []
    assert codes("a: 1\n" * 1_000, problems=7) == ["CF102"] * 7


def test_a_file_that_is_not_utf8_says_where() -> None:
    text, problem = decode(b"a: 1\nb: \xff\n", "p.yaml")
    assert problem is not None
    assert (text, str(problem.place)) == ("", "p.yaml:2:4")
    assert decode("\ufeffa: 1".encode()) == ("a: 1", None)


def test_problems_come_in_the_order_of_the_text() -> None:
    _, problems = compose("a: &x 1\nb: 1\nb: 2\nc: !t 3\n")
    assert [problem.place.line for problem in problems if problem.place] == [1, 3, 4]


@given(st.text(max_size=200))
def test_any_text_gives_nodes_or_problems_and_never_another_error(text: str) -> None:
    node, problems = compose(text)
    assert node is not None or problems or not text.strip() or "#" in text or "%" in text or "-" in text or "." in text


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co", "Cf"]), max_size=20)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXTS))
def test_quoted_json_strings_come_back(values: dict[str, str]) -> None:
    import orjson

    node, _ = compose(orjson.dumps(values).decode())
    assert isinstance(node, Entries)
    assert {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)} == values
