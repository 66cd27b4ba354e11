"""Kinds: what may stand behind a key, and the one door through which every value comes.

A kind reads a node, whether it came from YAML or from a Python caller, and gives the model's value; it writes that
value back in the plan language, and describes it as JSON Schema. `model_base` builds the table of keys from these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from campaignflow.plan.near import suggestion
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.problems import Problem, Severity
from campaignflow.plan.values import BadValue, Unresolved, fold, is_placeholder

__all__ = [
    "EMPTY",
    "INVALID",
    "Kind",
    "Report",
    "ScalarKind",
    "Schemas",
    "Section",
    "describe",
    "gap_json",
    "later",
    "unknown_key",
    "unquoted",
    "with_gap",
]


T = TypeVar("T")


class _Invalid:
    """The answer of a kind that has reported a problem instead of reading a value."""

    def __repr__(self) -> str:
        return "INVALID"


INVALID: Final = _Invalid()
Schemas = dict[str, Any]
"""Definitions of a JSON Schema, filled while it is made."""

_WHOLE_PLACEHOLDER = re.compile(r"(20)?[xX×]{2,}[年月日号份]*|_{2,}")


class Report:
    """Collects problems while one text is read, and knows which path is being read.

    Attributes:
        dropped: ids of elements that could not be read; a reference to one of them is no second problem.
    """

    __slots__ = ("dropped", "limit", "path", "problems")

    def __init__(self, limit: int = 1_000) -> None:
        self.problems: list[Problem] = []
        self.path: list[str] = []
        self.limit = limit
        self.dropped: set[str] = set()

    def add(
        self, code: str, message: str, node: Node | None = None, hint: str | None = None, severity: Severity = "error"
    ) -> _Invalid:
        """Keep a problem at a node (the first thousand; more help nobody), and answer INVALID."""
        if len(self.problems) < self.limit:
            place, excerpt = (node.place(), node.excerpt()) if node is not None else (None, None)
            problem = Problem(code, severity, message, place, hint, excerpt, ".".join(self.path))
            self.problems.append(problem)
        return INVALID


class Section(dict[str, T]):
    """An immutable mapping from id to value that keeps its order; equal only to one of the same order.

    Attributes:
        gap: an `Unresolved` where the whole section is known to be missing, else None; the mapping is empty then.

    >>> Section({"a": 1}).gap is None, Section({"a": 1, "b": 2}) == Section({"b": 2, "a": 1})
    (True, False)
    """

    __slots__ = ("gap",)

    def __init__(self, entries: Mapping[str, T] | Sequence[tuple[str, T]] = (), gap: Unresolved | None = None) -> None:
        super().__init__(entries)
        self.gap = gap

    def _refuse(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("a plan's sections are immutable: build a new plan, for example by attrs.evolve")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Section):
            return self.gap == other.gap and list(self.items()) == list(other.items())
        return dict.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none; this one never changes
        return hash((self.gap, tuple(self.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Section, (dict(self), self.gap))

    def __copy__(self) -> Section[T]:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Section[T]:
        return self


EMPTY: Final[Section[Any]] = Section()


def gap_json(gap: Unresolved) -> Any:
    """A gap as the plan language writes it in JSON."""
    if gap.later is not None:
        return {"later": gap.later}
    return gap.text if gap.text is not None and is_placeholder(gap.text) else None


def later(node: Entries) -> Unresolved | None:
    """`{later: PHASE}` as a gap; None for every other mapping."""
    if len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    if key.text != "later" or not isinstance(value, Scalar) or value.text in ("", "~"):
        return None
    return Unresolved(None, later=value.text)


def describe(node: Node) -> str:
    """What was found, in words."""
    if isinstance(node, Scalar):
        return repr(node.text if len(node.text) <= 60 else node.text[:57] + "…")
    if isinstance(node, Items):
        return "a list"
    return "a mapping" if isinstance(node, Entries) else f"{type(node.value).__name__}"


class Kind:
    """What may stand behind a key. Subclasses say how each form of node is read."""

    what: str = "a value"
    """What is due here, in words, with the accepted forms."""
    loose: bool = False
    """Whether a placeholder inside a longer text (`20xx年9月底`) makes a gap, or only one that stands alone."""

    def read(self, node: Node, report: Report) -> Any:
        """The value, an `Unresolved`, or INVALID after a problem was reported."""
        kind = type(node)
        if kind is Scalar:
            gap = self.gap(node, report)  # type: ignore[arg-type]  # `kind is Scalar` says so, cheaper than isinstance
            return self.scalar(node, report) if gap is None else gap  # type: ignore[arg-type]  # as above
        if isinstance(node, Entries):
            gap = later(node)
            return self.entries(node, report) if gap is None else gap
        if isinstance(node, Items):
            return self.items(node, report)
        assert isinstance(node, Ready)
        return node.value if isinstance(node.value, Unresolved) else self.ready(node, report)

    def gap(self, node: Scalar, report: Report) -> Any:
        """An `Unresolved` for `~` and placeholders, INVALID for an empty value, None for everything else."""
        text = node.text
        if node.plain:
            if text == "~":
                return Unresolved()
            if text == "":
                return report.add("CF514", "an empty value", node, "write {} for nothing special, ~ for not known yet")
        if text.isascii() and "xx" not in text and "XX" not in text and "__" not in text:
            return None
        if (is_placeholder(text) if self.loose else _WHOLE_PLACEHOLDER.fullmatch(fold(text))) and node.text:
            return Unresolved(text)
        return None

    def scalar(self, node: Scalar, report: Report) -> Any:
        """Reads a scalar."""
        return self.wrong(node, report)

    def items(self, node: Items, report: Report) -> Any:
        """Reads a list."""
        return self.wrong(node, report)

    def entries(self, node: Entries, report: Report) -> Any:
        """Reads a mapping."""
        return self.wrong(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """Takes a value that a Python caller has made."""
        return self.wrong(node, report)

    def wrong(self, node: Node, report: Report, hint: str | None = None) -> _Invalid:
        """Reports that something else is due here; a full-width sign is blamed before the type."""
        if isinstance(node, Scalar) and node.plain and ("：" in node.text or "，" in node.text):
            sign = "：" if "：" in node.text else "，"
            return report.add("CF104", f"a full-width {sign!r} in place of an ASCII one", node, f"write {fold(sign)!r}")
        return report.add("CF107", f"expected {self.what}, found {describe(node)}", node, hint)

    def canonical(self, value: Any) -> Any:
        """The value as JSON in the plan language; reading it back gives an equal value."""
        return gap_json(value) if isinstance(value, Unresolved) else self.write(value)

    def write(self, value: Any) -> Any:
        """The value, which is no gap, as JSON in the plan language."""
        return str(value)

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """JSON Schema of this kind, gaps left out."""
        return {"type": "string"}


class ScalarKind(Kind):
    """A value that is written as one text.

    Args:
        what: what is due, in words.
        parse: text to value; raises BadValue.
        types: the classes of finished values that a Python caller may give.
        write: value to JSON.
        schema: JSON Schema.
        loose: see `Kind`.
        refers: the section whose ids this text names, for the checker.
    """

    def __init__(
        self,
        what: str,
        parse: Callable[[str], Any],
        types: tuple[type, ...] = (),
        write: Callable[[Any], Any] = str,
        schema: dict[str, Any] | None = None,
        loose: bool = False,
        refers: str | None = None,
    ) -> None:
        self.what, self.parse, self.types, self._write = what, parse, types, write
        self._schema = schema or {"type": "string"}
        self.loose, self.refers = loose, refers

    def scalar(self, node: Scalar, report: Report) -> Any:
        """Parses the text; a `BadValue` becomes a problem at the node."""
        try:
            return self.parse(node.text)
        except BadValue as error:
            if node.plain and error.code == "CF107" and ("：" in node.text or "，" in node.text):
                return self.wrong(node, report)
            return report.add(error.code, error.message, node, error.hint)

    def entries(self, node: Entries, report: Report) -> Any:
        """A mapping where a text is due is most often a text that should have been quoted."""
        if node.source is not None and unquoted(node):
            message = "YAML reads this as a mapping, because it holds { } or a colon"
            report.add("CF515", message, node, "quote the whole text", "warning")
            return self.wrong(node, report, "quote the whole text")
        return self.wrong(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished value of one of the accepted classes."""
        return node.value if isinstance(node.value, self.types) else self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """As the constructor said."""
        return self._write(value)

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """As the constructor said."""
        return self._schema


def unquoted(node: Entries) -> bool:
    """Does a mapping look like a text, `{item.title}` or `a ? b : c`?"""
    key, value = node.entries[0] if node.entries else (None, None)
    empty = isinstance(value, Scalar) and value.plain and value.text == ""
    return key is not None and key.plain and (empty or any(sign in key.text for sign in "?() ."))


def with_gap(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that also takes `~`, placeholders (texts) and `{later: PHASE}`."""
    return {"anyOf": [schema, {"$ref": "#/$defs/gap"}]}


def unknown_key(key: Scalar, known: Sequence[str], where: str, report: Report) -> None:
    """Reports a key that is not in the table, with the nearest that is."""
    if "：" in key.text or "，" in key.text:
        report.add("CF104", "a full-width sign in place of an ASCII one", key, "write ': ' or ', '")
    else:
        report.add("CF106", f"unknown key {key.text!r} in {where}", key, suggestion(key.text, known, "keys are"))
