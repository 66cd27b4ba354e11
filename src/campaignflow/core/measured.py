"""Indicators and scores of a campaign as they are now: measurements combined, formulas worked out, scorecards rolled up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from campaignflow.core.measures import CONFIDENCE, Measured, combine, counted, number, rate, roll_up
from campaignflow.core.messages import ScoringMethod
from campaignflow.core.ranking import Rank, rank
from campaignflow.core.scoring import Scored, score_card
from campaignflow.core.state import Item
from campaignflow.plan.expressions import Ref, Unknown, Value
from campaignflow.plan.facts import Place
from campaignflow.plan.model import Indicator, Scorecard, Selection

if TYPE_CHECKING:
    from campaignflow.core.facts import Facts

__all__ = ["CardReader", "Measures"]


Methods = Callable[[str], ScoringMethod | None]
"""Finds the scoring method of a plugin by its name."""


def _none(_name: str) -> ScoringMethod | None:
    return None


@frozen
class Measures:
    """What was measured and scored, read over the facts of one instant."""

    facts: Facts

    # -------------------------------------------------------------------------------------------------------- indicators
    def measured(self, name: str, of: str = "") -> Measured | Unknown:
        """An indicator's value: for one item, or (without `of`) for the whole."""
        indicator = self.facts.compiled.plan.indicators.get(name)
        if indicator is None:
            return Unknown.of(f"value('{name}')")
        if isinstance(indicator.for_each, Selection) and not of:
            parts = {each.id: self._one(indicator, each.id) for each in self.selected(indicator.for_each)}
            return roll_up(parts, str(indicator.roll_up or "none"), _confidence(indicator), name)
        return self._one(indicator, of)

    def selected(self, selection: Selection) -> list[Ref]:
        """The items that a selection names, in order."""
        return selected(self.facts, selection)

    def _one(self, indicator: Indicator, of: str) -> Measured | Unknown:
        name = f"value('{indicator.id}')" if not of else f"value('{indicator.id}', '{of}')"
        if isinstance(indicator.value, str) or isinstance(indicator.k, str):
            return self._computed(indicator, of)
        found = [self.entry(indicator, item) for item in self._entries(indicator, of)]
        known = [each for each in found if isinstance(each, Measured)]
        return combine(known, str(indicator.use or "latest"), _confidence(indicator), name)

    def _entries(self, indicator: Indicator, of: str) -> list[Item]:
        state = self.facts.state
        ids = state.measured.get((indicator.id, of)) or ()
        start, end = self.facts.compiled.edges(indicator.window, state)
        items = [state.item("measurement", each) for each in ids]
        return [
            item
            for item in reversed([each for each in items if each is not None])
            if (start is None or start <= int(item.fields["at"])) and (end is None or int(item.fields["at"]) < end)
        ]

    def entry(self, indicator: Indicator, item: Item) -> Measured | Unknown:
        """What one measurement says."""
        fields, at, confidence = item.fields, int(item.fields["at"]), _confidence(indicator)
        if "answers" in fields:
            worth = answers_of(indicator)
            return counted({k: int(v) for k, v in fields["answers"].items()}, worth, confidence, at)
        if "n" in fields:
            return rate(Decimal(fields["k"]), Decimal(fields["n"]), confidence, at)
        return number(Decimal(fields["value"]), at) if "value" in fields else Unknown.of(f"value('{indicator.id}')")

    def _computed(self, indicator: Indicator, of: str) -> Measured | Unknown:
        from campaignflow.core import formulas

        place = Place.indicator(indicator.id)
        facts = self.facts.standing(each=self.each(indicator, of)) if of else self.facts
        if isinstance(indicator.value, str):
            value = formulas.number(facts, indicator.value, place)
            return value if isinstance(value, Unknown) else number(value)
        k, n = (formulas.number(facts, str(text), place) for text in (indicator.k, indicator.n))
        if isinstance(k, Unknown) or isinstance(n, Unknown):
            return k if isinstance(k, Unknown) else n  # type: ignore[return-value]  # one of them is unknown
        return rate(k, n, _confidence(indicator))

    def each(self, element: Indicator | Scorecard, of: str) -> Ref:
        """The item of the `for-each` that an id names."""
        register = "unit"
        if isinstance(element.for_each, Selection) and not element.for_each.under and not element.for_each.ids:
            register = str(element.for_each.register)
        return Ref(register, of)

    def value(self, name: str, of: str = "") -> Value:
        """The number of an indicator."""
        found = self.measured(name, of)
        return found if isinstance(found, Unknown) else found.value

    def bound(self, name: str, of: str, which: str) -> Value:
        """An end of its interval."""
        found = self.measured(name, of)
        if isinstance(found, Unknown):
            return found
        bound = found.lower if which == "lower" else found.upper
        return Unknown.of(f"{which}('{name}')") if bound is None else bound

    def met(self, name: str, of: str = "") -> bool | Unknown:
        """Whether an indicator reaches its target."""
        from campaignflow.core import formulas

        indicator = self.facts.compiled.plan.indicators[name]
        target = self.facts.state.filled.get(f"indicators.{name}.target", indicator.target)
        if not isinstance(target, str):
            return Unknown.of(f"target of '{name}'")
        if isinstance(indicator.for_each, Selection) and not of and str(indicator.roll_up or "none") == "none":
            return _all_of([self.met(name, each.id) for each in self.selected(indicator.for_each)], name)
        found = self.measured(name, of)
        if isinstance(found, Unknown):
            return found
        subject = {key: getattr(found, key) for key in ("value", "k", "n", "lower", "upper")}
        known: dict[str, Value] = {k: Unknown.of(k) if v is None else v for k, v in subject.items()}
        facts = self.facts.standing(subject=known, each=self.each(indicator, of) if of else self.facts.at.each)
        return formulas.verdict(formulas.test(self.facts.compiled, target, Place.target(name)).evaluate(facts))

    def summary(self, name: str) -> Value:
        """`indicators.met`, `.unmet` (unknown included) or `.unknown`, of the required ones with a target."""
        indicators = self.facts.compiled.plan.indicators.values()
        wanted = [each.id for each in indicators if each.target is not None and each.required is not False]
        verdicts = [self.met(each) for each in wanted]
        if name == "met":
            return sum(each is True for each in verdicts)
        if name == "unknown":
            return sum(isinstance(each, Unknown) for each in verdicts)
        return sum(each is not True for each in verdicts)

    # ------------------------------------------------------------------------------------------------------------ scores
    def scored(self, name: str, of: str = "", period: str = "", methods: Methods = _none) -> Scored:
        """A scorecard worked out now, provisionally: with its working, and what it waits for."""
        card = self.facts.compiled.plan.scorecards[name]
        return score_card(card, CardReader(self, name), methods, of=of or None, period=period or None)

    def taken(self, name: str, of: str = "") -> Item | None:
        """The last score that was recorded."""
        ids = self.facts.state.scored.get((name, self._ref_text(name, of)))
        return None if not ids else self.facts.state.item("score", next(iter(ids)))

    def _ref_text(self, name: str, of: str) -> str:
        return str(self.each(self.facts.compiled.plan.scorecards[name], of)) if of else ""

    def score(self, name: str, of: str = "") -> Value:
        """A score: worked out from what is known now."""
        scored = self.scored(name, of)
        return Unknown.of(f"score('{name}'{_quoted(of)})") if scored.value is None else scored.value

    def grade(self, name: str, of: str = "") -> Value:
        """A grade: of a scorecard, or of an indicator with grades."""
        if name not in self.facts.compiled.plan.scorecards:
            return self._indicator_grade(name, of)
        scored = self.scored(name, of)
        return Unknown.of(f"grade('{name}'{_quoted(of)})") if scored.grade is None else scored.grade

    def _indicator_grade(self, name: str, of: str) -> Value:
        from campaignflow.core import formulas

        indicator = self.facts.compiled.plan.indicators[name]
        found = self.measured(name, of)
        if isinstance(found, Unknown):
            return found
        subject: dict[str, Value] = {"value": found.value}
        for grade in indicator.grades.values():
            tested = formulas.test(self.facts.compiled, str(grade.test), Place.target(name), bare=True)
            if tested.evaluate(self.facts.standing(subject=subject)) is True:
                return grade.id
        return Unknown.of(f"grade('{name}')")

    def rank(self, name: str, of: str = "") -> Value:
        """The rank among all that the scorecard scores, ties alike."""
        card = self.facts.compiled.plan.scorecards[name]
        if not isinstance(card.for_each, Selection):
            return Unknown.of(f"rank('{name}')")
        scores = {ref.id: self.scored(name, ref.id).value for ref in self.selected(card.for_each)}
        found = self.ranked(card, scores).get(of)
        return Unknown.of(f"rank('{name}'{_quoted(of)})") if found is None else found.place

    def ranked(self, card: Scorecard, scores: Mapping[str, Decimal | None]) -> Mapping[str, Rank]:
        """Item → rank, within its cohort where the scorecard's `rank` names a field."""
        if not card.rank or str(card.rank) in {"true", "yes"}:
            return rank(scores)
        cohorts = {each: str(self.facts.member(self.each(card, each), str(card.rank))) for each in scores}
        return rank(scores, cohorts)


