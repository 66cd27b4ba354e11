"""The table behind the model: keys with their kinds, and the classes that are read and written by it.

Each attribute of a model class is one key of the plan language. Its metadata says which kind of value it takes, what it
is for, and which of the five mechanisms it lowers to; the reader, the Python door, the canonical form, the JSON Schema
and the reference page all come from there, and from nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final

import attrs
from attrs import field, frozen

from campaignflow.errors import PlanError
from campaignflow.plan.kinds import Kind, Report, ScalarKind, Schemas
from campaignflow.plan.kinds_made import ListOf
from campaignflow.plan.nodes import Entries, Node, Ready, Scalar, lift
from campaignflow.plan.values import BadValue, Text, Unresolved

__all__ = [
    "ID",
    "LANGUAGE",
    "SOURCE",
    "TEXT",
    "Described",
    "Element",
    "Fault",
    "Key",
    "Named",
    "Table",
    "build",
    "door",
    "doors",
    "entry",
    "parse_id",
    "table_of",
]

Fault = tuple[str, str, str, str | None]
"""A fault that one element shows by itself: code, key, message, hint."""

_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")


def parse_id(text: str) -> str:
    """An id: `a-z 0-9 -`, beginning with a letter, at most 64 characters.

    >>> parse_id("kick-off")
    'kick-off'

    Raises:
        BadValue: (CF109) anything else; the hint is the nearest id.
    """
    if _ID.fullmatch(text):
        return text
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64]
    hint = "ids are made of a-z, 0-9 and -, begin with a letter, and have at most 64 characters"
    if _ID.fullmatch(slug):
        hint += f": {slug!r}"
    raise BadValue(f"{text[:80]!r} is not an id", hint, code="CF109")


class TextKind(Kind):
    """A text, in one language or in several."""

    what = "a text, or one per language: {en: …, zh: …}"

    def scalar(self, node: Scalar, report: Report) -> Any:
        """A text without a language."""
        return Text(node.text)

    def entries(self, node: Entries, report: Report) -> Any:
        """One text per language; the keys are language tags."""
        texts: dict[str, str] = {}
        for language, text in node.entries:
            if not LANGUAGE.fullmatch(language.text):
                return report.add("CF106", f"{language.text!r} is not a language", language, "en, zh, zh-Hant, …")
            if not isinstance(text, Scalar) or (text.plain and text.text in ("", "~")):
                return self.wrong(text, report)
            texts[language.text] = text.text
        return Text(texts) if texts else self.wrong(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished `Text`."""
        return node.value if isinstance(node.value, Text) else self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """The text, or a mapping from language to text."""
        return value.canonical()

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A text, or an object of texts."""
        return {"anyOf": [_JSON_TEXT, {"type": "object", "additionalProperties": {"type": "string"}}]}


LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_JSON_TEXT: Final = {"type": ["string", "number", "boolean"]}
TEXT: Final = TextKind()
PLAIN: Final = ScalarKind("a text", str, schema=_JSON_TEXT)


class IdKind(ScalarKind):
    """An id: `~` and placeholders are none, since nothing could refer to them."""

    def gap(self, node: Scalar, report: Report) -> Any:
        """INVALID for an empty value and for `~`, else None."""
        if node.plain and node.text in ("", "~"):
            return report.add("CF109", "an id cannot be left open", node, "give it one")
        return None


ID: Final = IdKind("an id", parse_id, schema={"type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$"})
SOURCE: Final = ListOf(PLAIN, "one reference or a list of them", single=True)


# ------------------------------------------------------------------------------------------------------------ the keys
@frozen
class Key:
    """One line of the table: a key of the plan language.

    Attributes:
        name: as YAML writes it (`for-each`); attr: as Python does (`for_each`).
        kind: what may stand behind it.
        doc: what it means, for the reference page and editors.
        lowers: which mechanism it lowers to: L lifecycle, E expression, R rule, S scoring tree, H hook, D plain data.
        required: whether it must be there.
        finer: the construct's name if this version reads the key but does not run it yet, else None.
        default: the attribute's value where the key is absent, or None.
    """

    name: str
    attr: str
    kind: Kind
    doc: str
    lowers: str
    required: bool
    finer: str | None
    default: Any


def entry(kind: Kind | Callable[[], Kind], doc: str, lowers: str = "D", *, finer: str | None = None) -> dict[str, Any]:
    """An attribute's metadata: see `Key`. The kind may be a function, for classes that refer to later ones."""
    return {"kind": kind, "doc": doc, "lowers": lowers, "finer": finer}


def door(value: Any) -> Any:
    """Stands where `doors` puts the converter of the attribute's kind; type checkers see that anything may be given."""
    return value


_DOOR: Any = door


