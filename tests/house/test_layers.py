"""Floors 1 and 2 are pure: what import contracts cannot see (a call of the clock, a write to disk) is sought here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import campaignflow

SRC = Path(campaignflow.__file__).parent
PURE = ("plan", "core", "audit")
IMPURE_CALLS = {"now", "utcnow", "today", "write_text", "write_bytes", "unlink", "mkdir", "getenv", "urandom"}
IMPURE_NAMES = {"print", "input", "eval", "exec", "compile", "__import__"}


def calls(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every call in a file: its line, the last part of the called name, and whether it is called on something."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr, True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id, False


def pure_files() -> list[Path]:
    return sorted(path for floor in PURE for path in (SRC / floor).rglob("*.py"))


def test_pure_floors_ask_nothing_of_the_world() -> None:
    found = [
        f"{path.relative_to(SRC)}:{line}: {name}()"
        for path in pure_files()
        for line, name, attribute in calls(path)
        if name in (IMPURE_CALLS if attribute else IMPURE_NAMES)
    ]
    assert found == []


# A command's id is ordered by the machine's time so that ids sort; nothing reads a time back from it.
MAY_ASK = {SRC / "engine" / "clock.py", SRC / "engine" / "ids.py"}


def test_only_the_engines_clock_asks_for_the_time() -> None:
    found = [
        f"{path.relative_to(SRC)}:{line}: {name}()"
        for path in sorted(SRC.rglob("*.py"))
        if path not in MAY_ASK
        for line, name, attribute in calls(path)
        if attribute and name in {"utcnow", "today", "time_ns"}
    ]
    assert found == []


def test_every_folder_is_a_package_that_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(SRC))
        for path in sorted(SRC.rglob("__init__.py"))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
