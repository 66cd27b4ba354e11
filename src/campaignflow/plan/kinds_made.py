"""Kinds made of kinds: lists, mappings, and one of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from campaignflow.plan.kinds import INVALID, Kind, Report, ScalarKind, Schemas, Section, gap_json, with_gap
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.values import BadValue, Unresolved

__all__ = ["Either", "ListOf", "MapOf"]


class ListOf(Kind):
    """A list, read into a tuple. With `single`, one value may stand without the brackets.

    A list that is itself a gap is a tuple of that one gap, so that a reader of the model meets tuples only.
    """

    def __init__(self, kind: Kind, what: str | None = None, *, single: bool = False) -> None:
        self.kind, self.single = kind, single
        self.what = what or f"a list of values, each {kind.what}"
        self.loose = kind.loose

    def read(self, node: Node, report: Report) -> Any:
        """A tuple always, or INVALID."""
        if not isinstance(node, Items) and self.single:
            value = self.kind.read(node, report)
            return INVALID if value is INVALID else (value,)
        value = super().read(node, report)
        return (value,) if isinstance(value, Unresolved) else value

    def scalar(self, node: Scalar, report: Report) -> Any:
        """One text where a list is due: the brackets are missing."""
        return self.wrong(node, report, f"write [{node.text}]" if len(node.text) < 60 else None)

    def items(self, node: Items, report: Report) -> Any:
        """Each item by the kind of items; problems of all of them are reported."""
        values = []
        path, read = report.path, self.kind.read
        for index, item in enumerate(node.items):
            path.append(str(index))
            values.append(read(item, report))
            path.pop()
        return INVALID if INVALID in values else tuple(values)

    def write(self, value: Any) -> Any:
        """A JSON list."""
        return [self.kind.canonical(item) for item in value]

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """An array, or with `single` one value."""
        item = self.kind.schema(schemas)
        array = {"type": "array", "items": with_gap(item)}
        return {"anyOf": [array, item]} if self.single else array


class MapOf(Kind):
    """A mapping with free texts (or ids of something else) as keys, read into a `Section`.

    Args:
        kind: of the values.
        what: in words.
        key: checks and normalises a key; raises BadValue.
        refers: the section whose ids the keys name, for the checker.
        ordered: whether the order carries meaning; it is kept then, else the keys are sorted.
    """

    def __init__(
        self,
        kind: Kind,
        what: str,
        key: Callable[[str], str] = str,
        refers: str | None = None,
        *,
        ordered: bool = False,
    ) -> None:
        self.kind, self.what, self.key, self.refers, self.ordered = kind, what, key, refers, ordered

    def read(self, node: Node, report: Report) -> Any:
        """A section always, or INVALID."""
        value = super().read(node, report)
        return Section(gap=value) if isinstance(value, Unresolved) else value

    def entries(self, node: Entries, report: Report) -> Any:
        """Each entry by its kind."""
        return self._read(node.entries, report)

    def items(self, node: Items, report: Report) -> Any:
        """A list of one-entry mappings: the canonical form, which keeps the order in any tool."""
        pairs: list[tuple[Scalar, Node]] = []
        for item in node.items:
            if not isinstance(item, Entries) or len(item.entries) != 1:
                return self.wrong(node, report)
            pairs += item.entries
        return self._read(pairs, report)

    def _read(self, pairs: list[tuple[Scalar, Node]], report: Report) -> Any:
        values: dict[str, Any] = {}
        good = True
        for key, node in pairs:
            report.path.append(key.text)
            try:
                name = self.key(key.text)
            except BadValue as error:
                report.add(error.code, error.message, key, error.hint)
                good = False
            else:
                value = self.kind.read(node, report)
                good = good and value is not INVALID
                values[name] = value
            report.path.pop()
        if not good:
            return INVALID
        return Section(values if self.ordered else sorted(values.items()))

    def ready(self, node: Ready, report: Report) -> Any:
        """A section that came from a plan."""
        return node.value if isinstance(node.value, Section) else self.wrong(node, report)

    def canonical(self, value: Any) -> Any:
        """The section; a missing one is a gap."""
        if isinstance(value, Section) and value.gap is not None:
            return gap_json(value.gap)
        return super().canonical(value)

    def write(self, value: Any) -> Any:
        """An object; where the order carries meaning, a list of one-entry mappings."""
        written = {key: self.kind.canonical(entry) for key, entry in value.items()}
        return [{key: entry} for key, entry in written.items()] if self.ordered else written

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """An object with values of one kind."""
        values = with_gap(self.kind.schema(schemas))
        return {"anyOf": [{"type": "object", "additionalProperties": values},
                          {"type": "array", "items": {"type": "object", "additionalProperties": values,
                                                      "maxProperties": 1}}]}  # fmt: skip


class Either(Kind):
    """One of several kinds, chosen by the form of the node: text, list or mapping.

    Args:
        what: what is due, in words.
        scalar: reads texts; the first of several that can read one does.
        other: reads lists, mappings and finished values, or None where only texts are due.
    """

    def __init__(self, what: str, scalar: Sequence[ScalarKind], other: Kind | None = None) -> None:
        self.what, self.texts, self.other = what, tuple(scalar), other
        self.loose = any(kind.loose for kind in scalar)

    def scalar(self, node: Scalar, report: Report) -> Any:
        """The first kind that can read the text; else the last one's problem is reported."""
        for kind in self.texts[:-1]:
            try:
                return kind.parse(node.text)
            except BadValue:
                continue
        return self.texts[-1].scalar(node, report)

    def items(self, node: Items, report: Report) -> Any:
        """By the other kind."""
        return self.other.items(node, report) if self.other else self.texts[-1].items(node, report)

    def entries(self, node: Entries, report: Report) -> Any:
        """By the other kind."""
        return self.other.entries(node, report) if self.other else self.texts[-1].entries(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished value of any of the kinds."""
        for kind in self.texts:
            if isinstance(node.value, kind.types):
                return node.value
        return self.other.ready(node, report) if self.other else self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """As the kind that the value belongs to writes it."""
        for kind in self.texts:
            if isinstance(value, kind.types):
                return kind.write(value)
        assert self.other is not None
        return self.other.write(value)

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """Any of the kinds."""
        kinds: list[Kind] = [*self.texts, *([self.other] if self.other else [])]
        return {"anyOf": [kind.schema(schemas) for kind in kinds]}
