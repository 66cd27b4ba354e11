"""The handle of a campaign: what it is, what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from campaignflow.audit.checkpoint import SigningKey, VerifyingKey
from campaignflow.audit.receipt import Receipt
from campaignflow.audit.verify import Report
from campaignflow.core.decide import Context, why_not
from campaignflow.core.events import Event
from campaignflow.core.messages import Objection
from campaignflow.core.scoring import Scored
from campaignflow.core.state import Item
from campaignflow.core.view import CampaignView
from campaignflow.engine import proof, queries
from campaignflow.engine.dossier import take_files
from campaignflow.engine.ids import check_command_id
from campaignflow.engine.items import FindingHandle, ItemHandle, TaskHandle
from campaignflow.engine.loaded import Loaded
from campaignflow.engine.requests import make_command, written
from campaignflow.engine.verbs import Verbs
from campaignflow.plan.expressions import Value
from campaignflow.plan.near import suggestion

if TYPE_CHECKING:
    from campaignflow.engine.engine import Engine
    from campaignflow.plan.model import Plan

__all__ = ["Campaign", "Outcome"]


@frozen
class Outcome:
    """What an accepted command did.

    Attributes:
        events: what happened, in order; empty where nothing had to change.
        version: number of the last of these events.
        campaign: the handle.
        repeated: the command had been accepted before under its id; these are the events of that first time.
    """

    events: tuple[Event, ...]
    version: int
    campaign: Campaign = field(repr=lambda campaign: repr(campaign.id))
    repeated: bool = False

    def receipt(self, key: SigningKey | None = None) -> Receipt:
        """The proof, to be checked offline, that the command's first event is in the log.

        Raises:
            AuditError: nothing happened, so there is nothing to prove; or no key was given here or to the engine.
        """
        seq = self.events[0].seq if self.events else 0
        return self.campaign.receipt(seq, key)


class Campaign(Verbs):
    """One campaign of an engine. Handles are light: nothing is kept in them, so any number may stand for one campaign.

    A phase's id is a method, too: `campaign.mobilize()` is `campaign.enter("mobilize")`; `-` reads as `_`, and a method
    of this class wins.
    """

    def __init__(self, engine: Engine, campaign: str) -> None:
        self._engine, self.id = engine, campaign

    def __repr__(self) -> str:
        return f"<campaign {self.id!r}>"

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def loaded(self) -> Loaded:
        """The engine's own record of it, as the store has it now."""
        return self._engine.runner.load(self.id)

    @property
    def view(self) -> CampaignView:
        """Everything there is to read, as of now; one view never changes."""
        loaded = self.loaded
        return CampaignView(loaded.compiled, loaded.state, self._engine.clock.now(), self._engine.ports)

    @property
    def plan(self) -> Plan:
        """The plan it runs by."""
        return self.loaded.compiled.plan

    @property
    def state(self) -> str:
        """The path of the active phase while it runs (`2026/stage-1`), else `planned`, `suspended`, `accepted`, …"""
        return self.loaded.state.state

    @property
    def version(self) -> int:
        """Number of its last event."""
        return self.loaded.version

    @property
    def round(self) -> int:
        """How often the work has begun: 1, and one more with each send-back."""
        return self.loaded.state.round

    @property
    def now(self) -> datetime:
        """The engine's time, in the plan's zone."""
        return self.loaded.compiled.when(self._engine.clock.now())

    # -- what may be asked of it ---------------------------------------------------------------------------------------

    def do(
        self,
        name: str,
        item: str = "",
        /,
        *,
        by: str | None = None,
        at: datetime | str | int | None = None,
        reason: str | None = None,
        override: str | None = None,
        command_id: str | None = None,
        at_version: int | None = None,
        auth: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Outcome:
        """Carry out a command, or refuse it and change nothing. Timers that are due fire first.

        Args:
            name: which: `enter`, `task.submit`, `REGISTER.TRIGGER`, …
            item: what it is aimed at.
            by: who asks, `unit` or `unit/member`; a plan without units needs none.
            at: when it happened, if not now: an aware instant, its ISO text, or microseconds since 1970 in UTC.
            reason: why.
            override: a reason to lift the guards; it takes authority, and stands out in the audit.
            command_id: a name for this request: sent again, it returns the first outcome and does nothing twice.
            at_version: only if the campaign is at this version.
            auth: how the host authenticated the actor; recorded as it is.
            **fields: the command's own; `_` reads as `-`, and at the end as nothing (`reply_within`, `return_`).

        Raises:
            Refused: it may not be; `objections` says why. VersionConflict: the campaign is at another version.
            CommandIdReused: the id stands for another command. PluginError, StoreError: nothing was changed.
        """
        data, blobs = take_files(name, item, written(fields), self._engine.largest_file)
        identity = None if command_id is None else check_command_id(name, item, command_id)
        command = make_command(name, item, data, by, at, reason, override, identity, auth)
        done = self._engine.runner.execute(self.id, command, at_version=at_version, blobs=blobs)
        return Outcome(done.events, done.version, self, done.repeated)

    def next(self, **options: Any) -> Outcome:
        """Enter the phase that comes next."""
        return self.do("enter", **options)

    def why_not(self, what: str, item: str = "", /, *, by: str | None = None, **fields: Any) -> tuple[Objection, ...]:
        """What stands in the way of entering a phase, or of a command; empty when nothing does. Changes nothing."""
        loaded = self.loaded
        name, aim = ("enter", what) if not item and loaded.compiled.leaf_of(what) is not None else (what, item)
        data, _ = take_files(name, aim, written(fields), self._engine.largest_file)
        command = make_command(name, aim, data, by)
        return why_not(loaded.compiled, loaded.state, command, Context(self._engine.clock.now(), self._engine.ports))

    def task(self, task: str) -> TaskHandle:
        """The handle of a task or occurrence."""
        return TaskHandle(self, "task", task)

    def finding(self, finding: str) -> FindingHandle:
        """The handle of a finding."""
        return FindingHandle(self, "finding", finding)

    def item(self, register: str, item: str) -> ItemHandle:
        """The handle of an item of any register."""
        return ItemHandle(self, register, item)

    def __getattr__(self, name: str) -> Callable[..., Outcome]:
        if name.startswith("_"):
            raise AttributeError(name)
        leaves = self.loaded.compiled.leaves
        known = {part.replace("-", "_"): part for path in leaves for part in path.split("/")}
        if name not in known:
            hint = suggestion(name, [*known, *(each for each in dir(type(self)) if not each.startswith("_"))])
            raise AttributeError(f"campaign {self.id!r} has no {name!r}" + (f": {hint}" if hint else ""))
        return partial(self.enter, known[name])

    # -- reading -------------------------------------------------------------------------------------------------------

    def tasks(self, **filters: Any) -> tuple[Item, ...]:
        """Its tasks and occurrences, the oldest first; `owner=`, `state=`, `due_before=` narrow them down."""
        return self.view.tasks(**filters)

    def items(self, register: str, **filters: Any) -> tuple[Item, ...]:
        """The items of a register, the oldest first."""
        return self.view.items(register, **filters)

    def value(self, indicator: str, of: str = "") -> Value:
        """The latest value of an indicator."""
        return self.view.value(indicator, of)

    def score(self, scorecard: str, of: str = "") -> Scored:
        """The score of a scorecard as measurements stand now."""
        return self.view.score(scorecard, of)

    def events(self, after: int = 0) -> Iterator[Event]:
        """Its events after a number, in order."""
        loaded = self.loaded
        return queries.events(self._engine.store, loaded.head.number, after, loaded.version)

    def history(self, item: str) -> tuple[Event, ...]:
        """Every event about an item, given by its id or as `REGISTER/ITEM`."""
        return queries.history(self._engine.store, self.loaded.head.number, item)

    def outcome(self, command_id: str) -> Outcome | None:
        """What became of the command of this id; None where none was accepted under it."""
        done = self._engine.runner.outcome(self.id, command_id)
        return None if done is None else Outcome(done.events, done.version, self, done.repeated)

    # -- proving -------------------------------------------------------------------------------------------------------

    def verify(self, keys: Iterable[VerifyingKey] = (), notes: Iterable[str] = ()) -> Report:
        """Check its whole log; see `Engine.verify`."""
        return self._engine.verify(self.id, keys, notes)

    def receipt(self, seq: int, key: SigningKey | None = None) -> Receipt:
        """The proof that event `seq` is in the log, with a signed checkpoint.

        Raises:
            AuditError: no such event; no key here or with the engine. MissingExtra: `proof` is not installed.
        """
        engine = self._engine
        return proof.receipt(engine.store, self.loaded, seq, proof.signer(key, engine.key))

    def checkpoint(self, key: SigningKey | None = None) -> str:
        """A signed note of the log's size and root: kept elsewhere, it shows later whether the log was rewritten.

        Raises:
            AuditError: no key here or with the engine. MissingExtra: `proof` is not installed.
        """
        engine = self._engine
        return proof.checkpoint(engine.store, self.loaded, proof.signer(key, engine.key))
