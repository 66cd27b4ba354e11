"""Strict YAML: text to nodes with places, by our own rules.

A small composer over PyYAML's event stream. Scalars stay as written (`12:30`, `010`, `NO`), so a plan says what its
author typed; duplicate keys, aliases, anchors and tags are problems; limits are kept *while* reading, so a hostile text
costs no more than its size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from attrs import frozen

from campaignflow.plan.nodes import Entries, Items, Node, Scalar, Source
from campaignflow.plan.problems import Place, Problem, Severity, by_place

__all__ = ["DEFAULT_LIMITS", "Limits", "compose", "decode", "too_large"]


@frozen
class Limits:
    """How large a text may be.

    Attributes:
        size: bytes of UTF-8.
        depth: how deep lists and mappings may nest.
        nodes: how many scalars, lists and mappings.
        problems: after so many problems reading stops.
    """

    size: int = 4 * 1024 * 1024
    depth: int = 32
    nodes: int = 500_000
    problems: int = 200


DEFAULT_LIMITS = Limits()

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CORRUPT = re.compile(
    "\ufffd|锟斤拷|烫烫烫|[?？]；|；[?？]|\\?{3,}|(?<=[\u3400-\u9fff])\\?(?=[\u3400-\u9fff；，。、])|Ã[\x80-\xbf]|â€|ï¿½"
)
_LOST_COMMENT = re.compile(r"\s#[^\s#]")
_FULL_WIDTH = re.compile("[：，]")


def decode(data: bytes, file: str = "<text>") -> tuple[str, Problem | None]:
    """The text of UTF-8 bytes, a byte order mark left out; or the problem that they are not UTF-8."""
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = Place(file, line, error.start - data.rfind(b"\n", 0, error.start))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return "", Problem("CF101", "error", message, place, "save the file as UTF-8")


def too_large(file: str, limits: Limits) -> Problem:
    """The problem that a text is larger than the limits allow."""
    message = f"the text is larger than {limits.size:,} bytes"
    return Problem("CF105", "error", message, Place(file, 1, 1), "split it, or raise the limit")


class _Stop(Exception):  # noqa: N818 - it ends the reading, and never leaves this module
    """Reading is of no more use; the problems say why."""


class _Composer:
    """Reads one document. Recursion is bounded by the limit on depth."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source, self.limits = source, limits
        self.problems: list[Problem] = []
        self.nodes = 0
        text = source.text
        self.suspicious = "\\" in text or _CONTROL.search(text) is not None or _CORRUPT.search(text) is not None
        self.comments = _LOST_COMMENT.search(text) is not None
        self.events: Iterator[Any] = iter(())

    def add(
        self, code: str, message: str, line: int, column: int, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        """Keep a problem; too many end the reading."""
        place = Place(self.source.name, line + 1, column + 1)
        self.problems.append(Problem(code, severity, message, place, hint, self.source.line(line)))
        if len(self.problems) >= self.limits.problems:
            raise _Stop

    # ------------------------------------------------------------------------------------------------------ the stream
    def compose(self) -> Node | None:
        """The document's root, or None where there is none that can be used."""
        text = self.source.text
        if len(text) > self.limits.size or len(text.encode("utf-8", "surrogatepass")) > self.limits.size:
            self.problems.append(too_large(self.source.name, self.limits))
            return None
        try:
            return self._document(text)
        except _Stop:
            return None
        except yaml.YAMLError as error:
            self._syntax(error)
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start)
            column = error.start - text.rfind("\n", 0, error.start) - 1
            self.problems.append(
                Problem("CF101", "error", "half a character (a lone surrogate)",
                        Place(self.source.name, line + 1, column + 1), "remove it and type the character again")
            )  # fmt: skip
        return None

    def _document(self, text: str) -> Node | None:
        self.events = yaml.parse(text, Loader=_LOADER)
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.add("CF101", "a second document", *_at(event), "one file holds one document: remove `---`")
                    raise _Stop
                root = self._node(next(self.events), 1)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self.nodes += 1
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        mark = event.start_mark
        line, column = mark.line, mark.column
        if self.nodes > self.limits.nodes or depth > self.limits.depth:
            self._too_much(depth, line, column)
        if kind is yaml.AliasEvent:
            hint = "write the value out; aliases are not part of the plan language"
            if self.source.line(line)[column : column + 1] == "*" and not event.anchor:
                hint = "quote a text that begins with *"
            self.add("CF103", f"alias *{event.anchor}", line, column, hint)
            return Scalar("", False, self.source, line, column)
        self._plain_form(event)
        if kind is yaml.SequenceStartEvent:
            return self._items(line, column, depth)
        return self._entries(line, column, depth)

    def _too_much(self, depth: int, line: int, column: int) -> None:
        if depth > self.limits.depth:
            self.add("CF105", f"nested deeper than {self.limits.depth} levels", line, column)
        else:
            self.add("CF105", f"more than {self.limits.nodes:,} values", line, column, "split it, or raise the limit")
        raise _Stop

    def _plain_form(self, event: Any) -> None:
        """Anchors and tags are refused: they say how to build a value, which is not a plan's business."""
        if event.anchor is not None:
            self.add("CF103", f"anchor &{event.anchor}", *_at(event), "write the value out where it is needed")
        if event.tag is not None:
            self.add("CF103", f"tag {event.tag}", *_at(event), "remove it, or quote a text that begins with !")

    def _items(self, line: int, column: int, depth: int) -> Items:
        items: list[Node] = []
        for event in self.events:
            if type(event) is yaml.SequenceEndEvent:
                break
            items.append(self._node(event, depth + 1))
        return Items(items, self.source, line, column)

    def _entries(self, line: int, column: int, depth: int) -> Entries:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Scalar] = {}
        for event in self.events:
            if type(event) is yaml.MappingEndEvent:
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                hint = "quote a text that holds { } [ ] or ?"
                self.add("CF101", "a list or mapping as a key", key.line, key.column, hint)
            elif key.text in seen:
                first = seen[key.text].line + 1
                self.add("CF102", f"key {key.text!r} stands here a second time; first on line {first}", key.line,
                         key.column, "keep one of them")  # fmt: skip
            else:
                seen[key.text] = key
                entries.append((key, value))
        return Entries(entries, self.source, line, column)

    # ---------------------------------------------------------------------------------------------------- the scalars
    def _scalar(self, event: Any) -> Scalar:
        mark = event.start_mark
        if self.nodes > self.limits.nodes:
            self._too_much(0, mark.line, mark.column)
        if event.anchor is not None or event.tag is not None:
            self._plain_form(event)
        text, plain = event.value, not event.style
        if self.suspicious:
            self._look_at(text, mark)
        if self.comments and plain:
            self._lost(event.end_mark)
        return Scalar(text, plain, self.source, mark.line, mark.column)

    def _look_at(self, text: str, mark: Any) -> None:
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.add("CF112", "half a character (a lone surrogate)", mark.line, mark.column, "remove it")
        if found := _CONTROL.search(text):
            message = f"a control or invisible character (U+{ord(found[0]):04X}) in a text"
            self.add("CF113", message, mark.line, mark.column, "remove it", "warning")
        if found := _CORRUPT.search(text):
            message = f"this text looks corrupted: {found[0]!r}"
            self.add("CF114", message, mark.line, mark.column, "compare it with the original", "warning")

    def _lost(self, end: Any) -> None:
        """`title: Room #5` is the text `Room`: the rest is a comment to YAML."""
        rest = self.source.line(end.line)[end.column :]
        if match := re.match(r"\s+(#[^\s#].*)", rest):
            message = f"YAML reads {match[1][:40]!r} as a comment, not as part of the text"
            self.add("CF515", message, end.line, end.column + match.start(1), "quote the whole text", "warning")

    # ------------------------------------------------------------------------------------------------------- not YAML
    def _syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line, mark.column) if mark else self._position(error)
        if (found := self._full_width(line)) is not None:
            line, column = found
            char = self.source.line(line)[column]
            ascii_ = {"：": "`: ` (colon and blank)", "，": "`, ` (comma and blank)"}[char]
            message = f"a full-width {char!r} where YAML expects an ASCII one"
            self.problems.append(self._problem("CF104", message, line, column, f"write {ascii_}"))
            return
        words = [part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
        message = "; ".join(words) or str(getattr(error, "reason", error)).split("\n", 1)[0]
        self.problems.append(self._problem("CF101", f"not YAML: {message}", line, column, self._advice(line, message)))

    def _problem(self, code: str, message: str, line: int, column: int, hint: str | None) -> Problem:
        place = Place(self.source.name, line + 1, column + 1)
        return Problem(code, "error", message, place, hint, self.source.line(line))

    def _position(self, error: yaml.YAMLError) -> tuple[int, int]:
        """A reader's error counts bytes or characters from the start; find the character it does not like."""
        found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", self.source.text)
        if found is None:
            return 0, 0
        return self.source.text.count("\n", 0, found.start()), found.start() - self.source.text.rfind(
            "\n", 0, found.start()
        ) - 1

    def _full_width(self, line: int) -> tuple[int, int] | None:
        """The full-width sign to blame: on the line where reading failed, or on the last one before it with text."""
        for number in (line, *range(line - 1, max(line - 4, -1), -1)):
            text = self.source.line(number)
            bare = re.sub("\"[^\"]*\"|'[^']*'", lambda quoted: "_" * len(quoted[0]), text)
            if re.match(r"\s*(- )?[\w-]+：", bare):
                return number, bare.index("：")
            if number == line and ("{" in bare or "[" in bare) and (match := _FULL_WIDTH.search(bare)):
                return number, match.start()
            if text.strip() and number != line:
                return None
        return None

    def _advice(self, line: int, message: str) -> str:
        text = self.source.line(line)
        if "\t" in text[: len(text) - len(text.lstrip())] or "\\t" in message or "'\t'" in message:
            return "indent with blanks, not with tabs"
        if re.search(r":\s+[>|]=?\s*[^\s]", text):
            return "quote a text that begins with > or |"
        if re.search(r":\s+[%@`!&*]", text):
            return "quote a text that begins with % @ ` ! & or *"
        if "mapping values are not allowed" in message:
            return "quote a text that holds a colon and a blank, or check the indentation"
        return "check brackets, quotes and indentation"


def _at(event: Any) -> tuple[int, int]:
    return event.start_mark.line, event.start_mark.column


def compose(text: str, file: str = "<text>", limits: Limits = DEFAULT_LIMITS) -> tuple[Node | None, list[Problem]]:
    """The root node of a YAML text, and all problems found on the way, ordered by place.

    >>> node, problems = compose("opens: 12:30")
    >>> node.entries[0][1].text, problems
    ('12:30', [])
    >>> compose("a: 1\\na: 2")[1][0].code
    'CF102'
    """
    composer = _Composer(Source(file, text), limits)
    root = composer.compose()
    return root, by_place(composer.problems)
