"""What is measured and how it is judged: indicators, scorecards, grades, vetoes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import Factory, field, frozen

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import EMPTY, ScalarKind, Section
from campaignflow.plan.model_base import Described, Element, Fault, door, doors, entry
from campaignflow.plan.model_bodies import Body, Ids
from campaignflow.plan.model_people import PARTY, SELECTION, Party, Selection
from campaignflow.plan.values import BadValue, Duration, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.distributions import Distribution
    from campaignflow.plan.recurrence import Recurrence
    from campaignflow.plan.time import Window

__all__ = ["INDICATORS", "METHODS", "SCORECARDS", "Adjustment",
    "Answer", "Control", "Grade", "Indicator", "ScoreNode",
           "Scorecard", "Veto"]  # fmt: skip

METHODS: Final = ("weighted-mean", "sum", "lowest")
"""The methods that come built in; plugins bring others."""


def answer_text(text: str) -> str:
    """Grades and answers are texts, not ids: anything short.

    Raises:
        BadValue: (CF109) empty, or longer than 64 characters.
    """
    if not text.strip() or len(text) > 64:
        raise BadValue(f"{text[:70]!r} is no grade or answer", "a text of 1 to 64 characters", code="CF109")
    return text


FREE_ID: Final = ScalarKind("a text of 1 to 64 characters", answer_text, loose=True)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Grade(Element):
    """A band of the result; the first that holds is the grade.

    Attributes:
        at_least: the value it begins at, or None; test: or a test that the value must pass;
        quota: the share that may hold it, by rank; the surplus falls a grade.
    """

    SCALAR: ClassVar[tuple[str, ...]] = ("at-least", "test")

    id: str = field(kw_only=False, converter=door, metadata=entry(FREE_ID, "its name: a text, not an id"))
    at_least: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMBER, "the value it begins at", "S")
    )
    test: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.TEST, "a test that the value must pass", "S")
    )
    quota: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.SHARE, "the share that may hold it", "S", finer="quota")
    )


GRADES: Final = Ids(Body(Grade, "a grade: 90, a test, or {at-least, quota}"), "grades", answer_text)


def _worth(text: str) -> Decimal | None:
    return None if text == "none" else kinds.NUMBER.parse(text)


WORTH: Final = kinds.ScalarKind("a number, or none", _worth, (), kinds.NUMBER.write, {"type": ["number", "string"]})


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Answer(Element):
    """An answer that may be given, and what it is worth; None leaves the denominator."""

    SCALAR: ClassVar[tuple[str, ...]] = ("worth",)
    GAP: ClassVar[str] = "worth"

    id: str = field(kw_only=False, converter=door, metadata=entry(FREE_ID, "its name: a text, not an id"))
    worth: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(WORTH, "what it counts; `none` leaves the denominator", "S")
    )


ANSWERS: Final = Ids(Body(Answer, "an answer: a number, or none"), "answers", answer_text)
DEFAULT_ANSWERS: Final = Section[Answer](
    {"yes": Answer("yes", worth="1"), "no": Answer("no", worth="0"), "not-applicable": Answer("not-applicable")}
)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Control(Described):
    """A control chart over an indicator's measurements."""

    window: Window | Unresolved = field(converter=door, metadata=entry(times.WINDOW, "what limits are drawn from", "S"))
    sigma: Decimal | Unresolved = field(
        default=Decimal(3), converter=door, metadata=entry(kinds.POSITIVE, "how far the limits are", "S")
    )
    run: int | Unresolved = field(
        default=8, converter=door, metadata=entry(kinds.COUNT, "how many on one side make a signal", "S")
    )


