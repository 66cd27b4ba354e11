"""Reading plans: from files, texts, canonical bytes; every problem is reported, with its place."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from campaignflow.errors import PlanError
from campaignflow.plan.checks import check
from campaignflow.plan.fill import fill_nodes, set_nodes
from campaignflow.plan.kinds import INVALID, Report
from campaignflow.plan.model import PLAN, Plan
from campaignflow.plan.model_base import ID
from campaignflow.plan.model_tables import read_tables
from campaignflow.plan.model_walk import Origin
from campaignflow.plan.nodes import Entries, Node, Scalar, lift
from campaignflow.plan.problems import Place, Problem, by_place
from campaignflow.plan.yaml import DEFAULT_LIMITS, Limits, compose, decode, too_large

__all__ = ["check_built", "from_canonical", "from_text", "load", "read_file", "refilled", "reset"]

FORMAT = 1
"""The format version that this reader knows."""


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> tuple[Node | None, list[Problem]]:
    """The nodes of a YAML file, and the problems of its text; a file that cannot be read is one, too (CF111)."""
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(limits.size + 1)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        return None, [Problem("CF111", "error", message, Place(name, 1, 1))]
    if len(data) > limits.size:
        return None, [too_large(name, limits)]
    text, problem = decode(data, name)
    return (None, [problem]) if problem is not None else _compose(text, name, limits)


def _compose(text: str, name: str, limits: Limits) -> tuple[Node | None, list[Problem]]:
    with _quiet():
        return compose(text, name, limits)


def load(
    path: str | os.PathLike[str],
    fill: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Plan:
    """A plan from a YAML file; `fill` names a fill file, or is a mapping from paths to values.

    Raises:
        PlanError: with every problem found.
    """
    root, problems = read_file(path, limits)
    filled: Node | None = None
    if fill is not None:
        filled, more = (lift(fill), []) if isinstance(fill, Mapping) else read_file(fill, limits)
        problems += more
    if root is not None:
        problems += read_tables(root, Path(path).parent)
    return read_nodes(root, problems, filled)


def from_text(
    text: str, fill: str | Mapping[str, Any] | None = None, *, file: str = "<text>", limits: Limits = DEFAULT_LIMITS
) -> Plan:
    """A plan from a YAML text; `fill` is a fill file's text, or a mapping from paths to values.

    Raises:
        PlanError: with every problem found.
    """
    root, problems = _compose(text, file, limits)
    filled: Node | None = None
    if fill is not None:
        filled, more = (lift(fill), []) if isinstance(fill, Mapping) else _compose(fill, "<fill>", limits)
        problems += more
    return read_nodes(root, problems, filled)


def from_canonical(data: bytes) -> Plan:
    """The plan whose canonical form these bytes are.

    Raises:
        PlanError: they are no plan.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise PlanError([Problem("CF101", "error", f"not JSON: {error}")]) from None
    return read_nodes(lift(document), [])


def refilled(plan: Plan, values: Mapping[str, Any]) -> Plan:
    """The plan with gaps filled; it is read anew, so every value is checked."""
    return read_nodes(_nodes(plan), [], lift(dict(values)))


def reset(plan: Plan, values: Mapping[str, Any]) -> Plan:
    """The plan with other values at some paths."""
    root = _nodes(plan)
    return read_nodes(root, set_nodes(root, values))


def _nodes(plan: Plan) -> Node:
    return lift(orjson.loads(plan.canonical()))


# ------------------------------------------------------------------------------------------------------- nodes to plan
def read_nodes(root: Node | None, problems: list[Problem], filled: Node | None = None) -> Plan:
    """A plan from nodes: gaps filled, kinds read, references and expressions checked.

    Raises:
        PlanError: with every problem found, those of the text included.
    """
    with _quiet():
        return _read_nodes(root, problems, filled)


@contextmanager
def _quiet() -> Iterator[None]:
    """Holds Python's cycle collector while a plan is read.

    Nothing that is read holds itself, and the collector would walk the growing tree again and again: it doubles the
    time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_nodes(root: Node | None, problems: list[Problem], filled: Node | None) -> Plan:
    if root is None:
        raise PlanError(problems or [Problem("CF101", "error", "an empty text is no plan", hint=_HEADER)])
    if filled is not None:
        problems += fill_nodes(root, filled)
    report = Report()
    plan = _read(root, report)
    problems += report.problems
    if plan is None:
        raise PlanError(by_place(problems))
    origin = Origin(root)
    plan.__dict__["origin"] = origin
    problems += _without_echoes(check(plan, report.dropped), report.problems)
    if any(problem.severity == "error" for problem in problems):
        raise PlanError(by_place(problems))
    plan.__dict__["origin"] = Origin(root, tuple(by_place(problems)))
    return plan


_HEADER = "a plan begins with `campaignflow: 1` and `plan: ID`"


def _read(root: Node, report: Report) -> Plan | None:
    if not isinstance(root, Entries):
        PLAN.wrong(root, report, _HEADER)
        return None
    _check_format(root, report)
    ident = _ident(root, report)
    rest = [pair for pair in root.entries if pair[0].text != "plan"]
    plan = PLAN.body(Entries(rest, root.source, root.line, root.column), report, {"id": ident or "plan"})
    return plan if plan is not INVALID and isinstance(plan, Plan) else None


def _check_format(root: Entries, report: Report) -> None:
    node = root.get("campaignflow")
    if node is None:
        report.add("CF108", "the key 'campaignflow' is missing", root, _HEADER)
    elif not isinstance(node, Scalar) or node.text.strip() != str(FORMAT):
        found = node.text if isinstance(node, Scalar) else "no number"
        report.add("CF110", f"format version {found!r}; this reader knows {FORMAT}", node, f"campaignflow: {FORMAT}")


def _ident(root: Entries, report: Report) -> str | None:
    node = root.get("plan")
    if node is None:
        report.add("CF108", "the key 'plan' is missing: the plan's id", root, _HEADER)
        return None
    report.path.append("plan")
    value = ID.read(node, report)
    report.path.pop()
    return value if isinstance(value, str) else None


def _without_echoes(found: list[Problem], before: list[Problem]) -> list[Problem]:
    """Leaves out what only follows from a problem reported already: a value that could not be read is not missing."""
    paths = [problem.path for problem in before if problem.severity == "error"]
    if not paths:
        return found
    return [
        problem
        for problem in found
        if problem.code not in ("CF205", "CF801") or not any(path.startswith(problem.path) for path in paths)
    ]


def check_built(plan: Plan) -> Origin:
    """What a plan that was built in Python shows; the same checks as for one from a text.

    Raises:
        PlanError: with every error found.
    """
    problems = check(plan, frozenset())
    if any(problem.severity == "error" for problem in problems):
        raise PlanError(by_place(problems))
    return Origin(None, tuple(by_place(problems)))