@frozen
class CardReader:
    """What scoring asks while it works a scorecard out."""

    measures: Measures
    card: str

    def indicator(self, indicator: str, of: str | None) -> Measured | Unknown:
        """An indicator's value; of one without `for-each`, the campaign's."""
        model = self.measures.facts.compiled.plan.indicators.get(indicator)
        own = of if of and model is not None and isinstance(model.for_each, Selection) else ""
        return self.measures.measured(indicator, own)

    def _facts(self, of: str | None) -> Facts:
        card = self.measures.facts.compiled.plan.scorecards[self.card]
        return self.measures.facts.standing(each=self.measures.each(card, of)) if of else self.measures.facts

    def number(self, expression: str, of: str | None, period: str | None) -> Decimal | Unknown:
        """A numeric expression at this scorecard."""
        from campaignflow.core import formulas

        return formulas.number(self._facts(of), expression, Place.score(self.card))

    def flag(self, expression: str, of: str | None, period: str | None) -> bool | Unknown:
        """A condition at this scorecard."""
        from campaignflow.core import formulas

        return formulas.flag(self._facts(of), expression, Place.score(self.card))

    def mark(self, scorecard: str, node: str, of: str | None, period: str | None) -> Decimal | None:
        """What an assessor gave; a mark without a period holds for all."""
        marks = self.measures.facts.state.marks
        found = marks.get((scorecard, node, of or "", period or "")) or marks.get((scorecard, node, of or "", ""))
        return None if found is None else Decimal(found)

    def holds(self, test: str, value: Decimal, of: str | None, period: str | None) -> bool | Unknown:
        """Whether a value passes a test such as `>= 90%`."""
        from campaignflow.core import formulas

        facts = self._facts(of).standing(subject={"value": value})
        compiled = self.measures.facts.compiled
        return formulas.verdict(formulas.test(compiled, test, Place.score_test(self.card), bare=True).evaluate(facts))


