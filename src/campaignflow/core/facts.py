"""What expressions read of a campaign: the facts of the plan language, resolved lazily over a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from campaignflow.core.compiled import Compiled
from campaignflow.core.itemfacts import item_fact
from campaignflow.core.measured import Measures
from campaignflow.core.state import Item, State
from campaignflow.plan.expressions import Ref, RegisterArg, Unknown, Value
from campaignflow.plan.expressions.values import CONTEXT
from campaignflow.plan.timemath import days_between, hours_between, to_us, workdays_between
from campaignflow.plan.values import Amount, Unresolved, parse_amount

__all__ = ["Facts", "Moment"]


@frozen
class Moment:
    """What an expression stands at, beside the state: the event, items and period that its place gives it.

    Attributes:
        item, each: references, or None. event: fields of the event, by name. period: (start, end) in microseconds.
        subject: values of a target: `value k n lower upper expected`. scope: phase path that `tasks` counts in.
    """

    item: Ref | None = None
    each: Ref | None = None
    event: Mapping[str, Value] | None = None
    period: tuple[int, int] | None = None
    subject: Mapping[str, Value] | None = None
    scope: str = ""


@frozen
class Facts:
    """A scope: the only door through which an expression sees a campaign.

    Attributes:
        compiled, state: whose facts. now: the instant of reading, microseconds. at: where the expression stands.
        tried: the item that a condition is tried on.
    """

    compiled: Compiled
    state: State
    now: int
    at: Moment = field(factory=Moment)
    tried: Item | None = None

    def standing(self, **changes: Any) -> Facts:
        """The same facts where the expression stands elsewhere."""
        return evolve(self, at=evolve(self.at, **changes))

    @property
    def measures(self) -> Measures:
        """Indicators and scores as they are now."""
        return Measures(self)

    # ---------------------------------------------------------------------------------------------------------- scope
    def fact(self, name: str) -> Value:
        """The fact of this dotted name."""
        head, _, rest = name.partition(".")
        answer = _FACTS.get(head)
        if answer is not None:
            return answer(self, rest)
        if self.at.subject is not None and head in self.at.subject:
            return self.at.subject[head]
        return Unknown.of(name)

    def own(self, name: str) -> Value:
        """A field or fact of the item that is tried."""
        if self.tried is None:
            return Unknown.of(name)
        value = item_fact(self, self.tried, name)
        return Unknown.of(f".{name}") if isinstance(value, Unknown) else value

    def member(self, ref: Ref, name: str) -> Value:
        """A field or fact of the item referred to."""
        item = self.state.item(ref.register, ref.id)
        return Unknown.of(f"{ref}.{name}") if item is None else item_fact(self, item, name)

    def call(self, function: str, arguments: tuple[Any, ...]) -> Value:
        """A function of known arguments."""
        return _FUNCTIONS[function](self, *arguments)

    def trying(self, item: Item) -> Facts:
        """The scope of a condition at one item."""
        return evolve(self, tried=item)

    def items(self, register: str, condition: Any = None) -> list[Item] | Unknown:
        """The items for which a condition holds, in order.

        One whose own blank fields leave it open does not count (the condition says no); what is unknown outside makes
        the whole unknown.
        """
        if condition is None:
            return list(self.state.items_of(register))
        found: list[Item] = []
        for item in self.state.items_of(register):
            verdict = condition.evaluate(self.trying(item))
            if isinstance(verdict, Unknown):
                return verdict
            if verdict is True:
                found.append(item)
        return found

    def date_fact(self, name: str) -> Value:
        """A named day of the plan: `dates.fair`, or its last day, `dates.fair.end`."""
        own, _, edge = name.partition(".")
        for named in self.compiled.plan.dates.values():
            if named.id.replace("-", "_") == own:
                start, end = self.compiled.edges(named.window, self.state)
                us = start if not edge else (None if end is None else end - 1)
                return Unknown.of(f"dates.{name}") if us is None else self.compiled.when(us).date()
        return Unknown.of(f"dates.{name}")

    # ---------------------------------------------------------------------------------------------------------- groups
    def task_fact(self, name: str) -> Value:
        """A fact of `tasks`, within the phase that the expression stands in."""
        prefix = f"task|{self.at.scope}|"
        if name == "progress":
            weight = self.state.count(prefix + "weight")
            return Decimal(self.state.count(prefix + "done")) / weight if weight else Decimal(0)
        return self.state.count(prefix + name)

    def finding_fact(self, name: str) -> Value:
        """A fact of `findings`."""
        return self.state.count("finding||" + {"closed": "ended"}.get(name, name))

    def campaign_fact(self, name: str) -> Value:
        """A fact of `campaign`."""
        state = self.state
        if name == "tasks":
            return state.count("task||total")
        if name == "progress":
            return self.standing(scope="").task_fact("progress")
        if name == "accepted":
            return state.accepted is not None
        return state.version if name == "version" else state.state

    def given(self, name: str) -> Value:
        """A constant of the plan, or what was filled in since."""
        for constant in self.compiled.plan.given.values():
            if constant.id.replace("-", "_") == name:
                value = self.state.filled.get(f"given.{constant.id}", constant.value)
                return Unknown.of(f"given.{name}") if value is None or isinstance(value, Unresolved) else _plain(value)
        return Unknown.of(f"given.{name}")

    def event_fact(self, name: str) -> Value:
        """A field of the event that a rule acts on."""
        event = self.at.event or {}
        return event.get(name, Unknown.of(f"event.{name}"))

    def period_fact(self, name: str) -> Value:
        """Start or end of the period."""
        if self.at.period is None:
            return Unknown.of("period")
        return self.compiled.when(self.at.period[0 if name == "start" else 1])


def _plain(value: Any) -> Value:
    if isinstance(value, str):
        try:
            return Decimal(value)
        except ArithmeticError:
            pass
        try:
            return parse_amount(value)
        except ValueError:
            return value
    return value  # type: ignore[no-any-return]  # constants are numbers, amounts or texts by the reader


def _ref(ref: Ref | None, name: str) -> Value:
    return Unknown.of(name) if ref is None else ref


_FACTS: dict[str, Callable[[Facts, str], Value]] = {
    "now": lambda facts, _: facts.compiled.when(facts.now),
    "today": lambda facts, _: facts.compiled.when(facts.now).date(),
    "start": lambda facts, _: facts.compiled.when(facts.state.started).date(),
    "phase": lambda facts, _: facts.state.phase,
    "round": lambda facts, _: facts.state.round,
    "campaign": lambda facts, name: facts.campaign_fact(name),
    "tasks": lambda facts, name: facts.task_fact(name),
    "findings": lambda facts, name: facts.finding_fact(name),
    "indicators": lambda facts, name: facts.measures.summary(name),
    "given": lambda facts, name: facts.given(name),
    "dates": lambda facts, name: facts.date_fact(name),
    "item": lambda facts, _: _ref(facts.at.item, "item"),
    "each": lambda facts, _: _ref(facts.at.each, "each"),
    "event": lambda facts, name: facts.event_fact(name),
    "period": lambda facts, name: facts.period_fact(name),
}


# ----------------------------------------------------------------------------------------------------------- functions
def _count(facts: Facts, register: RegisterArg, condition: Any = None) -> Value:
    if condition is None:
        return facts.state.count(f"{register.id}||total")
    found = facts.items(register.id, condition)
    return found if isinstance(found, Unknown) else len(found)


def _share(facts: Facts, register: RegisterArg, condition: Any, of: Any = None) -> Value:
    among = facts.items(register.id, of)
    if isinstance(among, Unknown):
        return among
    if not among:
        return Unknown.of(f"share({register.id})")
    verdicts = [condition.evaluate(facts.trying(item)) for item in among]
    for verdict in verdicts:
        if isinstance(verdict, Unknown):
            return verdict
    return CONTEXT.divide(Decimal(sum(verdict is True for verdict in verdicts)), Decimal(len(among)))


def _numbers(facts: Facts, register: RegisterArg, expression: Any, condition: Any) -> list[Any] | Unknown:
    """The values of the items that count; those without one are skipped."""
    among = facts.items(register.id, condition)
    if isinstance(among, Unknown):
        return among
    values = (expression.evaluate(facts.trying(item)) for item in among)
    return [value for value in values if not isinstance(value, Unknown) and value is not False]


def _total(facts: Facts, register: RegisterArg, expression: Any, condition: Any = None) -> Value:
    total: Any = None
    values = _numbers(facts, register, expression, condition)
    if isinstance(values, Unknown):
        return values
    for value in values:
        total = value if total is None else _sum(total, value)
    return Decimal(0) if total is None else total


def _sum(one: Any, two: Any) -> Any:
    if isinstance(one, Amount):
        return Amount(CONTEXT.add(one.number, two.number), one.unit)
    return CONTEXT.add(Decimal(one), Decimal(two))


def _mean(facts: Facts, register: RegisterArg, expression: Any, condition: Any = None) -> Value:
    values = _numbers(facts, register, expression, condition)
    if isinstance(values, Unknown) or not values:
        return values if isinstance(values, Unknown) else Unknown.of(f"mean({register.id})")
    total = values[0]
    for value in values[1:]:
        total = _sum(total, value)
    if isinstance(total, Amount):
        return Amount(CONTEXT.divide(total.number, Decimal(len(values))), total.unit)
    return CONTEXT.divide(Decimal(total), Decimal(len(values)))


def _extreme(pick: Callable[..., Any]) -> Callable[..., Value]:
    def run(facts: Facts, register: RegisterArg, expression: Any, condition: Any = None) -> Value:
        values = _numbers(facts, register, expression, condition)
        if isinstance(values, Unknown) or not values:
            return values if isinstance(values, Unknown) else Unknown.of(f"{pick.__name__}({register.id})")
        key = (lambda v: v.number) if isinstance(values[0], Amount) else (lambda v: v)
        return pick(values, key=key)  # type: ignore[no-any-return]  # one of the values

    return run


def _streak(facts: Facts, register: RegisterArg, condition: Any, of: Any = None) -> Value:
    length = 0
    among = facts.items(register.id, of)
    if isinstance(among, Unknown):
        return among
    for item in reversed(among):
        if condition.evaluate(facts.trying(item)) is not True:
            break
        length += 1
    return length


def _been(facts: Facts, name: str) -> Value:
    return facts.tried is not None and any(stay.state == name for stay in facts.tried.stays)


def _times(facts: Facts, trigger: str) -> Value:
    return 0 if facts.tried is None else sum(stay.via == trigger for stay in facts.tried.stays)


def _time_in(facts: Facts, name: str) -> Value:
    if facts.tried is None:
        return Unknown.of("time_in")
    until, total = facts.now, 0
    life = facts.compiled.lifecycles[facts.tried.register]
    states = next((set(clock.runs_in) for clock in life.clocks if clock.name == name), {name})
    for stay in facts.tried.stays:
        total += (until - stay.since) if stay.state in states else 0
        until = stay.since
    return CONTEXT.divide(Decimal(total), Decimal(3_600_000_000))


def _under(facts: Facts, unit: Any) -> Value:
    tried = facts.tried
    if tried is None:
        return Unknown.of("under")
    own = tried.id if tried.register == "unit" else str(tried.fields.get("unit", ""))
    wanted = unit.id if isinstance(unit, Ref) else unit
    return own == wanted or wanted in facts.compiled.above.get(own, ())


def _state_of(facts: Facts, register: Any, item: Any = None) -> Value:
    name = register.id if isinstance(register, RegisterArg) else str(register)
    if item is not None:
        found = facts.state.item(name, item.id if isinstance(item, Ref) else str(item))
        return found.state if found else Unknown.of(f"state('{name}')")
    listed = list(facts.state.items_of(name))
    return listed[0].state if len(listed) == 1 else Unknown.of(f"state('{name}')")


def _stock(facts: Facts, resource: str, *, left: bool) -> Value:
    used, received = (Decimal(text) for text in facts.state.stock.get(resource) or ("0", "0"))
    if not left:
        return _in_unit(facts, resource, used)
    model = facts.compiled.plan.resources[resource]
    if isinstance(model.amount, Amount):
        return Amount(model.amount.number + received - used, model.amount.unit)
    if isinstance(model.capacity, Decimal):
        return model.capacity + received - used
    return Unknown.of(f"left('{resource}')")


def _in_unit(facts: Facts, resource: str, number: Decimal) -> Value:
    model = facts.compiled.plan.resources[resource]
    return Amount(number, model.amount.unit) if isinstance(model.amount, Amount) else number


def _entered(facts: Facts, phase: str) -> Value:
    us = facts.state.entered.get(facts.compiled.leaf_of(phase) or phase)
    return Unknown.of(f"entered('{phase}')") if us is None else facts.compiled.when(us)


def _during(facts: Facts, name: str, moment: Any = None) -> Value:
    named = facts.compiled.plan.dates.get(name)
    span = facts.compiled.span(named.window if named else None, facts.state)
    if span is None:
        return Unknown.of(f"during('{name}')")
    us = facts.now if moment is None else _us(facts, moment)
    return (span.start is None or to_us(span.start) <= us) and (span.end is None or us < to_us(span.end))


def _in_period(facts: Facts, moment: Any) -> Value:
    if facts.at.period is None:
        return Unknown.of("period")
    return facts.at.period[0] <= _us(facts, moment) < facts.at.period[1]


def _us(facts: Facts, moment: Any) -> int:
    if isinstance(moment, datetime):
        return to_us(moment)
    return to_us(datetime(moment.year, moment.month, moment.day, tzinfo=facts.compiled.zone))


def _between(measure: Callable[..., Decimal], *, calendar: bool) -> Callable[..., Value]:
    def run(facts: Facts, start: Any, end: Any) -> Value:
        first, last = (facts.compiled.when(_us(facts, each)) for each in (start, end))
        if calendar:
            return measure(first, last, facts.compiled.calendar, facts.compiled.zone)
        return hours_between(first, last) if measure is hours_between else measure(first, last, facts.compiled.zone)

    return run


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "count": _count,
    "share": _share,
    "total": _total,
    "mean": _mean,
    "lowest": _extreme(min),
    "highest": _extreme(max),
    "streak": _streak,
    "been": _been,
    "times": _times,
    "time_in": _time_in,
    "under": _under,
    "state": _state_of,
    "left": lambda facts, resource: _stock(facts, resource, left=True),
    "used": lambda facts, resource: _stock(facts, resource, left=False),
    "entered": _entered,
    "during": _during,
    "in_period": _in_period,
    "workdays": _between(workdays_between, calendar=True),
    "days": _between(days_between, calendar=False),
    "hours": _between(hours_between, calendar=False),
    "value": lambda facts, name, of=None: facts.measures.value(name, _id(of)),
    "lower": lambda facts, name, of=None: facts.measures.bound(name, _id(of), "lower"),
    "upper": lambda facts, name, of=None: facts.measures.bound(name, _id(of), "upper"),
    "expected": lambda facts, name, of=None: Unknown.of(f"expected('{name}')"),
    "met": lambda facts, name, of=None: facts.measures.met(name, _id(of)),
    "known": lambda facts, name, of=None: not isinstance(facts.measures.value(name, _id(of)), Unknown),
    "score": lambda facts, name, of=None: facts.measures.score(name, _id(of)),
    "grade": lambda facts, name, of=None: facts.measures.grade(name, _id(of)),
    "rank": lambda facts, name, of=None: facts.measures.rank(name, _id(of)),
}


def _id(of: Any) -> str:
    return "" if of is None else (of.id if isinstance(of, Ref) else str(of))
