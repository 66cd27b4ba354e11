"""The form of every command: which item and fields it takes, and what is said about one that is not of its form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from attrs import frozen

from campaignflow.core.compiled import Compiled
from campaignflow.core.draft import Draft
from campaignflow.plan.values import parse_number

__all__ = ["COMMANDS", "Form", "check_form", "form_of", "number_of"]


@frozen
class Form:
    """What a command takes.

    Attributes:
        item: `due`, `optional` or `none`. needs: fields that must be given; takes: fields that may be.
        any_field: it takes the fields of the register it is about as well.
    """

    item: str = "due"
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    any_field: bool = False


_HANDS_IN = Form(takes=("evidence", "answers", "text"))
_REASON = Form(needs=("reason",))
_EXTENSION = ("more", "until", "clock", "reason")

COMMANDS: Mapping[str, Form] = {
    "enter": Form(item="optional"),
    "settle": Form(item="optional"),
    "decide": Form(item="optional", needs=("outcome",), takes=("answers", "conditions", "to", "text")),
    "suspend": Form("none", needs=("reason",)),
    "resume": Form("none"),
    "abort": Form("none", needs=("reason",)),
    "fill": Form(needs=("value",)),
    "assign": Form(needs=("name",)),
    "delegate": Form(needs=("to",), takes=("window",)),
    "task.start": Form(takes=("text",)),
    "task.submit": _HANDS_IN,
    "task.verify": Form(takes=("text",)),
    "task.return": Form(takes=("text",)),
    "task.done": _HANDS_IN,
    "task.report": Form(takes=("progress", "health", "difficulty", "next")),
    "task.block": _REASON,
    "task.unblock": Form(),
    "task.waive": _REASON,
    "task.cancel": _REASON,
    "task.carry": Form(needs=("reason",), takes=("to",)),
    "inspect": Form(needs=("subject",), takes=("answers", "text")),
    "find": Form(needs=("problem",), takes=("severity", "unit", "text", "within")),
    "finding.start": Form(takes=("evidence", "text")),
    "finding.correct": Form(takes=("evidence", "text")),
    "finding.close": Form(takes=("evidence", "text")),
    "finding.reopen": Form(takes=("evidence", "text")),
    "measure": Form(takes=("value", "k", "n", "answers", "none", "of", "evidence", "text")),
    "measurement.dispute": _REASON,
    "measurement.uphold": _REASON,
    "mark": Form(needs=("node",), takes=("points", "answer", "of", "period", "text")),
    "score": Form(takes=("of", "period")),
    "cite": Form(needs=("kind",), takes=("text", "public", "copy", "reply-within")),
    "citation.reply": Form(takes=("text", "evidence")),
    "citation.close": Form(takes=("text",)),
    "citation.withdraw": Form(takes=("text", "reason")),
    "notify": Form(needs=("text",), takes=("channel", "attach", "subject")),
    "publish": Form(takes=("text", "channel", "attach")),
    "baseline": Form(),
    "file": Form(takes=("file", "content", "under", "task")),
    "use": Form(needs=("amount",), takes=("of", "text")),
    "receive": Form(needs=("amount",), takes=("of", "text")),
}
"""Name → form, of the commands that are not of a plan's own register."""

_OF_ITEMS: Mapping[str, Form] = {
    "add": Form(takes=("state", "owners", "phase", "window"), any_field=True),
    "set": Form(any_field=True),
    "ask-extension": Form(takes=_EXTENSION),
    "extend": Form(takes=_EXTENSION),
    "refuse-extension": Form(takes=("reason",)),
}

LATER = frozenset({"amend", "move-date", "erase", "correct", "task.file"})
"""Commands of the language that this version does not run yet."""


def form_of(compiled: Compiled, name: str) -> Form | None:
    """The form of a command, of the plan's own registers too; None where there is no such command."""
    found = COMMANDS.get(name)
    if found is not None:
        return found
    register, _, trigger = name.partition(".")
    life = compiled.lifecycles.get(register)
    if life is None:
        return None
    if trigger in _OF_ITEMS:
        return _OF_ITEMS[trigger]
    return Form(any_field=True) if trigger in life.triggers else None


def all_names(compiled: Compiled) -> list[str]:
    """Every command that this plan knows, for suggestions and completion."""
    own = [f"{r}.{t}" for r, life in compiled.lifecycles.items() for t in (*life.triggers, "add", "set")]
    return sorted({*COMMANDS, *own})


def check_form(draft: Draft) -> None:
    """Object to whatever is not of the command's form."""
    command, compiled = draft.command, draft.compiled
    form = form_of(compiled, command.name)
    if form is None:
        draft.object("form", _unknown(compiled, command.name))
        return
    if form.item == "due" and not command.item:
        draft.object("form", f"{command.name} needs an item: what is it aimed at?")
    if form.item == "none" and command.item:
        draft.object("form", f"{command.name} takes no item, and got {command.item!r}")
    given = {**command.fields, **({"reason": command.reason} if command.reason else {})}
    for name in form.needs:
        if given.get(name) in (None, ""):
            draft.object("form", f"{command.name} needs {name}")
    if not form.any_field:
        known = {*form.needs, *form.takes, "reason"}
        for name in sorted(set(given) - known):
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it takes {', '.join(sorted(known))}"
            draft.object("form", f"{command.name} has no field {name!r}{hint}")


def _unknown(compiled: Compiled, name: str) -> str:
    if name in LATER or name.partition(".")[2] in {"merge", "split", "transfer"}:
        return f"{name} is in the plan language, but this version does not run it yet"
    names = all_names(compiled)
    near = get_close_matches(name, names, n=1)
    return f"there is no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def number_of(draft: Draft, name: str) -> Decimal | None:
    """A field as a number, exactly; objects and gives None where it is none."""
    raw = draft.command.fields.get(name)
    if raw is None:
        return None
    try:
        found = raw if isinstance(raw, Decimal) else parse_number(str(raw))
    except (ValueError, InvalidOperation):
        draft.object("form", f"{draft.command.name}: {name} is {raw!r}, which is not a number")
        return None
    if isinstance(raw, bool):
        draft.object("form", f"{draft.command.name}: {name} is yes or no, which is not a number")
        return None
    return found


def mapping_of(draft: Draft, name: str) -> Mapping[str, Any]:
    """A field as a mapping; a text `a=yes, b=no` is read as one."""
    raw = draft.command.fields.get(name)
    if raw is None:
        return {}
    if isinstance(raw, Mapping):
        return raw
    if isinstance(raw, str):
        pairs = [part.partition("=") for part in raw.split(",") if part.strip()]
        if all(mark for _, mark, _ in pairs):
            return {key.strip(): value.strip() for key, _, value in pairs}
    draft.object("form", f"{draft.command.name}: {name} is not a mapping: write {{question: answer}}")
    return {}
