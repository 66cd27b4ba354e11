"""Walking a plan: every key that says something, with its path; where it stands in the text; what is missing in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from attrs import frozen

from campaignflow.plan.kinds import EMPTY, Kind, ScalarKind, Section
from campaignflow.plan.kinds_made import ListOf, MapOf
from campaignflow.plan.model_base import Described, Key, table_of
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.nodes import Entries, Items, Node, Scalar
from campaignflow.plan.problems import Place, Problem, Severity
from campaignflow.plan.values import Text, Unresolved

__all__ = ["Origin", "Places", "Spot", "find", "gaps_in", "walk"]


_LEAVES = frozenset({str, int, bool, Decimal, Text, Unresolved})


class Spot:
    """A key that says something: its path, its line of the table, its value, the element it belongs to."""

    __slots__ = ("element", "line", "path", "value")

    def __init__(self, path: str, line: Key | None, value: Any, element: Described) -> None:
        self.path, self.line, self.value, self.element = path, line, value, element

    def __repr__(self) -> str:
        return f"Spot({self.path!r}, {self.value!r})"


def walk(element: Described, path: str = "") -> Iterator[Spot]:
    """Every key of an element and of those inside it that differs from its default, in the order of the table.

    An element that is a gap as a whole has one spot, with no line of the table.
    """
    origin = element.__dict__.get("origin")
    if isinstance(origin, Origin) and origin.spots is not None:
        return iter(origin.spots)
    spots: list[Spot] = []
    _visit(element, path, spots)
    return iter(spots)


def _visit(element: Described, path: str, spots: list[Spot]) -> None:
    table = table_of(type(element))
    attributes = element.__dict__
    if attributes.get("gap") is not None:
        spots.append(Spot(path, None, attributes["gap"], element))
        return
    prefix = path + "." if path else ""
    for attr, default, line in table.scan:
        value = attributes[attr]
        if value is None or value is default or value is EMPTY:
            continue
        name = prefix + line.name if line is not table.rest else path
        spots.append(Spot(name, line, value, element))
        if type(value) not in _LEAVES:
            _inside(line.kind, value, name, spots)


def _inside(kind: Kind, value: Any, path: str, spots: list[Spot]) -> None:
    """The elements that a value holds."""
    if isinstance(value, Described):
        _visit(value, path, spots)
    elif isinstance(kind, Ids):
        for ident, element in value.items():
            _visit(element, f"{path}.{ident}", spots)
    elif isinstance(kind, ListOf) and not isinstance(kind.kind, ScalarKind):
        for index, item in enumerate(value):
            _inside(kind.kind, item, path if kind.single and len(value) == 1 else f"{path}.{index}", spots)
    elif isinstance(kind, MapOf) and isinstance(kind.kind, Body | ListOf):
        for name, item in value.items():
            _inside(kind.kind, item, f"{path}.{name}", spots)


def gaps_in(spot: Spot) -> Iterator[tuple[str, Unresolved]]:
    """The gaps that a spot's own value holds (not those of elements inside it), with their paths."""
    if spot.line is None:
        yield spot.path, spot.value
    elif spot.line.attr == type(spot.element).GAP and isinstance(spot.value, Unresolved):
        yield spot.path.rpartition(".")[0], spot.value  # `head: ~` stands for `head: {name: ~}`
    else:
        yield from _gaps(spot.value, spot.path)


def _gaps(value: Any, path: str) -> Iterator[tuple[str, Unresolved]]:
    if isinstance(value, Unresolved):
        yield path, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if isinstance(item, Unresolved | tuple | Section):
                yield from _gaps(item, path if len(value) == 1 else f"{path}.{index}")
    elif isinstance(value, Section):
        if value.gap is not None:
            yield path, value.gap
        for name, item in value.items():
            if isinstance(item, Unresolved | tuple | Section):
                yield from _gaps(item, f"{path}.{name}")