def _measure(indicator: Indicator) -> str | None:
    return "number" if indicator.value is None and indicator.k is None and indicator.n is None else None


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Indicator(Element):
    """A quantity: measured by people (`measure`), or computed (`value`, or `k` with `n`)."""

    value: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMERIC, "a computed number", "S")
    )
    k: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMERIC, "a computed rate: how many of `n`", "S")
    )
    n: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMERIC, "a computed rate: of how many", "S")
    )
    measure: str | Unresolved | None = field(
        default=Factory(_measure, takes_self=True),
        converter=door,
        metadata=entry(kinds.choice("number", "rate"), "entered by people: a number, or k of n", "S"),
    )
    measured_in: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.WORDS, "the number's unit")
    )
    required: bool | Unresolved = field(
        default=True, converter=door, metadata=entry(kinds.FLAG, "whether `indicators.unmet` counts it")
    )
    answers: Section[Answer] = field(
        default=DEFAULT_ANSWERS, converter=door, metadata=entry(ANSWERS, "what each answer counts", "S")
    )
    target: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.TEST, "what it is to reach", "E")
    )
    curve: Any = field(
        default=None, converter=door, metadata=entry(times.CURVE, "what is expected by when", "E", finer="curve")
    )
    for_each: Selection | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SELECTION, "a value for each of these", "S")
    )
    roll_up: str | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(kinds.choice("pool", "mean", "sum", "lowest", "highest", "none"), "what the whole is", "S"),
    )
    every: tuple[Recurrence | Unresolved, ...] = field(
        default=(),
        converter=door,
        metadata=entry(times.RECURRENCES, "one value per period", "S", finer="indicators by period"),
    )
    use: str | Unresolved = field(
        default="latest",
        converter=door,
        metadata=entry(
            kinds.choice("latest", "mean", "sum", "lowest", "highest", "pool"), "how several measurements make one", "S"
        ),
    )
    window: Window | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.WINDOW, "which measurements count", "S")
    )
    confidence: Decimal | Unresolved = field(
        default=Decimal("0.95"), converter=door, metadata=entry(kinds.CONFIDENCE, "of `lower` and `upper`", "S")
    )
    control: Control | Unresolved | None = field(
        default=None,
        converter=door,
        metadata=entry(Body(Control, "{window, sigma, run}"), "a control chart", "S", finer="control charts"),
    )
    grades: Section[Grade] = field(default=EMPTY, converter=door, metadata=entry(GRADES, "the first that holds", "S"))
    owner: Party | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PARTY, "who answers for it", "L")
    )
    by: Party | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PARTY, "who measures; the owner unless given", "L")
    )
    expect: Distribution | Unresolved | None = field(
        default=None, converter=door, metadata=entry(times.DISTRIBUTION, "what simulation measures")
    )

    def faults(self) -> list[Fault]:
        """At most one of `measure`, `value`, and `k` with `n`."""
        ways = [name for name in ("measure", "value", "k") if getattr(self, name) is not None]
        if self.k is None and self.n is not None:
            ways.append("n")
        if len(ways) > 1:
            return [
                ("CF108", ways[1], f"{ways[0]!r} and {ways[1]!r}: one of them is allowed", "measure, value, or k and n")
            ]
        if (self.k is None) != (self.n is None):
            return [("CF108", "k" if self.n is None else "n", "`k` and `n` go together", "k of n")]
        return []


INDICATORS: Final = Ids(Body(Indicator, "an indicator"), "indicators: a mapping from id to indicator, or a list of ids")


# ---------------------------------------------------------------------------------------------------------- scorecards
@frozen(kw_only=True, slots=False, field_transformer=doors)
class Adjustment(Element):
    """A deduction or bonus: `price` for each occurrence beyond `free`, at most so many points."""

    per: str | Unresolved = field(converter=door, metadata=entry(kinds.NUMERIC, "how many occurrences", "S"))
    price: Decimal | Unresolved = field(converter=door, metadata=entry(kinds.NUMBER, "points for each", "S"))
    free: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMERIC, "so many count as none", "S")
    )
    at_most: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.POSITIVE, "never more points than these", "S")
    )


ADJUSTMENTS: Final = Ids(Body(Adjustment, "{per, price, free, at-most}"), "deductions or bonuses")
BANDS: Final = kinds.text_map(kinds.NUMBER, "bands: a mapping from test to points, `else` last", ordered=True)


