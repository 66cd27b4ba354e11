"""Filling gaps: a file, or a mapping, from the paths that `check` prints to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaignflow.plan.kinds import later
from campaignflow.plan.model_walk import find
from campaignflow.plan.near import suggestion
from campaignflow.plan.nodes import Entries, Items, Node, Scalar, lift
from campaignflow.plan.problems import Problem
from campaignflow.plan.values import is_placeholder

__all__ = ["fill_nodes", "gap_paths", "set_nodes"]


def fill_nodes(root: Node, filled: Node) -> list[Problem]:
    """Puts each value of a fill text in place of the gap at its path; the nodes are changed, the problems returned.

    A value keeps its place in the fill text, so that a bad one is reported where it was written. Paths that name
    nothing, or something that is no gap, are CF803.
    """
    if not isinstance(filled, Entries):
        return [_problem("a fill file maps paths to values", filled, "phases.advance.window: 2026-04-08/2026-06-15")]
    problems = []
    for key, value in filled.entries:
        problem = _fill_one(root, key, value)
        if problem is not None:
            problems.append(problem)
    return problems


_SHORT = ("name", "value", "window", "worth")
"""Keys that a single text may stand for in an element: `head: ~` is `head: {name: ~}`, and filled by either path."""


def _gap_at(root: Node, path: str) -> tuple[str, Node | None]:
    """The path of the gap that a path of a fill file means, and its node."""
    node, _ = find(root, path)
    above, _, last = path.rpartition(".")
    if node is None and last in _SHORT:
        return above, find(root, above)[0]
    if isinstance(node, Entries) and later(node) is None:
        inner = next((key.text for key, child in node.entries if key.text in _SHORT and _is_gap(child)), None)
        if inner is not None:
            return f"{path}.{inner}", node.get(inner)
    return path, node


def _fill_one(root: Node, key: Scalar, value: Node) -> Problem | None:
    path, node = _gap_at(root, key.text)
    if path == "year" and node is None and isinstance(root, Entries):
        root.entries.append((key, value))  # a year that is needed and not written is a gap, too
        return None
    if node is None:
        hint = suggestion(key.text, gap_paths(root), "the gaps are")
        return _problem(f"{key.text!r} names nothing in the plan", key, hint)
    if not _is_gap(node):
        hint = suggestion(path, [gap for gap in gap_paths(root) if gap != path], "the gaps are")
        return _problem(f"{path!r} is no gap: the plan says what it is", key, hint)
    replace(root, path, value)
    return None


def _problem(message: str, node: Node, hint: str | None) -> Problem:
    path = node.text if isinstance(node, Scalar) else ""
    return Problem("CF803", "error", message, node.place(), hint, node.excerpt(), path)


def _is_gap(node: Node) -> bool:
    if isinstance(node, Scalar):
        return (node.plain and node.text == "~") or is_placeholder(node.text)
    if isinstance(node, Items):
        return len(node.items) == 1 and _is_gap(node.items[0])
    return isinstance(node, Entries) and later(node) is not None


def gap_paths(root: Node) -> list[str]:
    """The paths of all nodes that look like gaps."""
    found: list[str] = []
    _gap_paths(root, "", found)
    return found


def _gap_paths(node: Node, path: str, found: list[str]) -> None:
    if _is_gap(node):
        found.append(path)
        return
    prefix = path + "." if path else ""
    if isinstance(node, Entries):
        for key, child in node.entries:
            _gap_paths(child, prefix + key.text, found)
    elif isinstance(node, Items):
        for index, child in enumerate(node.items):
            ident = child.get("id") if isinstance(child, Entries) else None
            name = ident.text if isinstance(ident, Scalar) else str(index)
            _gap_paths(child, prefix + name, found)


def replace(root: Node, path: str, value: Node) -> bool:
    """Puts a node at a path, in place of what is there; False where there is nothing to replace."""
    old, _ = find(root, path)
    return old is not None and _swap(root, old, value, path.rpartition(".")[2])


def _swap(node: Node, old: Node, new: Node, name: str) -> bool:
    if isinstance(node, Entries):
        for index, (key, child) in enumerate(node.entries):
            if child is old:
                node.entries[index] = (key, new)
                return True
            if _swap(child, old, new, name):
                return True
    elif isinstance(node, Items):
        for index, child in enumerate(node.items):
            if child is old:
                node.items[index] = _named(child, new, name)
                return True
            if _swap(child, old, new, name):
                return True
    return False


def _named(old: Node, new: Node, name: str) -> Node:
    """A new body for an element of a list keeps the element's id, if it was found by that."""
    ident = old.get("id") if isinstance(old, Entries) else old
    if isinstance(ident, Scalar) and ident.text == name:
        return Entries([(ident, new)], new.source, new.line, new.column)
    return new


def set_nodes(root: Node, values: Mapping[str, Any]) -> list[Problem]:
    """Puts values at paths, whether or not something is there; where even the part above is missing: CF803."""
    problems = []
    for path, value in values.items():
        node = lift(value)
        if replace(root, path, node):
            continue
        above, _, name = path.rpartition(".")
        parent, _ = find(root, above)
        if isinstance(parent, Entries):
            parent.entries.append((Scalar(name, False), node))
        elif isinstance(parent, Items):
            parent.items.append(Entries([(Scalar(name, False), node)]))
        else:
            hint = suggestion(path, gap_paths(root))
            problems.append(Problem("CF803", "error", f"{path!r} names nothing in the plan", None, hint, None, path))
    return problems
