"""The commands of a campaign as methods: each is `do` under a shorter name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from campaignflow.engine.campaign import Outcome

__all__ = ["Verbs"]


class Verbs(ABC):
    """What anybody may ask of a campaign.

    Every method takes, beside its own fields, what every command may carry: `by=`, `at=`, `reason=`, `override=`,
    `command_id=`, `at_version=` and `auth=`; they are explained at `do`. Each returns an `Outcome` or raises `Refused`.
    """

    @abstractmethod
    def do(self, name: str, item: str = "", /, **options: Any) -> Outcome:
        """Any command."""

    def enter(self, phase: str, **options: Any) -> Outcome:
        """Enter a phase, by its id or path; the gate of the phase that is left must be met."""
        return self.do("enter", phase, **options)

    def settle(self, phase: str = "", **options: Any) -> Outcome:
        """Evaluate the gate of the active phase: it passes, or sends back as the plan says."""
        return self.do("settle", phase, **options)

    def decide(self, outcome: str, phase: str = "", **options: Any) -> Outcome:
        """The gate's decider says `pass`, `conditional` (with `conditions=`), `back` (with `to=`) or `stop`."""
        return self.do("decide", phase, outcome=outcome, **options)

    def suspend(self, reason: str, **options: Any) -> Outcome:
        """Stop for a while; `resume` goes on where it was."""
        return self.do("suspend", reason=reason, **options)

    def resume(self, **options: Any) -> Outcome:
        """Go on after `suspend`."""
        return self.do("resume", **options)

    def abort(self, reason: str, **options: Any) -> Outcome:
        """End the campaign for good."""
        return self.do("abort", reason=reason, **options)

    def measure(self, indicator: str, value: Any = None, **options: Any) -> Outcome:
        """Record a measurement: a `value`, or `k=` of `n=`, or `answers=`; `of=` where it is about one of several."""
        return self.do("measure", indicator, **_given(value=value), **options)

    def mark(self, scorecard: str, node: str, points: Any = None, **options: Any) -> Outcome:
        """Give points, or an `answer=`, to a node of a scorecard; `of=` for whom."""
        return self.do("mark", scorecard, node=node, **_given(points=points), **options)

    def cite(self, party: str, kind: str, **options: Any) -> Outcome:
        """Praise, criticise, remind a unit or member, or hold it to account; `text=`, `copy=`, `reply_within=`."""
        return self.do("cite", party, kind=kind, **options)

    def notify(self, party: str, text: str, **options: Any) -> Outcome:
        """Send a message to a unit or member; `channel=`, `attach=`."""
        return self.do("notify", party, text=text, **options)

    def publish(self, item: str, **options: Any) -> Outcome:
        """Make a scorecard, citation, report, register or item public."""
        return self.do("publish", item, **options)

    def file(self, document: str, file: Any, **options: Any) -> Outcome:
        """File a document: a `File`, or the name of one whose content is not held; `under=`, `task=`."""
        return self.do("file", document, file=file, **options)

    def find(self, subject: str, problem: str, **options: Any) -> Outcome:
        """Open a finding about a unit, or about `REGISTER/ITEM`; `severity=`, `unit=`, `within=`."""
        return self.do("find", subject, problem=problem, **options)

    def inspect(self, task: str, subject: str, **options: Any) -> Outcome:
        """Record an inspection made by a task; `answers=` opens a finding for each that fails."""
        return self.do("inspect", task, subject=subject, **options)

    def use(self, resource: str, amount: Any, **options: Any) -> Outcome:
        """Use up some of a resource."""
        return self.do("use", resource, amount=amount, **options)

    def receive(self, resource: str, amount: Any, **options: Any) -> Outcome:
        """Take in some of a resource."""
        return self.do("receive", resource, amount=amount, **options)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