@frozen(kw_only=True, slots=False, field_transformer=doors)
class ScoreNode(Element):
    """A node of a scoring tree; one without items is a leaf."""

    items: Section[ScoreNode] = field(
        default=EMPTY, converter=door, metadata=entry(lambda: NODES, "what it is made of; none: a leaf", "S")
    )
    method: str | Unresolved = field(
        default="weighted-mean", converter=door, metadata=entry(kinds.METHOD, "how the items make the whole", "S")
    )
    weight: Decimal | Unresolved = field(
        default=Decimal(1), converter=door, metadata=entry(kinds.POSITIVE, "its weight in a mean", "S")
    )
    points: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.POSITIVE, "full marks", "S")
    )
    by: Party | Unresolved | None = field(
        default=None, converter=door, metadata=entry(PARTY, "who marks it, where a person does", "L")
    )
    indicator: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.reference("indicator"), "a leaf's raw value", "S")
    )
    value: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMERIC, "a leaf's raw value", "S")
    )
    bands: Section[Decimal | Unresolved] = field(
        default=EMPTY, converter=door, metadata=entry(BANDS, "a raw value to points; the first that holds", "S")
    )
    less: Section[Adjustment] = field(default=EMPTY, converter=door, metadata=entry(ADJUSTMENTS, "deductions", "S"))
    plus: Section[Adjustment] = field(default=EMPTY, converter=door, metadata=entry(ADJUSTMENTS, "bonuses", "S"))
    zero_when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "the node is nothing while it holds", "S")
    )
    na_when: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.CONDITION, "the node leaves the tree while it holds", "S")
    )

    def faults(self) -> list[Fault]:
        """A leaf has one source of its value; a node with items has none."""
        if self.indicator is not None and self.value is not None:
            return [("CF108", "value", "`indicator` and `value`: one of them is allowed", None)]
        given = next((name for name in ("indicator", "value") if getattr(self, name) is not None), None)
        if given and self.items:
            return [("CF108", given, f"{given!r} and `items`: a node has items, or a value of its own", None)]
        return []


NODES: Final[Ids] = Ids(Body(ScoreNode, "an item of a scorecard"), "items: a mapping from id to item, or a list of ids")


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Veto(Element):
    """An event that fails all, whatever the rest says: the score, or the grade, while `when` holds."""

    when: str | Unresolved = field(converter=door, metadata=entry(kinds.CONDITION, "while it holds", "S"))
    score: Decimal | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.NUMBER, "the score is this", "S")
    )
    grade: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.WORDS, "the grade is this", "S")
    )

    def faults(self) -> list[Fault]:
        """One of score and grade."""
        if self.gap is None and (self.score is None) == (self.grade is None):
            return [("CF108", "score", "a veto says `score` or `grade`, one of them", None)]
        return []


VETOES: Final = Ids(Body(Veto, "{when, score or grade}"), "vetoes")


@frozen(kw_only=True, slots=False, field_transformer=doors)
class Scorecard(ScoreNode):
    """The root of a scoring tree, with how often it is taken, its grades and what is done about missing values."""

    for_each: Selection | Unresolved | None = field(
        default=None, converter=door, metadata=entry(SELECTION, "a score for each of these", "S")
    )
    every: tuple[Recurrence | Unresolved, ...] = field(
        default=(), converter=door, metadata=entry(times.RECURRENCES, "taken at the end of each period", "S")
    )
    after: Duration | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.DURATION, "so long after it", "R")
    )
    veto: Section[Veto] = field(default=EMPTY, converter=door, metadata=entry(VETOES, "what fails all", "S"))
    grades: Section[Grade] = field(default=EMPTY, converter=door, metadata=entry(GRADES, "the first that holds", "S"))
    rank: str | Unresolved | None = field(
        default=None, converter=door, metadata=entry(kinds.WORDS, "`true`, or the field whose values are cohorts", "S")
    )
    missing: str | Unresolved = field(
        default="pending",
        converter=door,
        metadata=entry(kinds.choice("pending", "zero", "leave-out"), "what an item without a value does", "S"),
    )
    round: Decimal | Unresolved = field(
        default=Decimal("0.01"), converter=door, metadata=entry(kinds.POSITIVE, "rounded to this, half even", "S")
    )


SCORECARDS: Final = Ids(Body(Scorecard, "a scorecard"), "scorecards: a mapping from id to scorecard")
