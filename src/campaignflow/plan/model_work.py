"""The work: phases with their gates, tasks with what they need, show and are inspected for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import Factory, field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, Section
from campaignflow.plan.kinds_made import Either, ListOf
from campaignflow.plan.model_base import TEXT, Described, Element, Named, door, doors, entry
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_kinds import Formula
from campaignflow.plan.model_people import OWNERS, PARTY, SELECTION, Party, Selection
from campaignflow.plan.values import Amount, BadValue, Duration, Text, Unresolved, parse_duration

if TYPE_CHECKING:
    from campaignflow.plan.distributions import Distribution
    from campaignflow.plan.recurrence import Recurrence
    from campaignflow.plan.time import Moment, Window

__all__ = ["NEEDS", "PHASES", "PHASE_KINDS", "TASKS", "ChecklistItem", "ChildCampaign", "Evidence", "Gate", "Include",
           "Inspect", "Need", "OnFail", "Phase", "Task", "TaskExpect"]  # fmt: skip

PHASE_KINDS: Final = ("mobilize", "advance", "evaluate", "rectify", "conclude", "sustain")


# -------------------------------------------------------------------------------------------------------------- needs
_NO_LAG: Final = Duration(Decimal(0), "d")


@frozen
class Need:
    """What has to have happened to another task before this one may.

    Attributes:
        task: the other task's id; a group's stands for all in it.
        link: `FS` finish to start, `SS`, `FF`, `SF`.
        lag: so long after it; negative for a lead.

    >>> str(parse_need("kick-off SS+3d")), parse_need("kick-off").link
    ('kick-off SS+3d', 'FS')
    """

    task: str
    link: str = "FS"
    lag: Duration = _NO_LAG

    def __str__(self) -> str:
        if not self.lag.count:
            return self.task if self.link == "FS" else f"{self.task} {self.link}"
        sign = "" if self.lag.count < 0 else "+"
        return f"{self.task} {self.link}{sign}{self.lag}"


_NEED = re.compile(r"(?P<task>[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)*)(?:\s+(?P<link>FS|SS|FF|SF)\s*(?P<lag>[+-].+)?)?")


def parse_need(text: str) -> Need:
    """`TASK`, `TASK SS`, `TASK FS+3d`, `TASK FF-1d`.

    Raises:
        BadValue: anything else.
    """
    match = _NEED.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"{text[:80]!r} is not a need", "kick-off, kick-off SS, kick-off FS+3d, kick-off FF-1d")
    lag = parse_duration(match["lag"].replace(" ", ""), signed=True) if match["lag"] else _NO_LAG
    return Need(match["task"], match["link"] or "FS", lag)


NEED: Final = kinds.ScalarKind("a need: kick-off, kick-off SS+3d", parse_need, (Need,), refers="need")
NEEDS: Final = ListOf(NEED, "a list of needs")


# -------------------------------------------------------------------------------------------------------------- gates
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Evidence(Element):
    """A document without which a task cannot be submitted, or a gate not be decided.

    Attributes:
        when: needed only while it holds; of: it must be that task's document; heading: where the dossier files it.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("title",)

    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "needed only while it holds", "E")
    )
    of: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("task"), "must be that task's document", "L")
    )
    heading: Text | Unresolved | None = field(
        default=None, converter=door, metadata=entry(TEXT, "where the dossier files it")
    )


