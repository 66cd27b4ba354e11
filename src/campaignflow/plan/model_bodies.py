"""How the classes of the model are read and written: one element by its table, and sections of elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from campaignflow.plan.kinds import (
    INVALID,
    Kind,
    Report,
    Schemas,
    Section,
    gap_json,
    later,
    unknown_key,
    unquoted,
    with_gap,
)
from campaignflow.plan.model_base import ID, LANGUAGE, Described, Key, Table, build, parse_id, table_of
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.values import BadValue, Unresolved

__all__ = ["Body", "Ids"]


class Body(Kind):
    """A mapping by the table of a class; a text or a list where the class has a shorthand for it."""

    def __init__(self, cls: Callable[[], type[Described]] | type[Described], what: str) -> None:
        self._cls, self.what = cls, what
        self._table: Table | None = None

    @property
    def table(self) -> Table:
        """The table of the class; a function that names the class lets two classes hold each other."""
        if self._table is None:
            cls = self._cls if isinstance(self._cls, type) else self._cls()
            self._table = table_of(cls)
        return self._table

    # ---------------------------------------------------------------------------------------------------------- reading
    def scalar(self, node: Scalar, report: Report) -> Any:
        """By the class's shorthand."""
        return self.shorthand(node, report, {})

    def items(self, node: Items, report: Report) -> Any:
        """By the class's shorthand for lists."""
        name = self.table.listing
        if name is None:
            return self.wrong(node, report)
        return self._one(self.table.keys[name], node, report, {})

    def entries(self, node: Entries, report: Report) -> Any:
        """By the table's keys."""
        return self.body(node, report, {})

    def ready(self, node: Ready, report: Report) -> Any:
        """An element that a Python caller has made."""
        return node.value if isinstance(node.value, self.table.cls) else self.wrong(node, report)

    def shorthand(self, node: Scalar, report: Report, values: dict[str, Any]) -> Any:
        """A single text: the first key that can read it gets it, else the last one's problem stands."""
        names = self.table.scalar
        if not names:
            return self.wrong(node, report)
        for name in names[:-1]:
            attempt = Report()
            value = self.table.keys[name].kind.read(node, attempt)
            if value is not INVALID:
                return build(self.table, {**values, self.table.keys[name].attr: value}, node, report)
        return self._one(self.table.keys[names[-1]], node, report, values)

    def _one(self, line: Key, node: Node, report: Report, values: dict[str, Any]) -> Any:
        value = line.kind.read(node, report)
        return INVALID if value is INVALID else build(self.table, {**values, line.attr: value}, node, report)

    def body(self, node: Entries, report: Report, values: dict[str, Any]) -> Any:
        """A mapping: every key by its kind, then what is missing. A bad value leaves its default; reading goes on."""
        table = self.table
        if table.scalar == ("title",) and node.entries and self._is_text(node):
            return self._one(table.keys["title"], node, report, values)
        rest: list[tuple[Scalar, Node]] = []
        path, keys, broken = report.path, table.keys, False
        for name, child in node.entries:
            line = keys.get(name.text) or (self._python(name.text) if name.source is None else None)
            if line is None:
                rest.append((name, child))
                continue
            path.append(line.name)
            value = line.kind.read(child, report)
            path.pop()
            if value is INVALID:
                broken = True
            else:
                values[line.attr] = value
        if rest:
            self._rest(rest, node, report, values)
        return self._complete(node, report, values, broken)

    def _python(self, name: str) -> Key | None:
        return self.table.keys.get(name.rstrip("_").replace("_", "-"))

    def _is_text(self, node: Entries) -> bool:
        return all(name.text not in self.table.keys and LANGUAGE.fullmatch(name.text) for name, _ in node.entries)

    def _rest(self, rest: list[tuple[Scalar, Node]], node: Entries, report: Report, values: dict[str, Any]) -> None:
        line = self.table.rest
        if line is None:
            if self.table.scalar and len(rest) == len(node.entries) and unquoted(node):
                message = "YAML reads this as a mapping, because it holds { } or a colon"
                report.add("CF515", message, node, "quote the whole text", "warning")
                self.wrong(node, report, "quote the whole text")
                return
            for name, _ in rest:
                unknown_key(name, list(self.table.keys), f"{self.what}", report)
            return
        value = line.kind.read(Entries(rest, node.source, node.line, node.column), report)
        if value is not INVALID:
            values[line.attr] = value

    def _complete(self, node: Node, report: Report, values: dict[str, Any], broken: bool) -> Any:
        """The element; its own faults are not looked for where a value is bad, since they may only follow from that."""
        missing = False
        for line in self.table.required:
            if line.attr not in values:
                missing = True
                known = isinstance(node, Entries) and node.get(line.name) is not None
                if not known:  # else its own problem has been reported
                    report.add("CF108", f"{self.what} needs the key {line.name!r}", node, line.doc)
        return INVALID if missing else build(self.table, values, node, None if broken else report)

    # ---------------------------------------------------------------------------------------------------------- writing
    def write(self, value: Any) -> Any:
        """A JSON object; what is nothing, empty or false and nothing else by default is left out."""
        table = self.table
        gap = getattr(value, "gap", None)
        if gap is not None:
            return {value.id: gap_json(gap)}
        document: dict[str, Any] = {"id": value.id} if table.has_id else {}
        attributes = value.__dict__
        for line in table.keys.values():
            held = attributes[line.attr]
            if held is None or held is False or held == ():
                if held == line.default or (held is None and line.default is None):
                    continue
            elif held == {} and isinstance(held, Section) and held.gap is None:
                continue
            document[line.name] = "false" if held is False else line.kind.canonical(held)
        if table.rest is not None:
            document |= table.rest.kind.canonical(attributes[table.rest.attr])
        return document

    # ---------------------------------------------------------------------------------------------------------- schema
    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A reference to the class's definition, which is made when first asked for."""
        name = self.table.cls.__name__
        if name not in schemas:
            schemas[name] = {}  # stands while the class's own keys refer back to it
            schemas[name] = self._definition(schemas)
        return {"$ref": f"#/$defs/{name}"}

    def _definition(self, schemas: Schemas) -> dict[str, Any]:
        table = self.table
        properties = {
            line.name: {"description": line.doc, **with_gap(line.kind.schema(schemas))} for line in table.keys.values()
        }
        if table.has_id:
            properties["id"] = ID.schema(schemas)
        body: dict[str, Any] = {
            "type": "object",
            "properties": properties,
            "additionalProperties": table.rest is not None,
        }
        if table.required:
            body["required"] = [line.name for line in table.required]
        forms = [body]
        forms += [table.keys[name].kind.schema(schemas) for name in table.scalar]
        if table.listing:
            forms.append(table.keys[table.listing].kind.schema(schemas))
        return {"anyOf": forms} if len(forms) > 1 else body


