"""Everything that campaignflow raises, in one tree.

```
CampaignflowError
├── PlanError             a plan, fill, scenario or settings text that cannot be used; carries all its problems
├── Refused               a command that was turned down; nothing was changed; carries the objections
│   ├── BadCommand        unknown command, unknown item, or a field that is missing, misspelt or of the wrong kind
│   ├── NotAllowed        the actor may not do this
│   │   └── ActorRequired     a plan with units needs to know who acts
│   ├── IllegalMove       the lifecycle knows no such trigger in this state
│   ├── OutOfOrder        a phase that is not next, or whose window has not opened
│   ├── GateNotMet        the gate of the phase to be left is shut
│   └── GuardRefused      a guard of the plan or of a plugin objects
├── ConflictError
│   ├── VersionConflict   `at_version=` was given and the campaign has moved on
│   ├── CommandIdReused   this command id was used before with other content
│   └── CampaignExists    a campaign of this id is in the store already
├── CampaignNotFound      (also a LookupError)
├── StoreError            the disk, file or database failed; nothing half written
├── PluginError           a plugin raised, took too long or answered with the wrong type
├── AuditError            a log, receipt or checkpoint that does not prove what it should
├── SimulationError       a simulation that cannot be run as asked
└── MissingExtra          an optional part is not installed (also an ImportError)
```
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaignflow.core.messages import Objection
    from campaignflow.plan.problems import Problem

__all__ = [
    "ActorRequired",
    "AuditError",
    "BadCommand",
    "CampaignExists",
    "CampaignNotFound",
    "CampaignflowError",
    "CommandIdReused",
    "ConflictError",
    "GateNotMet",
    "GuardRefused",
    "IllegalMove",
    "MissingExtra",
    "NotAllowed",
    "OutOfOrder",
    "PlanError",
    "PluginError",
    "Refused",
    "SimulationError",
    "StoreError",
    "VersionConflict",
]


class CampaignflowError(Exception):
    """The root: `except CampaignflowError` catches whatever this library raises on purpose."""


class PlanError(CampaignflowError, ValueError):
    """A text that cannot be used as a plan, fill file, scenario or settings.

    Attributes:
        problems: every problem found, ordered by place, never only the first.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Refused(CampaignflowError):
    """A command was turned down, and the campaign is exactly as it was before.

    Attributes:
        command: the command's name, for example `task.verify`.
        item: what it was aimed at.
        objections: every reason, each with the guard that gave it; what `why_not` would have said.
    """

    def __init__(self, command: str, item: str, objections: Sequence[Objection]) -> None:
        self.command = command
        self.item = item
        self.objections: tuple[Objection, ...] = tuple(objections)
        what = f"{command} {item}".rstrip()
        super().__init__(f"{what}: " + "; ".join(objection.text for objection in self.objections))


class BadCommand(Refused, ValueError):
    """Unknown command or item, or a field that is missing, misspelt or of the wrong kind."""


class NotAllowed(Refused, PermissionError):
    """The actor may not do this; the objection names the rule that says so."""


class ActorRequired(NotAllowed):
    """A plan with units needs to know who acts: give `by=`."""


class IllegalMove(Refused):
    """The item's lifecycle knows no such trigger in the state it is in."""


class OutOfOrder(Refused):
    """The phase is not the next one, or its window has not opened."""


class GateNotMet(Refused):
    """The gate of the phase that would be left is shut; the objections say what it waits for."""


class GuardRefused(Refused):
    """A guard of the plan or of a plugin objects."""


class ConflictError(CampaignflowError):
    """Somebody else was first."""


class VersionConflict(ConflictError):
    """The campaign is not at the version that the caller named.

    Attributes:
        campaign, expected, found: the campaign's id, the version asked for, the version it has.
    """

    def __init__(self, campaign: str, expected: int, found: int) -> None:
        self.campaign, self.expected, self.found = campaign, expected, found
        super().__init__(f"campaign {campaign!r} is at version {found}, not {expected}: read it again and decide anew")


class CommandIdReused(ConflictError):
    """A command id came a second time with other content.

    Attributes:
        campaign, command_id: where, and which id.
    """

    def __init__(self, campaign: str, command_id: str) -> None:
        self.campaign, self.command_id = campaign, command_id
        super().__init__(
            f"command id {command_id!r} was used before in campaign {campaign!r} with other content: "
            "an id stands for one command, for ever; give a new one"
        )


class CampaignExists(ConflictError):
    """`start` was given the id of a campaign that the store already holds.

    Attributes:
        campaign: the id.
    """

    def __init__(self, campaign: str) -> None:
        self.campaign = campaign
        super().__init__(f"campaign {campaign!r} exists already: start it under another id, or get it by `campaign()`")


class CampaignNotFound(CampaignflowError, LookupError):
    """The store holds no campaign of this id.

    Attributes:
        campaign: the id asked for.
        known: the nearest ids that there are.
    """

    def __init__(self, campaign: str, known: Sequence[str] = ()) -> None:
        self.campaign, self.known = campaign, tuple(known)
        hint = f"; there is {', '.join(map(repr, self.known))}" if self.known else ""
        super().__init__(f"no campaign {campaign!r} in this store{hint}")


class StoreError(CampaignflowError, OSError):
    """The disk, the file or the database failed. Nothing is half written; the same command id may be sent again.

    Attributes:
        store: the store's URL.
        reason: what it said.
    """

    def __init__(self, store: str, reason: str) -> None:
        self.store, self.reason = store, reason
        super().__init__(f"{store}: {reason}")


class PluginError(CampaignflowError):
    """A plugin raised, took too long, or answered with the wrong type.

    Attributes:
        plugin, hook: whose fault, and where.
        cause: what happened, in words.
    """

    def __init__(self, plugin: str, hook: str, cause: str) -> None:
        self.plugin, self.hook, self.cause = plugin, hook, cause
        super().__init__(f"plugin {plugin!r}, hook {hook!r}: {cause}")


class AuditError(CampaignflowError):
    """A log, receipt or checkpoint does not prove what it should.

    Attributes:
        first_bad: sequence number of the first event that does not fit, or None where no single event is to blame.
    """

    def __init__(self, reason: str, first_bad: int | None = None) -> None:
        self.first_bad = first_bad
        super().__init__(reason)


class SimulationError(CampaignflowError):
    """A simulation cannot be run as asked; the message says what would have to change."""


class MissingExtra(CampaignflowError, ImportError):
    """An optional part is not installed.

    Attributes:
        extra: what to install: `pip install campaignflow[EXTRA]`.
    """

    def __init__(self, extra: str, what: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs an extra: pip install 'campaignflow[{extra}]'")