EVIDENCE: Final = Ids(Body(Evidence, "a document: its title, or {when, of, heading}"), "documents")


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Gate(Described):
    """The condition to leave a phase, and who decides where a person does.

    Attributes:
        when: the condition; None: open.
        by: who decides; None: the condition alone does.
        ask: questions that the decider answers, by id.
        documents: documents that must be filed.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("when",)

    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "the condition to leave the phase", "E")
    )
    by: Party | Unresolved | None = field(default=None, converter=door, metadata=entry(PARTY, "who decides it", "L"))
    ask: Section[Named] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(Ids(Body(Named, "a question"), "questions"), "questions that must be answered", "L"),
    )
    documents: Section[Evidence] = field(
        default=EMPTY, converter=door, metadata=entry(EVIDENCE, "documents that must be filed", "L")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class OnFail(Described):
    """Where a failed gate sends the campaign.

    Attributes:
        back_to: the phase that is entered again, in a new round.
        at_most: how often it may send back.
        redo: tasks that are open again then.
        then: the phase entered when it may not any more; None: the campaign ends, not accepted.
    """

    back_to: str | Unresolved = field(
        converter=door, metadata=entry(kinds.reference("phase"), "the phase to enter again", "L")
    )
    at_most: int | Unresolved = field(
        default=3, converter=door, metadata=entry(kinds.whole("how often", 0, 1000), "how often it may send back", "L")
    )
    redo: tuple[str | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(kinds.references("task"), "tasks that are open again then", "L")
    )
    then: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("phase"), "the phase entered afterwards", "L")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Include(Described):
    """Another plan file's phases and tasks, in place of this phase's."""

    SCALAR: ClassVar[tuple[str, ...]] = ("file",)

    file: str | Unresolved = field(converter=door, metadata=entry(kinds.WORDS, "the plan file"))
    set: Section[Any] = field(
        default=EMPTY, converter=door, metadata=entry(kinds.text_map(kinds.DATA, "paths and values"), "what differs")
    )


# -------------------------------------------------------------------------------------------------------------- tasks
@frozen(kw_only=True, slots=False, field_transformer=doors)
class ChecklistItem(Element):
    """A question that is answered yes, no or not-applicable."""

    SCALAR: ClassVar[tuple[str, ...]] = ("title",)

    weight: Decimal | Unresolved = field(
        default=Decimal(1), converter=door, metadata=entry(kinds.POSITIVE, "how much it counts in an inspection", "S")
    )
    required: bool | Unresolved = field(
        default=True, converter=door, metadata=entry(kinds.FLAG, "whether a `no` stops the submission", "L")
    )


_SAMPLE: Final = Either("a number, a share, or {field, take}", [kinds.POSITIVE], kinds.DATA_SECTION)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Inspect(Described):
    """What an inspection looks at, and how many of it.

    Attributes:
        of: a selection; one whose `register` is `each` stands for the item of the task's `for-each`.
    """

    of: Selection | Unresolved = field(converter=door, metadata=entry(SELECTION, "what is looked at", "L"))
    sample: Any = field(
        default=None, converter=door, metadata=entry(_SAMPLE, "how many of them; all unless given", "L", finer="sample")
    )
    clusters: Section[Any] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(kinds.DATA_SECTION, "first so many clusters, the sample then in them", "L", finer="clusters"),
    )
    crossed: bool | Unresolved = field(
        default=False,
        converter=door,
        metadata=entry(kinds.FLAG, "each unit inspects another's subjects", "L", finer="crossed inspections"),
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class ChildCampaign(Described):
    """A task that is done by a campaign of its own."""

    SCALAR: ClassVar[tuple[str, ...]] = ("plan",)

    plan: str | Unresolved = field(converter=door, metadata=entry(kinds.WORDS, "the plan file, or `own`", "L"))
    file_by: Moment | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.MOMENT, "by when the plan is filed", "L")
    )
    feeds: tuple[str | Unresolved, ...] = field(
        default=(),
        converter=door,
        metadata=entry(kinds.references("indicator"), "indicators and scorecards that arrive here", "L"),
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class TaskExpect(Described):
    """What simulation draws for a task.

    Attributes:
        pass_: the probability that it is verified at once; rework: share of the duration after a return;
        findings: how many an inspection makes.
    """

    pass_: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.DISTRIBUTION, "probability of being verified at once")
    )
    rework: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.DISTRIBUTION, "share of the duration after a return")
    )
    findings: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.DISTRIBUTION, "how many findings an inspection makes")
    )


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Task(Element):
    """A piece of work; one with `tasks` is a group of them.

    What a group says in `owners window when needs every verify uses key required` holds for its children unless they
    say otherwise: there None or empty means *not said*. `campaignflow.plan.model.Plan.work` gives what holds.
    """

    owners: tuple[Party | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(OWNERS, "answerable units; the first leads", "L")
    )
    needs: tuple[Need | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(NEEDS, "what has to have happened before", "L")
    )
    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "dormant while it does not hold", "E")
    )
    window: Window | Formula | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.formula_or(times.WINDOW), "start: not before; end: due", "L"),
    )
    within: Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.DURATION, "due so long after it became ready", "L")
    )
    every: tuple[Recurrence | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(times.RECURRENCES, "one occurrence a day or period", "L")
    )
    for_each: Selection | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SELECTION, "one instance for each of these", "L")
    )
    duration: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.LASTING, "planned working time; 0d is a milestone")
    )
    uses: Section[Decimal | Amount | Unresolved] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(
            kinds.text_map(kinds.QUANTITY, "resources: a mapping from resource to number or amount", refers="resource"),
            "crews and supplies",
        ),
    )
    evidence: Section[Evidence] = field(
        default=EMPTY, converter=door, metadata=entry(EVIDENCE, "documents without which it cannot be submitted", "L")
    )
    checklist: Section[ChecklistItem] = field(
        default=EMPTY,
        converter=door,
        metadata=entry(
            Ids(Body(ChecklistItem, "a question: its text, or {weight, required}"), "questions"), "what is asked", "L"
        ),
    )
    verify: Party | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(PARTY, "who accepts it; an ancestor of the owner unless given", "L"),
    )
    weight: Decimal | Unresolved = field(
        default=Decimal(1), converter=door, metadata=entry(kinds.POSITIVE, "how much it counts for progress")
    )
    key: bool | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.FLAG, "a key task, for rules")
    )
    required: bool | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.FLAG, "whether gates wait for it; true unless said"),
    )
    curve: Any = field(
        default=None, converter=door, metadata=entry(times.CURVE, "expected progress", "E", finer="curve of a task")
    )
    in_person: bool | Unresolved = field(
        default=False, converter=door, metadata=entry(kinds.FLAG, "no deputy, no delegate", "L")
    )
    inspect: Inspect | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(Inspect, "an inspection: {of: …}"), "it is an inspection", "L"),
    )
    campaign: ChildCampaign | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(
            Body(ChildCampaign, "a child campaign: a file, or {plan, file-by, feeds}"),
            "done by a child campaign",
            "L",
            finer="child campaigns",
        ),
    )
    expect: TaskExpect | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(TaskExpect, "what simulation draws: {pass, rework, findings}"), "what simulation draws"),
    )
    tasks: Section[Task] = field(
        default=EMPTY, converter=door, metadata=entry(lambda: TASKS, "makes it a group of these")
    )


TASKS: Final[Ids] = Ids(Body(Task, "a task"), "tasks: a mapping from id to task, or a list of ids")


# -------------------------------------------------------------------------------------------------------------- phases
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Phase(Element):
    """A stretch of the campaign, with a window, tasks and a gate; phases nest."""

    kind: str | Unresolved = field(
        default=Factory(lambda self: self.id if self.id in PHASE_KINDS else "advance", takes_self=True),
        converter=door,
        metadata=entry(kinds.choice(*PHASE_KINDS), "what it is for; its id if that is a kind, else advance", "L"),
    )
    window: Window | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.WINDOW, "not entered before it opens")
    )
    when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "may be entered only while it holds", "L")
    )
    by: Party | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PARTY, "who enters and settles it; the root unless given", "L")
    )
    owners: tuple[Party | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(OWNERS, "owners of its tasks", "L")
    )
    phases: Section[Phase] = field(
        default=EMPTY, converter=door, metadata=entry(lambda: PHASES, "phases inside it", "L")
    )
    tasks: Section[Task] = field(default=EMPTY, converter=door, metadata=entry(TASKS, "its tasks", "L"))
    include: Include | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(Include, "a plan file, or {file, set}"), "another file's phases", finer="include"),
    )
    gate: Gate | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(Gate, "a gate: an expression, or {when, by, …}"), "the condition to leave it", "E"),
    )
    on_fail: OnFail | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(OnFail, "{back-to: PHASE, at-most: 3}"), "what a failed gate does", "L"),
    )
    accepts: bool | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.FLAG, "whether passing its gate is acceptance", "L")
    )


PHASES: Final[Ids] = Ids(Body(Phase, "a phase"), "phases: a mapping from id to phase, or a list of ids")