class Ids(Kind):
    """A section: a mapping from id to element, or a list of ids or elements.

    Args:
        body: reads one element.
        key: checks an id; raises BadValue. Grades and answers are texts, not ids.
    """

    def __init__(self, body: Body, what: str, key: Callable[[str], str] = parse_id) -> None:
        self.body, self.what, self.key = body, what, key

    def read(self, node: Node, report: Report) -> Any:
        """A section always, or INVALID."""
        value = super().read(node, report)
        return Section(gap=value) if isinstance(value, Unresolved) else value

    def entries(self, node: Entries, report: Report) -> Any:
        """Id by id; one that cannot be read is left out, after its problems were reported."""
        elements: dict[str, Any] = {}
        for name, child in node.entries:
            self._add(elements, name, child, report)
        return Section(elements)

    def items(self, node: Items, report: Report) -> Any:
        """A list of ids (empty bodies), of `{id: …, …}`, of `{ID: body}`, or of elements made in Python."""
        elements: dict[str, Any] = {}
        for item in node.items:
            if isinstance(item, Ready):
                self._finished(elements, item, report)
            elif (found := _id_and_body(item)) is None:
                self.wrong(item, report, "a list holds ids; write a mapping, ID: {…}, for more")
            else:
                self._add(elements, *found, report)
        return Section(elements)

    def _add(self, elements: dict[str, Any], name: Scalar, child: Node | None, report: Report) -> None:
        report.path.append(name.text)
        try:
            ident = self.key(name.text)
        except BadValue as error:
            if name.plain and ("：" in name.text or "，" in name.text):
                self.wrong(name, report)
            else:
                report.add(error.code, error.message, name, error.hint)
        else:
            if ident in elements:
                report.add("CF109", f"{ident!r} stands here a second time", name, "ids are unique in their section")
            element = self._element(ident, name, child, report)
            if element is not INVALID:
                elements[ident] = element
            else:
                report.dropped.add(ident)
        report.path.pop()

    def _element(self, ident: str, name: Scalar, child: Node | None, report: Report) -> Any:
        body, table = self.body, self.body.table
        values: dict[str, Any] = {"id": ident}
        if child is None:
            return body.body(Entries([], name.source, name.line, name.column), report, values)
        if isinstance(child, Ready):
            if isinstance(child.value, Unresolved):
                return _missing(table, ident, child.value)
            if isinstance(child.value, table.cls) and child.value.id == ident:  # type: ignore[attr-defined]  # Ids hold Elements
                return child.value
            return body.wrong(child, report)
        gap: Any = None
        if isinstance(child, Scalar):
            gap = body.gap(child, report)
        elif isinstance(child, Entries):
            gap = later(child)
        if gap is INVALID:
            return INVALID
        if gap is not None:
            return _missing(table, ident, gap)
        if isinstance(child, Scalar):
            return body.shorthand(child, report, values)
        if isinstance(child, Entries):
            return body.body(child, report, values)
        if table.listing is not None:
            return body._one(table.keys[table.listing], child, report, values)
        return body.wrong(child, report)

    def _finished(self, elements: dict[str, Any], item: Ready, report: Report) -> None:
        element = item.value
        if not isinstance(element, self.body.table.cls):
            self.body.wrong(item, report)
        elif element.id in elements:  # type: ignore[attr-defined]  # Ids hold Elements
            report.add("CF109", f"{element.id!r} stands here a second time")  # type: ignore[attr-defined]  # as above
        else:
            elements[element.id] = element  # type: ignore[attr-defined]  # as above

    def ready(self, node: Ready, report: Report) -> Any:
        """A section of a plan, taken over as it is."""
        value = node.value
        good = isinstance(value, Section) and all(isinstance(entry, self.body.table.cls) for entry in value.values())
        return value if good else self.wrong(node, report)

    def canonical(self, value: Any) -> Any:
        """A list of objects in order."""
        if value.gap is not None:
            return gap_json(value.gap)
        return [self.body.write(element) for element in value.values()]

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """An object of elements, or a list of ids."""
        element = with_gap(self.body.schema(schemas))
        return {"anyOf": [{"type": "object", "additionalProperties": element}, {"type": "array"}]}


def _missing(table: Table, ident: str, gap: Unresolved) -> Any:
    """An element that is announced but not known: what it must have is a gap, too."""
    required = {line.attr: gap for line in table.required}
    return build(table, {**required, "id": ident, str(table.gap): gap})


def _id_and_body(item: Node) -> tuple[Scalar, Node | None] | None:
    """The id and the body of one item of a list, in any of its three forms; the body is None for a bare id."""
    if isinstance(item, Scalar):
        return None if item.plain and item.text in ("", "~") else (item, None)
    if not isinstance(item, Entries) or not item.entries:
        return None
    named = item.get("id")
    if isinstance(named, Scalar):
        rest = [pair for pair in item.entries if pair[1] is not named]
        return named, Entries(rest, item.source, item.line, item.column)
    return item.entries[0] if len(item.entries) == 1 else None