# -------------------------------------------------------------------------------------------------------------- places
Index = dict[int, dict[str, tuple[Scalar, Node]]]
"""The entries of large mappings by key, for whoever looks up many paths in nodes that do not change meanwhile."""


def find(root: Node | None, path: str, index: Index | None = None) -> tuple[Node | None, Scalar | None]:
    """The node at a path and the key before it; (None, None) where the text has nothing there.

    Keys may hold dots themselves (`may.task.verify`), so the longest key that fits is followed.
    """
    node, key = root, None
    rest = path.split(".") if path else []
    while rest and node is not None:
        taken, key, node = _step(node, rest, index)
        rest = rest[taken:]
    return (node, key) if node is not None else (None, None)


def _step(node: Node, rest: list[str], index: Index | None) -> tuple[int, Scalar | None, Node | None]:
    if isinstance(node, Entries):
        for count in range(1, len(rest) + 1):
            found = _entry(node, ".".join(rest[:count]), index)
            if found is not None:
                return count, *found
    elif isinstance(node, Items):
        return _item(node, rest[0])
    return 1, None, None


def _entry(node: Entries, name: str, index: Index | None) -> tuple[Scalar, Node] | None:
    if index is None or len(node.entries) < 16:
        return next((pair for pair in node.entries if pair[0].text == name), None)
    entries = index.get(id(node))
    if entries is None:
        entries = index[id(node)] = {pair[0].text: pair for pair in node.entries}
    return entries.get(name)


def _item(node: Items, name: str) -> tuple[int, Scalar | None, Node | None]:
    for item in node.items:
        if isinstance(item, Scalar) and item.text == name:
            return 1, item, item
        if isinstance(item, Entries) and item.entries:
            ident = item.get("id")
            if isinstance(ident, Scalar) and ident.text == name:
                return 1, ident, item
            if len(item.entries) == 1 and item.entries[0][0].text == name:
                return 1, item.entries[0][0], item.entries[0][1]
    if name.isdecimal() and int(name) < len(node.items):
        return 1, None, node.items[int(name)]
    return 1, None, None


class Places:
    """Where the parts of a plan stand in its text: a path to its place, looked up when asked for."""

    def __init__(self, root: Node | None) -> None:
        self._root = root
        self._index: Index = {}

    def node(self, path: str) -> Node | None:
        """The node at a path, or at the nearest part above it that the text has; a mapping stands at its key."""
        while True:
            node, key = find(self._root, path, self._index)
            if node is not None and node.source is not None:
                inline = isinstance(node, Scalar | Items) or key is None or key.source is None
                return node if inline else key
            if not path:
                return None
            path = path.rpartition(".")[0]

    def get(self, path: str) -> Place | None:
        """The place of a path, or of the nearest part above it; None for a plan that was built in Python."""
        node = self.node(path)
        return node.place() if node is not None else None

    def __getitem__(self, path: str) -> Place:
        place = self.get(path)
        if place is None:
            raise KeyError(path)
        return place


@frozen(eq=False, slots=False)
class Origin:
    """Where a plan came from; no part of what it is.

    Attributes:
        root: the nodes it was read from, or None.
        problems: what was found while reading and checking, errors excepted.
        spots: what `walk` gives for the plan, kept while it is being checked.
    """

    root: Node | None = None
    problems: tuple[Problem, ...] = ()
    spots: list[Spot] | None = None

    @cached_property
    def places(self) -> Places:
        """Where its parts stand."""
        return Places(self.root)

    def problem(
        self, code: str, message: str, path: str, hint: str | None = None, severity: Severity = "error", offset: int = 0
    ) -> Problem:
        """A problem at a path, with its place where the plan has a text; `offset` characters into the value."""
        node = self.places.node(path)
        place, excerpt = (node.place(), node.excerpt()) if node is not None else (None, None)
        if place is not None and offset and isinstance(node, Scalar):
            quote = 0 if node.plain else 1
            place = Place(place.file, place.line, place.column + offset + quote)
        return Problem(code, severity, message, place, hint, excerpt, path)
