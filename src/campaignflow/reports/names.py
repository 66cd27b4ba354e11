"""How a report names things: titles in its language, parties in words, dates, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any

from attrs import frozen

from campaignflow.core.freeze import decimal_text
from campaignflow.core.state import Item
from campaignflow.core.view import CampaignView
from campaignflow.plan.values import Text
from campaignflow.reports.words import MONTHS, labels, state_word

__all__ = ["Names"]

_MICROSECOND = timedelta(microseconds=1)


@frozen(slots=False)
class Names:
    """A campaign's things in words.

    Attributes:
        view: the campaign. language: of titles and of the report's own words; titles fall back as `Text.get` says.
    """

    view: CampaignView
    language: str

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The report's own words."""
        return labels(self.language)

    # ----------------------------------------------------------------------------------------------------------- titles
    def title(self, element: Any, default: str = "") -> str:
        """An element's title, else its id."""
        found = getattr(element, "title", None)
        if isinstance(found, Text):
            return found.get(self.language)
        return default or str(getattr(element, "id", ""))

    def text(self, value: Any) -> str:
        """A text of the campaign's data: a mapping of languages, or plain."""
        if isinstance(value, Text):
            return value.get(self.language)
        if isinstance(value, Mapping):
            return Text({str(k): str(v) for k, v in value.items()}).get(self.language) if value else ""
        return "" if value is None else str(value)

    def phase(self, path: str) -> str:
        """A phase by its path: the titles of the phases around it and its own."""
        infos = self.view.compiled.phases
        parts = path.split("/")
        around = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        return " / ".join(
            self.title(infos[each].phase) if each in infos else each.rpartition("/")[2] for each in around
        )

    def task(self, item: Item) -> str:
        """A task: its title, and which one of several it is."""
        plan_id = str(item.fields["task"])
        info = self.view.compiled.tasks.get(plan_id)
        title = self.title(info.task) if info else self.text(item.fields.get("title")) or item.id
        which = self.which(item)
        return f"{title} · {which}" if which else title

    def which(self, item: Item) -> str:
        """For whom, or of which day, a task's item is; empty for a single one."""
        if "each" in item.fields:
            return self.reference(str(item.fields["each"]))
        when = self.view.when(item.fields["start"]) if isinstance(item.fields.get("start"), int) else None
        return "" if when is None else self.day(when)

    def state(self, state: str) -> str:
        """A state in words; a phase by its title."""
        return self.phase(state) if state in self.view.compiled.phases else state_word(state, self.language)

    # ---------------------------------------------------------------------------------------------------------- parties
    def party(self, party: str) -> str:
        """`unit` or `unit/member` in words; an actor who is neither as written; a rule by its title."""
        if party.startswith("rule:"):
            return self.title(self.view.plan.rules.get(party[5:]), party[5:])
        unit_id, _, member_id = party.partition("/")
        unit = self.view.plan.units.get(unit_id)
        if unit is None:
            return party
        name = self.title(unit)
        if not member_id:
            return name
        return f"{name}, {self.view.held.members.get(party) or self.title(unit.members.get(member_id), member_id)}"

    def parties(self, parties: Any) -> str:
        """Several parties."""
        listed = parties if isinstance(parties, tuple | list) else (parties,)
        return "; ".join(self.party(str(each)) for each in listed if each)

    def reference(self, text: str) -> str:
        """`REGISTER/ID` in words."""
        register, _, ident = text.partition("/")
        if register == "unit":
            return self.party(ident)
        item = self.view.item(register, ident)
        if item is not None and register == "task":
            return self.task(item)
        return f"{self.register(register)} {ident}" if ident else text

    def register(self, register: str) -> str:
        """A register by its title."""
        if register in {"finding", "citation"} and self.title(self.view.plan.registers.get(register), "-") == "-":
            return register_word(register, self.language)
        return self.title(self.view.plan.registers.get(register), register)

    # ------------------------------------------------------------------------------------------------------------ times
    def day(self, when: datetime | None) -> str:
        """A date: `7 Apr 2026`, `2026-04-07`."""
        if when is None:
            return ""
        return f"{when:%Y-%m-%d}" if self.chinese else f"{when.day} {MONTHS[when.month - 1]} {when.year}"

    def moment(self, when: datetime | None) -> str:
        """A date with its time of day; midnight is left out."""
        if when is None:
            return ""
        return (
            self.day(when) if when.time() == time() else f"{self.day(when)}{' ' if self.chinese else ', '}{when:%H:%M}"
        )

    def instant(self, us: int | None) -> str:
        """An instant of the log."""
        return self.moment(self.view.when(us))

    def until(self, when: datetime | None) -> str:
        """The end of something, which does not belong to it: midnight after 7 April is `7 Apr 2026`."""
        if when is None:
            return ""
        return self.day(when - _MICROSECOND) if when.time() == time() else self.moment(when)

    def deadline(self, us: int | None) -> str:
        """A time limit of the log."""
        return self.until(self.view.when(us))

    def span(self, start: datetime | None, end: datetime | None) -> str:
        """A window; its years once where they are the same."""
        if start is None and end is None:
            return ""
        first, last = self.moment(start) or "…", self.until(end) or "…"
        if start and end and not self.chinese and start.year == (end - _MICROSECOND).year:
            first = first.removesuffix(f" {start.year}")
        return f"{first} – {last}"

    def days(self, us: int) -> str:
        """A length of time, in days."""
        return self.words["days"].format(n=number(Decimal(us) / 86_400_000_000, 1))

    @property
    def chinese(self) -> bool:
        """Whether dates are written as in China."""
        return self.language.partition("-")[0] == "zh"


def register_word(register: str, language: str) -> str:
    """A built-in register in words."""
    found = {"finding": ("Finding", "问题"), "citation": ("Citation", "通报")}.get(register, (register, register))
    return found[int(language.partition("-")[0] == "zh")]


def number(value: Decimal, places: int = 4) -> str:
    """A number as people read it: at most so many decimals, thousands apart.

    >>> number(Decimal("880000")), number(Decimal("81.222857142857")), number(Decimal("89.50"))
    ('880\\u202f000', '81.2229', '89.5')
    """
    text = decimal_text(
        value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN) if places_of(value) > places else value
    )
    whole, dot, rest = text.partition(".")
    digits = whole.lstrip("-")
    if len(digits) > 4:
        whole = whole[: len(whole) - len(digits)] + f"{int(digits):,}".replace(",", "\u202f")
    return f"{whole}{dot}{rest}".replace("-", "\u2212", 1) if text.startswith("-") else f"{whole}{dot}{rest}"


def places_of(value: Decimal) -> int:
    """How many decimals a number is written with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def share(value: Decimal, places: int = 1) -> str:
    """A share in per cent.

    >>> share(Decimal("0.824")), share(Decimal(1))
    ('82.4\\u202f%', '100\\u202f%')
    """
    return f"{number(value * 100, places)}\u202f%"
