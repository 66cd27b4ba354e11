"""Handles of a campaign's items: `campaign.task("kick-off").submit(…)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from campaignflow.core.messages import Objection
from campaignflow.core.state import Item
from campaignflow.errors import BadCommand
from campaignflow.plan.near import suggestion

if TYPE_CHECKING:
    from campaignflow.core.events import Event
    from campaignflow.engine.campaign import Campaign, Outcome

__all__ = ["FindingHandle", "ItemHandle", "TaskHandle"]


class ItemHandle:
    """One item of a register; each trigger of its lifecycle is a method (`-` reads as `_`; `return` is `return_`).

    Its methods take what every command may carry (see `Campaign.do`), return an `Outcome`, and raise `Refused`.
    """

    def __init__(self, campaign: Campaign, register: str, item_id: str) -> None:
        self.campaign, self.register, self.id = campaign, register, item_id

    def __repr__(self) -> str:
        return f"<{self.register} {self.id!r} of campaign {self.campaign.id!r}>"

    @property
    def item(self) -> Item:
        """The item as it is now.

        Raises:
            BadCommand: the campaign has no such item.
        """
        state = self.campaign.loaded.state
        found = state.item(self.register, self.id)
        if found is None:
            ids = [item.id for item in state.items_of(self.register)]
            hint = suggestion(self.id, ids) or f"see items({self.register!r})"
            text = f"no {self.register} {self.id!r} in campaign {self.campaign.id!r}: {hint}"
            raise BadCommand(self.register, self.id, [Objection("form", text)])
        return found

    @property
    def state(self) -> str:
        """Its state, as its lifecycle names it."""
        return self.item.state

    @property
    def history(self) -> tuple[Event, ...]:
        """Every event about it."""
        return self.campaign.history(f"{self.register}/{self.id}")

    def do(self, trigger: str, /, **options: Any) -> Outcome:
        """Pull a trigger of its lifecycle, or `set`, `transfer`, `ask-extension`, `extend`, …"""
        return self.campaign.do(f"{self.register}.{trigger}", self.id, **options)

    def set(self, **options: Any) -> Outcome:
        """Change its fields."""
        return self.do("set", **options)

    def __getattr__(self, name: str) -> Callable[..., Outcome]:
        if name.startswith("_"):
            raise AttributeError(name)
        lifecycle = self.campaign.loaded.compiled.lifecycles.get(self.register)
        trigger = name.removesuffix("_").replace("_", "-")
        if lifecycle is None or trigger not in {*lifecycle.triggers, *_EXTENSIONS}:
            hint = suggestion(trigger, () if lifecycle is None else sorted(lifecycle.triggers))
            raise AttributeError(f"a {self.register} has no trigger {trigger!r}" + (f": {hint}" if hint else ""))
        return partial(self.do, trigger)


_EXTENSIONS = ("ask-extension", "extend", "refuse-extension", "transfer", "merge", "split")


class TaskHandle(ItemHandle):
    """A task, or an occurrence of one."""

    def start(self, **options: Any) -> Outcome:
        """Begin the work."""
        return self.do("start", **options)

    def submit(self, **options: Any) -> Outcome:
        """Hand it in: `evidence=` (a `File`, a document's name, a list, or id → document), `answers=`, `text=`."""
        return self.do("submit", **options)

    def verify(self, **options: Any) -> Outcome:
        """Accept what was handed in; nobody verifies their own."""
        return self.do("verify", **options)

    def return_(self, **options: Any) -> Outcome:
        """Give it back to be done again; `text=` says why."""
        return self.do("return", **options)

    def done(self, **options: Any) -> Outcome:
        """Submit and verify in one commit, where one actor may do both."""
        return self.do("done", **options)

    def report(self, **options: Any) -> Outcome:
        """Report progress: `progress=`, `health=` (green, amber, red), `difficulty=`, `next=`."""
        return self.do("report", **options)

    def block(self, reason: str, **options: Any) -> Outcome:
        """It cannot go on, and why."""
        return self.do("block", reason=reason, **options)

    def unblock(self, **options: Any) -> Outcome:
        """It can go on."""
        return self.do("unblock", **options)

    def waive(self, reason: str, **options: Any) -> Outcome:
        """It need not be done, and why."""
        return self.do("waive", reason=reason, **options)

    def cancel(self, reason: str, **options: Any) -> Outcome:
        """It will not be done, and why."""
        return self.do("cancel", reason=reason, **options)

    def carry(self, reason: str, to: str, **options: Any) -> Outcome:
        """Hand it on beyond the campaign, to whom, and why."""
        return self.do("carry", reason=reason, to=to, **options)


class FindingHandle(ItemHandle):
    """A finding: a defect, and what became of it."""

    def start(self, **options: Any) -> Outcome:
        """Begin to correct it."""
        return self.do("start", **options)

    def correct(self, **options: Any) -> Outcome:
        """Say that it is corrected; `evidence=`, `text=`."""
        return self.do("correct", **options)

    def close(self, **options: Any) -> Outcome:
        """The re-inspection passed."""
        return self.do("close", **options)

    def reopen(self, **options: Any) -> Outcome:
        """The re-inspection failed."""
        return self.do("reopen", **options)