def doors(cls: type, attributes: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """A field transformer of attrs: every attribute with a kind converts what a Python caller gives by that kind."""
    return [
        attribute.evolve(converter=_converter(attribute)) if attribute.converter is _DOOR else attribute
        for attribute in attributes
    ]


def _converter(attribute: attrs.Attribute[Any]) -> Callable[[Any], Any]:
    name, default = attribute.name, attribute.default
    metadata = attribute.metadata

    def convert(value: Any) -> Any:
        if value is default:
            return value
        if value is None:  # an argument of None is an absent one; a gap is `Unresolved()`
            return None if _is_factory(default) or default is attrs.NOTHING else default
        report = Report()
        report.path.append(name.rstrip("_").replace("_", "-"))
        result = _kind(metadata["kind"]).read(lift(value), report)
        if report.problems:
            raise PlanError(report.problems)
        return result

    return convert


_FACTORY: type = type(attrs.Factory(list))  # a class at run time, a function to type checkers


def _is_factory(default: Any) -> bool:
    return isinstance(default, _FACTORY)


def _kind(kind: Kind | Callable[[], Kind]) -> Kind:
    return kind if isinstance(kind, Kind) else kind()


# ----------------------------------------------------------------------------------------------------------- the table
def _computer(factory: Any) -> Callable[[Any], Any]:
    """A default that is computed, as a function of the element."""
    if factory.takes_self:
        return factory.factory  # type: ignore[no-any-return]  # attrs does not say what a factory is
    return lambda _element: factory.factory()


class Table:
    """What a model class is read and written by.

    Attributes:
        cls: the class.
        keys: name -> Key, without the id.
        scalar: names of the keys that a single text may stand for; the first that can read it gets it.
        listing: the key that a list may stand for, or None.
        rest: the key that gathers the entries that are no keys (own fields, triggers), or None.
        gap: the attribute that holds a gap in place of the whole element, or None.
    """

    def __init__(self, cls: type[Described]) -> None:
        self.cls = cls
        attributes = [attribute for attribute in attrs.fields(cls) if "kind" in attribute.metadata]
        self.keys: dict[str, Key] = {}
        for attribute in attributes:
            if attribute.name != "id":
                line = _line(attribute)
                self.keys[line.name] = line
        self.has_id = issubclass(cls, Element)
        self.scalar: tuple[str, ...] = cls.SCALAR
        self.listing: str | None = cls.LISTING
        self.rest = next((line for line in self.keys.values() if line.attr == cls.REST), None)
        if self.rest is not None:
            del self.keys[self.rest.name]
        self.required = tuple(line for line in self.keys.values() if line.required)
        self.gap = cls.GAP if self.has_id else None
        plain = [attribute for attribute in attrs.fields(cls) if attribute.name != "id"]
        self.defaults = {a.name: a.default for a in plain if not _is_factory(a.default)}
        self.computed = tuple((a.name, _computer(a.default)) for a in plain if _is_factory(a.default))
        self.faults = cls.faults is not Described.faults
        self.lines = (*self.keys.values(), *((self.rest,) if self.rest else ()))
        self.scan = tuple((line.attr, line.default, line) for line in self.lines)

    def __repr__(self) -> str:
        return f"Table({self.cls.__name__})"


def _line(attribute: attrs.Attribute[Any]) -> Key:
    default = attribute.default
    computed = _is_factory(default)
    return Key(
        name=attribute.name.rstrip("_").replace("_", "-"),
        attr=attribute.name,
        kind=_kind(attribute.metadata["kind"]),
        doc=attribute.metadata["doc"],
        lowers=attribute.metadata["lowers"],
        required=default is attrs.NOTHING,
        finer=attribute.metadata["finer"],
        default=None if computed or default is attrs.NOTHING else default,
    )


_TABLES: dict[type, Table] = {}


def table_of(cls: type[Described]) -> Table:
    """The table of a class, made once."""
    table = _TABLES.get(cls)
    if table is None:
        table = _TABLES[cls] = Table(cls)
    return table


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Described:
    """What every mapping of the plan language takes: a title, a note, a source."""

    SCALAR: ClassVar[tuple[str, ...]] = ()
    LISTING: ClassVar[str | None] = None
    REST: ClassVar[str | None] = None
    GAP: ClassVar[str] = "gap"

    title: Text | Unresolved | None = field(default=None, converter=door, metadata=entry(TEXT, "what people call it"))
    note: Text | Unresolved | None = field(
        default=None, converter=door, metadata=entry(TEXT, "prose that no machine reads")
    )
    source: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(SOURCE, "where it comes from")
    )

    def faults(self) -> Iterable[Fault]:
        """What is wrong with this element by itself, such as two keys of which one is allowed."""
        return ()

    def __attrs_post_init__(self) -> None:
        report = Report()
        for code, name, message, hint in self.faults():
            report.path = [f"{type(self).__name__}.{name}"]
            report.add(code, message, None, hint)
        if report.problems:
            raise PlanError(report.problems)


@frozen(slots=False, field_transformer=doors)
class _WithId:
    id: str = field(converter=door, metadata=entry(ID, "how others refer to it"))


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Element(Described, _WithId):
    """Something that others refer to by its id.

    Attributes:
        id: unique in its section.
        gap: an `Unresolved` where the whole element is announced but not known (`fourth-action: ~`), else None.
    """

    gap: Unresolved | None = None


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Named(Element):
    """Something that has an id and a title and nothing more: a question of a gate, a document it asks for."""

    SCALAR: ClassVar[tuple[str, ...]] = ("title",)


def build(table: Table, values: dict[str, Any], node: Node | None = None, report: Report | None = None) -> Any:
    """An element from values that came through their kinds: no conversion again, only its own faults are looked for."""
    element = table.cls.__new__(table.cls)
    attributes = element.__dict__
    attributes.update(table.defaults)
    attributes.update(values)
    for name, factory in table.computed:
        if name not in values:
            attributes[name] = factory(element)
    if table.faults and report is not None:
        for code, name, message, hint in element.faults():
            place = node.get(name) if isinstance(node, Entries) else None
            report.path.append(name)
            report.add(code, message, place or node, hint)
            report.path.pop()
    return element