def answers_of(indicator: Indicator) -> Mapping[str, Decimal | None]:
    """What each answer counts for; None leaves the denominator."""
    default: dict[str, Decimal | None] = {"yes": Decimal(1), "no": Decimal(0), "not-applicable": None}
    if not indicator.answers:
        return default
    return {each.id: each.worth if isinstance(each.worth, Decimal) else None for each in indicator.answers.values()}


def selected(facts: Facts, selection: Selection, *, for_each: bool = True) -> list[Ref]:
    """The items that a selection names here, in order; those for which `where` is unknown are none of them.

    Args:
        for_each: it is a `for-each`, in whose `where` the candidate is `each`; elsewhere `each` stays what it is.
    """
    from campaignflow.core import formulas
    from campaignflow.core.parties import selected_units

    if selection.register == "unit" or selection.under or selection.ids:
        refs = [Ref("unit", each) for each in selected_units(facts.compiled, selection)]
    elif selection.register == "each":
        refs = [facts.at.each] if facts.at.each else []
    else:
        refs = [Ref(str(selection.register), item.id) for item in facts.state.items_of(str(selection.register))]
    if not isinstance(selection.where, str):
        return refs
    place = Place.where(refs[0].register, for_each=for_each) if refs else None
    kept = []
    for ref in refs:
        item = facts.state.item(ref.register, ref.id)
        if item is not None and place is not None:
            standing = facts.trying(item).standing(each=ref) if for_each else facts.trying(item)
            if formulas.flag(standing, selection.where, place) is True:
                kept.append(ref)
    return kept


def _confidence(indicator: Indicator) -> Decimal:
    return indicator.confidence if isinstance(indicator.confidence, Decimal) else CONFIDENCE


def _all_of(verdicts: list[bool | Unknown], name: str) -> bool | Unknown:
    if any(each is False for each in verdicts):
        return False
    unknown = [each for each in verdicts if isinstance(each, Unknown)]
    if unknown or not verdicts:
        return unknown[0] if unknown else Unknown.of(f"value('{name}')")
    return True


def _quoted(of: str) -> str:
    return f", '{of}'" if of else ""
