"""The engine: campaigns in a store, run under a clock, with plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Literal

import structlog
from attrs import frozen

from campaignflow.audit.checkpoint import SigningKey, VerifyingKey
from campaignflow.audit.verify import Report
from campaignflow.engine import proof, queries
from campaignflow.engine.campaign import Campaign
from campaignflow.engine.checking import check_for
from campaignflow.engine.clock import Clock, SystemClock
from campaignflow.engine.dossier import LARGEST_FILE
from campaignflow.engine.ids import check_campaign_id, check_command_id
from campaignflow.engine.outbox import DeadLetter, Outbox, Retry
from campaignflow.engine.queries import Change
from campaignflow.engine.requests import make_command
from campaignflow.engine.runner import Runner
from campaignflow.engine.sinks import follow
from campaignflow.errors import PlanError, StoreError
from campaignflow.hooks.defaults import builtins
from campaignflow.hooks.manager import Plugins
from campaignflow.hooks.settings import Settings
from campaignflow.plan.model import Plan
from campaignflow.plan.problems import Problem
from campaignflow.stores import Store, open_store

__all__ = ["Engine", "TickResult"]

log = structlog.get_logger("campaignflow.engine")


@frozen
class TickResult:
    """What a tick did.

    Attributes:
        timers: how many timers fired. deliveries: how many notifications were handed over.
        failed: how many deliveries failed, to be tried again or dead by now. audited: how many records sinks took.
        problems: campaigns whose timers wait because a plugin failed, in words.
    """

    timers: int
    deliveries: int
    failed: int = 0
    audited: int = 0
    problems: tuple[str, ...] = ()


class Engine:
    """Runs campaigns. A context manager: it closes its store at the end.

    An engine may be shared between threads. Its clock is the only thing that knows the time, its plugins the only ones
    that reach outside. Between processes, any number of engines may use one store.

    Args:
        url: the store (see `open_store`): `sqlite:///drive.db`, or none for memory; or a store that is open already.
        clock: `SystemClock()` unless given. Campaigns started under a virtual clock can be changed under one only.
        plugins: plugin objects, in order; or `Plugins`. Without one that delivers, notifications are kept in memory.
        settings: the host's configuration of channels and plugins.
        deliver: `tick`: deliveries and audit sinks run in `tick()`; `commit`: also after each commit, before the
            command returns; `never`: not at all (a simulation's outbox is only read).
        retry: how often and how fast deliveries are tried again.
        key: signs checkpoints and receipts.
        largest_file: the largest file that a command may bring, in bytes.

    Raises:
        StoreError: the store cannot be opened. PluginError, PlanError: plugins or settings that are no good.
    """

    def __init__(
        self,
        url: str | Store | None = None,
        *,
        clock: Clock | None = None,
        plugins: Iterable[object] | Plugins = (),
        settings: Settings | None = None,
        deliver: Literal["tick", "commit", "never"] = "tick",
        retry: Retry | None = None,
        key: SigningKey | None = None,
        largest_file: int = LARGEST_FILE,
    ) -> None:
        self.clock: Clock = clock if clock is not None else SystemClock()
        self.ports = plugins if isinstance(plugins, Plugins) else Plugins(_delivering(plugins, settings), settings)
        self.store: Store = open_store(url) if url is None or isinstance(url, str) else url
        self.key, self.largest_file = key, largest_file
        self._deliver = deliver
        self._outbox = Outbox(self.store, self.ports, retry if retry is not None else Retry())
        self.runner = Runner(self.store, self.clock, self.ports, self._committed)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; closing twice is harmless."""
        self.store.close()

    # -- campaigns -----------------------------------------------------------------------------------------------------

    def check(self, plan: Plan) -> list[Problem]:
        """Everything that is wrong, doubtful or still open in a plan, ordered by place; empty where all is well.

        Raises:
            MissingExtra: its calendar needs an extra that is not installed.
        """
        return check_for(plan, self.ports.scoring_methods().keys())

    def start(
        self,
        plan: Plan,
        id: str | None = None,  # noqa: A002 - the word that the plan, the handle and the command line use
        *,
        command_id: str | None = None,
        by: str | None = None,
        at: Any = None,
        reason: str | None = None,
        auth: Mapping[str, Any] | None = None,
    ) -> Campaign:
        """Start a campaign; it is `planned` until its first phase is entered.

        Args:
            plan: what is meant to happen.
            id: what the campaign is called; the plan's id unless given.
            command_id: the same start sent again under this id returns the campaign.
            by, at, reason, auth: as at `Campaign.do`.

        Raises:
            CampaignExists: the id is taken. Refused: the plan has gaps, or the id is no good. PlanError: it has errors,
            as `check` says. StoreError, PluginError.
        """
        self._require_sound(plan)
        campaign = check_campaign_id(plan.id if id is None else id)
        identity = None if command_id is None else check_command_id("start", "", command_id)
        fields = {"plan": plan.hash, **({"virtual": True} if self.clock.virtual else {})}
        command = make_command("start", "", fields, by, at, reason, None, identity, auth)
        self.runner.start(plan, campaign, command)
        return Campaign(self, campaign)

    def _require_sound(self, plan: Plan) -> None:
        """Errors stop a plan here; for gaps, and for what this version does not run, the core refuses in its words."""
        not_run = {path for path, _ in plan.not_run()}
        errors = [each for each in self.check(plan) if each.severity == "error" and each.path not in not_run]
        if errors:
            raise PlanError(errors)

    def campaign(self, campaign: str) -> Campaign:
        """The handle of a campaign that was started before.

        Raises:
            CampaignNotFound: the store has none of this id; the message names the nearest.
        """
        self.runner.load(campaign)
        return Campaign(self, campaign)

    def campaigns(self, state: str | None = None) -> list[Campaign]:
        """All campaigns of the store, by id; with `state`, those that are in it."""
        handles = [Campaign(self, head.id) for head in self.store.heads()]
        return [handle for handle in handles if state is None or handle.state == state]

    def batch(self) -> AbstractContextManager[None]:
        """`with engine.batch():` commits all commands of the block together, or none.

        A refused command raises at its call and may be caught; what others of the block decided stays. Other threads
        wait until the block ends, so keep it short, and wait for none of them in it.
        """
        return self.runner.batch()

    def changes(self, after: int = 0) -> Iterator[Change]:
        """Every event of every campaign after a position of the store's log, in the order of commits."""
        return queries.changes(self.store, after)

    def document(self, sha256: str) -> bytes | None:
        """The content of a filed document by its SHA-256 (hexadecimal); None where the dossier does not hold it."""
        return self.store.blob(bytes.fromhex(sha256))

    def verify(self, campaign: str, keys: Iterable[VerifyingKey] = (), notes: Iterable[str] = ()) -> Report:
        """Check a campaign's whole log, even one that cannot be replayed any more: is every event as it was recorded?

        Args:
            campaign: the campaign's id.
            keys: whose checkpoints count; the engine's own key always does.
            notes: checkpoints that were kept elsewhere: only they show that a log was rolled back or rewritten.

        Returns:
            What was found: `ok`, or the first event that does not fit and why.

        Raises:
            CampaignNotFound: there is none of this id. AuditError: a note that none of the keys signed for it.
        """
        head = self.store.head(campaign)
        if head is None:
            raise self.runner.not_found(campaign)
        own = () if self.key is None else (self.key.verifying,)
        return proof.verify(self.store, head, (*keys, *own), notes)

    # -- what runs by itself -------------------------------------------------------------------------------------------

    def tick(self, limit: int | None = None) -> TickResult:
        """Fire the timers that are due, then deliver what is due, then bring the audit sinks up to date.

        Args:
            limit: at most so many timers, deliveries and records each.

        Raises:
            StoreError: the store failed; what was done until then is kept.
        """
        timers, problems = self.runner.fire_all(limit)
        if self._deliver == "never":
            return TickResult(timers, 0, problems=problems)
        sent, failed, audited = self._effects(limit)
        return TickResult(timers, sent, failed, audited, problems)

    def _committed(self) -> None:
        """What is committed stays so: a failure now is none of the command's, and the tick tries again."""
        if self._deliver == "commit":
            try:
                self._effects(None)
            except StoreError as error:
                log.warning("deliveries wait for the next tick", reason=str(error))

    def _effects(self, limit: int | None) -> tuple[int, int, int]:
        sent, failed = self._outbox.run(self.clock.now(), limit)
        return sent, failed, follow(self.store, self.ports.sinks(), limit)

    def dead_letters(self) -> list[DeadLetter]:
        """Notifications that are tried no more, the oldest first."""
        return self._outbox.dead_letters()

    def retry(self, key: str) -> None:
        """Queue a dead letter again.

        Raises:
            CampaignflowError: no dead letter has this key.
        """
        self._outbox.retry(key, self.clock.now())

    def discard(self, key: str) -> None:
        """Give a dead letter up for good.

        Raises:
            CampaignflowError: no dead letter has this key.
        """
        self._outbox.discard(key)


def _delivering(plugins: Iterable[object], settings: Settings | None) -> tuple[object, ...]:
    """With the built-in memory of notifications where nobody else delivers."""
    given = tuple(plugins)
    described = Plugins(given, settings).describe() if given else []
    delivers = any(each.enabled and "deliver" in each.hooks for each in described)
    return given if delivers else (*builtins(), *given)
