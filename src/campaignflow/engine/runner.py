"""Carrying out commands: each is decided without a lock and written in one transaction.

Two locks stand behind each other, always taken in this order: the runner's, which guards the campaigns in memory and
their queues of timers, then the store's. A batch holds both from its first line to its last.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import structlog
from attrs import evolve, frozen

from campaignflow.audit.tiles import Tree
from campaignflow.core.apply import empty_state
from campaignflow.core.codec import command_digest, decode_event
from campaignflow.core.commands import Command
from campaignflow.core.compiled import Compiled, compile_plan
from campaignflow.core.decide import Context, Decision, begin, decide
from campaignflow.core.events import Event
from campaignflow.core.messages import Objection
from campaignflow.core.ports import Ports
from campaignflow.core.timers import Timer
from campaignflow.engine.clock import Clock
from campaignflow.engine.commit import NO_BLOBS, Blobs, Lost, create, write
from campaignflow.engine.loaded import Loaded, catch_up, load
from campaignflow.engine.timers import TimerQueue
from campaignflow.errors import (
    AuditError,
    CampaignExists,
    CampaignNotFound,
    CommandIdReused,
    PluginError,
    Refused,
    StoreError,
    VersionConflict,
)
from campaignflow.plan.model import Plan
from campaignflow.stores import Head, Store, UnitOfWork
from campaignflow.stores.base import VIRTUAL

__all__ = ["Done", "Runner"]

_KEPT = 256  # campaigns in memory; one that was pushed out is replayed when it is next used
log = structlog.get_logger("campaignflow.engine")


@frozen
class Done:
    """What became of a command: its events, the version after the last of them, and whether this is a repetition."""

    events: tuple[Event, ...]
    version: int
    repeated: bool = False


class Runner:
    """The campaigns of one store under one clock.

    Args:
        store: where they are. clock: what time it is. ports: the decision hooks. committed: called after each commit.
    """

    def __init__(self, store: Store, clock: Clock, ports: Ports, committed: Callable[[], None] = lambda: None) -> None:
        self.store, self.clock, self.ports = store, clock, ports
        self._committed = committed
        self._lock, self._pid = threading.RLock(), os.getpid()
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._compiled: dict[str, Compiled] = {}
        self._batch: UnitOfWork | None = None
        self._touched: set[str] = set()

    # -- campaigns in memory -------------------------------------------------------------------------------------------

    def load(self, campaign: str) -> Loaded:
        """The campaign as the store has it now, whoever wrote last.

        Raises:
            CampaignNotFound: there is none of this id.
        """
        with self._guard():
            head = self.store.head(campaign)
            if head is None:
                raise self.not_found(campaign)
            known = self._loaded.get(campaign)
            if known is None or not known.is_at(head):
                known = self._keep(self._read(head, known))
            return known

    def not_found(self, campaign: str) -> CampaignNotFound:
        """The error for an id that no campaign has, with the nearest that there are."""
        return CampaignNotFound(campaign, get_close_matches(campaign, [each.id for each in self.store.heads()]))

    def _guard(self) -> threading.RLock:
        if (
            self._pid != os.getpid()
        ):  # forked: the lock, and what it guards, may be in the hands of a thread left behind
            self._lock, self._pid, self._batch = threading.RLock(), os.getpid(), None
            self._loaded.clear()
        return self._lock

    def compiled(self, plan: Plan) -> Compiled:
        """The plan, compiled once."""
        known = self._compiled.get(plan.hash)
        return known if known is not None else self._compiled.setdefault(plan.hash, compile_plan(plan))

    def _read(self, head: Head, known: Loaded | None) -> Loaded:
        if known is not None and known.version < head.version and known.head.plan == head.plan:
            try:
                return catch_up(self.store, known, head)
            except AuditError:
                log.warning("the log has another history than before: read again", campaign=head.id)
        return load(self.store, head, self._compiled_of)

    def _compiled_of(self, plan_hash: str) -> Compiled:
        known = self._compiled.get(plan_hash)
        if known is not None:
            return known
        canonical = self.store.plan(plan_hash)
        if canonical is None:
            raise StoreError(self.store.url, f"plan {plan_hash} is missing: restore a backup")
        return self.compiled(Plan.from_canonical(canonical))

    def _keep(self, loaded: Loaded) -> Loaded:
        self._loaded[loaded.head.id] = loaded
        self._loaded.move_to_end(loaded.head.id)
        if len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return loaded

    # -- commands ------------------------------------------------------------------------------------------------------

    def start(self, plan: Plan, campaign: str, command: Command) -> Done:
        """A new campaign.

        Raises:
            CampaignExists: the id is taken, by another command than this one.
            Refused: the plan has gaps.
        """
        compiled = self.compiled(plan)
        decision = begin(compiled, campaign, command, self._context())
        flags = VIRTUAL if self.clock.virtual else 0
        head = Head(0, campaign, 0, Tree().frontier.to_bytes(), None, plan.hash, flags)
        empty = Loaded(head, compiled, empty_state(compiled, campaign), Tree(), TimerQueue())
        try:
            with self._writing(campaign) as unit:
                self._keep(create(self.store, unit, empty, decision, command, plan.canonical()))
        except CampaignExists:
            first = self._first_outcome(self.load(campaign), command)
            if first is None:
                raise
            return first
        self._after_commit()
        return Done(decision.events, decision.state.version)

    def execute(
        self, campaign: str, command: Command, *, at_version: int | None = None, blobs: Blobs = NO_BLOBS
    ) -> Done:
        """Fire what is due, then decide and write the command; decide anew where somebody else was first.

        Raises:
            Refused: it may not be; nothing was changed. VersionConflict: `at_version` is not the campaign's version.
            CommandIdReused: the id stands for another command. CampaignNotFound, PluginError, StoreError.
        """
        loaded, timer = self._next_timer(campaign)
        self._check_clock(loaded, command)
        while timer is not None:
            self._fire(campaign, timer)
            loaded, timer = self._next_timer(campaign)
        return self._run(loaded, command, at_version, blobs)

    def _run(self, loaded: Loaded, command: Command, at_version: int | None = None, blobs: Blobs = NO_BLOBS) -> Done:
        campaign = loaded.head.id
        while True:
            if self._batch is not None or (at_version is not None and at_version != loaded.version):
                first = self._first_outcome(loaded, command)
                if first is not None:
                    return first
            if at_version is not None and at_version != loaded.version:
                raise VersionConflict(campaign, at_version, loaded.version)
            done = self._try(loaded, command, blobs)
            if done is not None:
                return done
            loaded = self.load(campaign)

    def _try(self, loaded: Loaded, command: Command, blobs: Blobs) -> Done | None:
        """Decide on this version and write; None where it is no longer the version."""
        try:
            decision = decide(loaded.compiled, loaded.state, command, self._context())
        except Refused:
            first = self._first_outcome(loaded, command)
            if first is None:
                raise
            return first
        if not decision.events:
            return Done((), loaded.version)
        written = self._write(loaded, decision, command, blobs)
        if written is Lost.MOVED:
            return None
        if written is Lost.TAKEN:
            return self._first_outcome(loaded, command)
        self._after_commit()
        return Done(decision.events, decision.state.version)

    def _write(self, loaded: Loaded, decision: Decision, command: Command, blobs: Blobs) -> Loaded | Lost:
        with self._writing(loaded.head.id) as unit:
            written = write(self.store, unit, loaded, decision, command, blobs)
            return written if isinstance(written, Lost) else self._keep(written)

    @contextmanager
    def _writing(self, campaign: str) -> Iterator[UnitOfWork]:
        """A transaction, or the batch's; what is in memory is forgotten where it fails, since it was ahead."""
        with self._guard():
            if self._batch is not None:
                self._touched.add(campaign)
                with _spoiling(self._batch):
                    yield self._batch
                return
            try:
                with self.store.unit() as unit:
                    yield unit
            except BaseException:
                self._loaded.pop(campaign, None)
                raise

    @contextmanager
    def batch(self) -> Iterator[None]:
        """All commands of the block in one commit, or none of them. A batch inside a batch is part of it."""
        with self._guard():
            if self._batch is not None:
                yield
                return
            try:
                with self.store.unit() as unit:
                    self._batch = unit
                    try:
                        yield
                    finally:
                        self._batch = None
            except BaseException:
                for campaign in self._touched:
                    self._loaded.pop(campaign, None)
                raise
            finally:
                self._touched.clear()
        self._after_commit()

    def outcome(self, campaign: str, command_id: str) -> Done | None:
        """What became of the command of this id; None where none of this id was accepted."""
        loaded = self.load(campaign)
        first = self.store.command(loaded.head.number, command_id)
        if first is None:
            return None
        events = self._events_of(loaded.head.number, first)
        return Done(events, events[-1].seq, repeated=True)

    def _first_outcome(self, loaded: Loaded, command: Command) -> Done | None:
        done = None if command.id is None else self.outcome(loaded.head.id, command.id)
        if done is not None and done.events[0].command.get("digest") != command_digest(command):
            raise CommandIdReused(loaded.head.id, str(command.id))
        return done

    def _events_of(self, number: int, first: int) -> tuple[Event, ...]:
        """A command's events: the first bears the command, and the next that bears one begins another's."""
        found: list[Event] = []
        for row in self.store.log(number, first - 1):
            event = decode_event(row.leaf)
            if found and event.command:
                break
            found.append(event)
        return tuple(found)

    def _after_commit(self) -> None:
        if self._batch is None:
            self._committed()

    def _context(self) -> Context:
        return Context(self.clock.now(), self.ports)

    def _check_clock(self, loaded: Loaded, command: Command) -> None:
        """A campaign lives in one kind of time; the other kind reads it only."""
        if bool(loaded.head.flags & VIRTUAL) != self.clock.virtual:
            lives, here = (
                ("a virtual clock", "the world's") if not self.clock.virtual else ("the world's time", "virtual")
            )
            text = f"campaign {loaded.head.id!r} lives under {lives}, and this engine's clock is {here}: read it only"
            raise Refused(command.name, command.item, [Objection("clock", text)])

    # -- timers --------------------------------------------------------------------------------------------------------

    def _next_timer(self, campaign: str) -> tuple[Loaded, Timer | None]:
        """The campaign as it is, and its earliest timer if that is due."""
        with self._guard():  # the queue must be asked about the state that it belongs to
            loaded = self.load(campaign)
            return loaded, loaded.timers.due(loaded.compiled, loaded.state, self.clock.now())

    def _fire(self, campaign: str, timer: Timer) -> None:
        """Fire a timer in a commit of its own; refused or not, it has had its turn then.

        Raises:
            PluginError: a plugin failed; the timer stays. StoreError: likewise.
        """
        command = timer.command()
        with self._guard():
            loaded = self.load(campaign)
            loaded.timers.drop(timer)
        try:
            self._run(loaded, command)
        except (Refused, CommandIdReused) as refusal:
            log.warning("timer refused", campaign=campaign, command=command.id, reason=str(refusal))
        except BaseException:
            with self._guard():
                loaded.timers.push([timer])
            raise

    def fire_all(self, limit: int | None = None) -> tuple[int, tuple[str, ...]]:
        """Fire what is due over all campaigns, the earliest first.

        Returns:
            How many timers fired, and what went wrong, in words, in campaigns that were left as they are.
        """
        fired, failed = 0, dict[str, str]()
        while limit is None or fired < limit:
            due = self.store.next_due(self.clock.now(), VIRTUAL if self.clock.virtual else 0, len(failed) + 1)
            head = next((each for each in due if each.id not in failed), None)
            if head is None:
                break
            try:
                fired += self._fire_or_correct(head)
            except (PluginError, AuditError) as error:
                log.warning("timers wait", campaign=head.id, reason=str(error))
                failed[head.id] = f"{head.id}: {error}"
        return fired, tuple(failed.values())

    def _fire_or_correct(self, head: Head) -> bool:
        """Fire the campaign's next timer; where the head was too early with its bound, write the true one."""
        _, timer = self._next_timer(head.id)
        if timer is not None:
            self._fire(head.id, timer)
            return True
        with self._writing(head.id) as unit:
            loaded, stored = self.load(head.id), unit.head(head.id)
            if stored is not None and loaded.is_at(stored):
                self._correct(unit, loaded, stored)
        return False

    def _correct(self, unit: UnitOfWork, loaded: Loaded, stored: Head) -> None:
        unit.save(evolve(stored, next_due=loaded.timers.bound))


@contextmanager
def _spoiling(unit: UnitOfWork) -> Iterator[None]:
    """A command that breaks off while it is written takes its batch with it: half of it must never be committed."""
    try:
        yield
    except CampaignExists:  # found before anything was written
        raise
    except BaseException:
        unit.spoil()
        raise
